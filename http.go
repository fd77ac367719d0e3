package mysqldns

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/mysqldns/mysqldns/plugin/record"

	"github.com/coredns/coredns/core/dnsserver"

	"github.com/miekg/dns"
)

// web answers GET /dns?domain=NAME[&type=TYPE] with what the block's whole chain of plugins answers, as JSON rows, and GET / with a page for people.
type web struct {
	addr     string            // "" without the property
	config   *dnsserver.Config // of the block
	zones    []string          // that the block is for
	chain    *dnsserver.Server // never listens; takes questions as one that does
	handler  http.Handler
	answered sync.WaitGroup // requests on their way
}

// Bounds on a request.
const (
	httpAnswerWithin = 5 * time.Second // then 503
	httpReadTimeout  = 5 * time.Second
	httpWriteTimeout = 10 * time.Second
	httpIdleTimeout  = time.Minute
	httpMaxHeader    = 8 << 10 // octets; a domain name has at most 1,004 characters, each escaped
)

// httpForm is what a request looks like.
const httpForm = "GET /dns?domain=NAME[&type=TYPE]"

// startHTTP begins to answer requests, if the directive says so.
func (m *MySQLDNS) startHTTP() (err error) {
	w := &m.web
	if w.addr == "" {
		return nil
	}
	if w.chain, err = chainOf(w.config, w.zones, w.addr); err != nil {
		return err
	}
	mux := http.NewServeMux()
	for pattern, serve := range map[string]http.HandlerFunc{"GET /dns": w.serve, "GET /{$}": m.servePage} {
		mux.Handle(pattern, http.TimeoutHandler(serve, httpAnswerWithin, "no answer after "+httpAnswerWithin.String()))
	}
	w.handler = mux
	if err := openEndpoint(m); err != nil {
		return fmt.Errorf("http: %w", err)
	}
	return nil
}

// chainOf makes a server of a block's plugins: the one that CoreDNS made cannot be had. It copies the configuration, once for each of
// the block's zones, so that the original is as CoreDNS left it.
func chainOf(config *dnsserver.Config, zones []string, addr string) (*dnsserver.Server, error) {
	var group []*dnsserver.Config
	for _, zone := range zones {
		site := *config
		site.Zone = zone
		group = append(group, &site)
	}
	return dnsserver.NewServer("http://"+addr, group)
}

// serve answers one request.
func (w *web) serve(rw http.ResponseWriter, r *http.Request) {
	q, err := questionOf(r.URL.RawQuery)
	if err != nil {
		http.Error(rw, err.Error(), http.StatusBadRequest)
		return
	}
	reply, _ := w.ask(r, q)
	if reply == nil {
		http.Error(rw, "the server gave no answer", http.StatusGatewayTimeout)
		return
	}
	rw.Header().Set("Content-Type", "application/json")
	rw.Header().Set("Cache-Control", "no-store") // the TTLs are in the rows
	rw.WriteHeader(statusOf(reply.Rcode))
	json.NewEncoder(rw).Encode(rowsOf(reply.Answer)) //nolint:errcheck // whoever asked is gone
}

// ask asks the block's chain of plugins, for the client of a request. The reply is nil if there is none.
func (w *web) ask(r *http.Request, q *dns.Msg) (reply *dns.Msg, how *explanation) {
	how = new(explanation)
	ctx := context.WithValue(r.Context(), dnsserver.Key{}, w.chain)
	ctx = context.WithValue(ctx, dnsserver.LoopKey{}, 0)
	ctx = context.WithValue(ctx, explanationKey{}, how)
	local, _ := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	catch := &catcher{local: local, remote: tcpAddr(r.RemoteAddr)}
	w.chain.ServeDNS(ctx, catch, q)
	return catch.reply, how
}

// questionOf reads the parameters of a request.
func questionOf(query string) (*dns.Msg, error) {
	params, err := url.ParseQuery(query)
	if err != nil {
		return nil, fmt.Errorf("%w; expected %s", err, httpForm)
	}
	for _, param := range slices.Sorted(maps.Keys(params)) {
		if param != "domain" && param != "type" {
			return nil, fmt.Errorf("unknown parameter %q; expected %s", param, httpForm)
		}
		if len(params[param]) > 1 {
			return nil, fmt.Errorf("%s is given %d times; give it once", param, len(params[param]))
		}
	}
	if params.Get("domain") == "" {
		return nil, errors.New("domain is missing; expected " + httpForm)
	}
	name, err := record.Owner(params.Get("domain"))
	if err != nil {
		return nil, inParameter("domain", err)
	}
	qtype := dns.TypeA
	if params.Has("type") {
		if qtype, err = record.Type(params.Get("type")); err != nil {
			return nil, inParameter("type", err)
		}
	}
	return new(dns.Msg).SetQuestion(name, qtype), nil
}

// inParameter says of a parameter what record says of a column.
func inParameter(param string, err error) error {
	var wrong *record.Error
	if errors.As(err, &wrong) {
		return fmt.Errorf("%s: %s", param, wrong.Problem)
	}
	return fmt.Errorf("%s: %w", param, err)
}

// statusOf is the HTTP status that goes with an rcode.
func statusOf(rcode int) int {
	switch rcode {
	case dns.RcodeSuccess:
		return http.StatusOK
	case dns.RcodeNameError:
		return http.StatusNotFound
	case dns.RcodeRefused:
		return http.StatusForbidden
	}
	return http.StatusBadGateway
}

// row is a record as a row of the table has it.
type row struct {
	Name   string `json:"name"` // without the final dot
	Type   uint16 `json:"type"`
	Class  uint16 `json:"class"`
	TTL    uint32 `json:"ttl"`    // seconds
	Record string `json:"record"` // RDATA in zone-file form
}

func rowsOf(rrs []dns.RR) []row {
	rows := make([]row, 0, len(rrs)) // "[]" in JSON and not "null"
	for _, rr := range rrs {
		h := rr.Header()
		rows = append(rows, row{undotted(h.Name), h.Rrtype, h.Class, h.Ttl, record.Text(rr)})
	}
	return rows
}

// undotted is a name as most people write it.
func undotted(name string) string {
	if name == "." {
		return name
	}
	return strings.TrimSuffix(name, ".")
}

// tcpAddr is an address in the form that plugins know; nil if there is none.
func tcpAddr(hostPort string) net.Addr {
	addr, err := net.ResolveTCPAddr("tcp", hostPort)
	if err != nil {
		return nil
	}
	return addr
}

// catcher is a dns.ResponseWriter that keeps the reply.
type catcher struct {
	local, remote net.Addr
	reply         *dns.Msg
}

var _ dns.ResponseWriter = (*catcher)(nil)

func (c *catcher) LocalAddr() net.Addr  { return c.local }
func (c *catcher) RemoteAddr() net.Addr { return c.remote }
func (c *catcher) TsigStatus() error    { return nil }
func (c *catcher) TsigTimersOnly(bool)  {}
func (c *catcher) Hijack()              {}
func (c *catcher) Close() error         { return nil }

func (c *catcher) WriteMsg(reply *dns.Msg) error {
	c.reply = reply
	return nil
}

func (c *catcher) Write(wire []byte) (int, error) {
	reply := new(dns.Msg)
	if err := reply.Unpack(wire); err != nil {
		return 0, err
	}
	c.reply = reply
	return len(wire), nil
}
