// Command demo shows mysqldns without anything to install: one process with CoreDNS, the plugin and a MySQL-compatible
// server, whose table has a few rows to begin with. "make run" starts it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"

	_ "embed" // seed.sql

	"github.com/coredns/caddy"
	"github.com/coredns/coredns/core/dnsserver"
	_ "github.com/coredns/coredns/plugin/bind" // with errors and forward, what its Corefile has: with all plugins, the build takes twice as long
	_ "github.com/coredns/coredns/plugin/errors"
	_ "github.com/coredns/coredns/plugin/forward"
	"github.com/miekg/dns"

	"github.com/mysqldns/mysqldns"
	"github.com/mysqldns/mysqldns/demo/engine"
	_ "github.com/mysqldns/mysqldns/internal/chain" // mysqldns, in its place
)

//go:embed seed.sql
var seed string

// The demo's first name, and the address that the seed gives it.
const (
	firstName    = "mydns."
	firstAddress = "111.112.113.114"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "demo:", err)
		}
		os.Exit(1)
	}
}

// options are the command line.
type options struct {
	dns, mysql, http string // host:port
	forward          string // arguments of the forward plugin after the zone
}

// run is the demo, until ctx ends.
func run(ctx context.Context, args []string, stdout io.Writer) error {
	o, err := parse(args)
	if err != nil {
		return err
	}
	if err := free("DNS", o.dns, "-dns", "udp", "tcp"); err != nil {
		return err
	}
	if err := free("HTTP", o.http, "-http", "tcp"); err != nil {
		return err
	}
	db, err := engine.Start(o.mysql, mysqldns.Schema, seed)
	if errors.Is(err, engine.ErrAddrInUse) {
		return inUse("MySQL", o.mysql, "-mysql", "MYSQL")
	}
	if err != nil {
		return err
	}
	defer db.Close()

	dnsserver.Quiet = true // no banner
	server, err := caddy.Start(caddy.CaddyfileInput{
		Filepath:       "the demo's Corefile",
		Contents:       corefile(o, db.DSN()),
		ServerTypeName: "dns",
	})
	if err != nil {
		return err
	}
	defer func() {
		server.ShutdownCallbacks()
		server.Stop()
	}()
	if err := answers(ctx, o.dns); err != nil {
		return err
	}
	fmt.Fprint(stdout, welcome(o))
	<-ctx.Done()
	fmt.Fprintln(stdout, "\nstopped")
	return nil
}

func parse(args []string) (options, error) {
	o := options{}
	flags := flag.NewFlagSet("demo", flag.ContinueOnError)
	flags.StringVar(&o.dns, "dns", "127.0.0.1:1053", "answer DNS queries at this `address`")
	flags.StringVar(&o.mysql, "mysql", "127.0.0.1:3307", "speak the MySQL protocol at this `address`")
	flags.StringVar(&o.http, "http", "127.0.0.1:8053", "answer GET /dns?domain=NAME, and show a page, at this `address`")
	flags.StringVar(&o.forward, "forward", "", "ask these `servers` for names that are not in the table, such as \"192.0.2.1 192.0.2.2\" "+
		"(default: those of /etc/resolv.conf; if it has none, 8.8.8.8 over TCP)")
	if err := flags.Parse(args); err != nil {
		return o, flag.ErrHelp // flags has told why
	}
	if flags.NArg() > 0 {
		return o, fmt.Errorf("unexpected argument %q; see -help", flags.Arg(0))
	}
	if _, _, err := net.SplitHostPort(o.dns); err != nil {
		return o, fmt.Errorf("-dns: %w; expected host:port, such as 127.0.0.1:1053", err)
	}
	if _, _, err := net.SplitHostPort(o.mysql); err != nil {
		return o, fmt.Errorf("-mysql: %w; expected host:port, such as 127.0.0.1:3307", err)
	}
	if _, _, err := net.SplitHostPort(o.http); err != nil {
		return o, fmt.Errorf("-http: %w; expected host:port, such as 127.0.0.1:8053", err)
	}
	if o.forward == "" {
		o.forward = upstreams("/etc/resolv.conf")
	}
	return o, nil
}

// upstreams is what forward is told to ask when the command line says nothing.
func upstreams(resolvConf string) string {
	if config, err := dns.ClientConfigFromFile(resolvConf); err == nil && len(config.Servers) > 0 {
		return resolvConf
	}
	return "8.8.8.8 {\n        force_tcp\n    }"
}

// free tells whether the sockets of an address can be had. CoreDNS itself would share the port with a server that shares it, and each
// would get some of the questions.
func free(what, addr, option string, networks ...string) (err error) {
	for _, network := range networks {
		var socket io.Closer
		if network == "udp" {
			socket, err = net.ListenPacket(network, addr)
		} else {
			socket, err = net.Listen(network, addr)
		}
		switch {
		case errors.Is(err, syscall.EADDRINUSE):
			return inUse(what, addr, option, what)
		case err != nil:
			return fmt.Errorf("%s address %s: %w; choose another with %s ADDRESS (make run %s=ADDRESS)", what, addr, err, option, what)
		}
		socket.Close()
	}
	return nil
}

func inUse(what, addr, option, variable string) error {
	return fmt.Errorf("the %s address %s is in use; stop what uses it, or choose another with %s ADDRESS (make run %s=ADDRESS)", what, addr, option, variable)
}

func corefile(o options, dsn string) []byte {
	host, port, _ := net.SplitHostPort(o.dns)
	bind := ""
	if host != "" {
		bind = "bind " + host
	}
	return fmt.Appendf(nil, `.:%s {
    %s
    errors
    mysqldns {
        dsn %s
        http %s
    }
    forward . %s
}
`, port, bind, dsn, o.http, o.forward)
}

// answers asks for the first name until the answer is what the seed says.
func answers(ctx context.Context, addr string) error {
	const within = 20 * time.Second
	ctx, cancel := context.WithTimeoutCause(ctx, within, fmt.Errorf("no answer for %s at %s after %s", firstName, addr, within))
	defer cancel()
	question := new(dns.Msg).SetQuestion(firstName, dns.TypeA)
	for tick := time.NewTicker(20 * time.Millisecond); ; {
		if reply, err := dns.ExchangeContext(ctx, question, addr); err == nil && len(reply.Answer) == 1 {
			if a, ok := reply.Answer[0].(*dns.A); ok && a.A.String() == firstAddress {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-tick.C:
		}
	}
}

// welcome is what to type next.
func welcome(o options) string {
	dnsHost, dnsPort, _ := net.SplitHostPort(o.dns)
	mysqlHost, mysqlPort, _ := net.SplitHostPort(o.mysql)
	httpHost, httpPort, _ := net.SplitHostPort(o.http)
	at := fmt.Sprintf("@%s -p %s", orLoopback(dnsHost), dnsPort)
	client := fmt.Sprintf("mysql -h %s -P %s -u root dns", orLoopback(mysqlHost), mysqlPort)
	return fmt.Sprintf(`
CoreDNS with mysqldns answers at %s, its table is at %s.

  A name in the table                 dig mydns %[3]s
  a zone in it                        dig example.org MX %[3]s
  a wildcard                          dig anything.apps.lan %[3]s
  any other name is forwarded         dig www.baidu.com %[3]s
  the same over HTTP                  curl 'http://%[5]s/dns?domain=mydns'
  in a browser                        http://%[5]s/

Add a row and ask for it:

  %[4]s -e "INSERT INTO tb_dns (name,type,ttl,record) VALUES ('hello.lan','A',60,'192.0.2.7')"
  dig hello.lan %[3]s

All rows:

  %[4]s -e "SELECT * FROM tb_dns"

Ctrl-C ends it. The rows are in memory only and begin anew with each start.
(dig and mysql: on Debian, apt-get install bind9-dnsutils mariadb-client)
`, o.dns, o.mysql, at, client, net.JoinHostPort(orLoopback(httpHost), httpPort))
}

// orLoopback is where to reach a server that listens at host.
func orLoopback(host string) string {
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		return "127.0.0.1"
	}
	return host
}
