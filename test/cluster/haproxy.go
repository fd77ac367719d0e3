package cluster

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/mysqldns/mysqldns/test/mariadb"
	"github.com/mysqldns/mysqldns/test/port"
)

// Proxy is HAProxy in front of several servers. Each connection goes to the next of those that greet a client.
type Proxy struct {
	Addr string

	cmd *exec.Cmd
}

const (
	proxyMost   = "15m" // how long a proxy lives that is not stopped
	proxyWithin = 30 * time.Second
)

// StartProxy starts a proxy that keeps its configuration in dir.
func StartProxy(dir string, servers ...*mariadb.Server) (*Proxy, error) {
	program, err := findProxy()
	if err != nil {
		return nil, err
	}
	p := new(Proxy)
	if p.Addr, err = port.Free(); err != nil {
		return nil, err
	}
	var text strings.Builder
	fmt.Fprintf(&text, "defaults\n mode tcp\n timeout connect 2s\n timeout client 1m\n timeout server 1m\n"+
		"listen mysql\n bind %s\n balance roundrobin\n option mysql-check user haproxy\n", p.Addr)
	for n, server := range servers {
		fmt.Fprintf(&text, " server s%d %s check inter 1s fall 2 rise 1\n", n, server.Addr)
	}
	config := filepath.Join(dir, "haproxy.cfg")
	if err := os.WriteFile(config, []byte(text.String()), 0o600); err != nil {
		return nil, err
	}
	p.cmd = exec.Command("timeout", proxyMost, program, "-db", "-f", config)
	log, err := os.Create(filepath.Join(dir, "haproxy.log"))
	if err != nil {
		return nil, err
	}
	defer log.Close()
	p.cmd.Stdout, p.cmd.Stderr = log, log
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	if err := p.await(); err != nil {
		return nil, errors.Join(err, p.Stop())
	}
	return p, nil
}

// await waits until a server greets a client through the proxy.
func (p *Proxy) await() error {
	db, err := sql.Open("mysql", "root@tcp("+p.Addr+")/?timeout=1s&readTimeout=5s")
	if err != nil {
		return err
	}
	defer db.Close()
	for deadline := time.Now().Add(proxyWithin); ; time.Sleep(50 * time.Millisecond) {
		if err = db.Ping(); err == nil || time.Now().After(deadline) {
			return err
		}
	}
}

func findProxy() (string, error) {
	for _, path := range []string{"haproxy", "/usr/sbin/haproxy", "/usr/local/sbin/haproxy"} {
		if program, err := exec.LookPath(path); err == nil {
			return program, nil
		}
	}
	return "", fmt.Errorf("haproxy is %w (Debian: apt-get install haproxy)", ErrNotInstalled)
}

// Stop ends the proxy.
func (p *Proxy) Stop() error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	p.cmd.Wait() // a proxy that was told to end says so by its status
	return nil
}
