package test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/mysqldns/mysqldns/test/mariadb"

	"github.com/miekg/dns"
)

// What UDP and TCP carry, DoT and DoH (RFC 7858, RFC 8484) carry too: big answers whole, and aliases through an upstream.
func TestEncryptedTransports(t *testing.T) {
	certs, err := mariadb.NewTLS(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	trust := trustOnly(t, certs.CA)
	forwardTo := upstream(t, "www.other. 60 IN A 203.0.113.1")
	transports := []struct {
		name, scheme string
		client       func(addr string) exchanger
	}{
		{"DoT", "tls", func(addr string) exchanger { return overTLS(addr, trust) }},
		{"DoH by POST", "https", func(addr string) exchanger { return overHTTPS(addr, trust, http.MethodPost) }},
		{"DoH by GET", "https", func(addr string) exchanger { return overHTTPS(addr, trust, http.MethodGet) }},
	}
	for _, transport := range transports {
		t.Run(transport.name, func(t *testing.T) {
			onReal(t, func(t *testing.T, db *database) {
				rows := []string{soaOfExampleOrg, "wWw.example.org A 192.0.2.1", "out.example.org CNAME www.other", "dangling.example.org CNAME none.other"}
				for i := range 100 {
					text := fmt.Sprintf("%060d", i)
					rows = append(rows, "big.example.org TXT "+text)
					if i < 20 {
						rows = append(rows, "middle.example.org TXT "+text)
					}
				}
				db.insert(t, rows...)
				s := serve(t, transport.scheme+"://.:0 {\ntls "+certs.Cert+" "+certs.Key+"\n"+db.directive("", "")+"forward . "+forwardTo+" {\nprefer_udp\n}\n}\n")
				ask := transport.client(s.TCP)
				expect := func(name, qtype, expected string) *dns.Msg {
					t.Helper()
					q := question(name, qtype)
					reply, err := ask(q)
					if err != nil {
						t.Fatalf("%s: %v", name, err)
					}
					if got := short(reply); got != expected || reply.Id != q.Id || reply.Question[0].Name != q.Question[0].Name {
						t.Errorf("%s %s: expected %q, got:\n%s", name, qtype, expected, reply)
					}
					return reply
				}
				if reply := expect("www.example.org", "A", "NOERROR; A 192.0.2.1"); !reply.Authoritative {
					t.Errorf("expected aa:\n%s", reply)
				}
				expect("wWW.eXample.org", "A", "NOERROR; A 192.0.2.1")
				expect("www.example.org", "AAAA", "NOERROR")
				if reply := expect("none.example.org", "A", "NXDOMAIN"); len(ofType(reply.Ns, dns.TypeSOA)) != 1 {
					t.Errorf("expected the SOA:\n%s", reply)
				}
				expect("www.other", "A", "NOERROR; A 203.0.113.1")
				expect("out.example.org", "A", "NOERROR; CNAME www.other.; A 203.0.113.1")
				expect("dangling.example.org", "A", "NXDOMAIN; CNAME none.other.")
				expectWhole(t, ask, "middle.example.org", 20, 512)
				expectWhole(t, ask, "big.example.org", 100, 4096)

				db.exec(t, "UPDATE tb_dns SET record = '192.0.2.2' WHERE type = 'A'")
				if !eventually(10*second, func() bool {
					reply, err := ask(question("www.example.org", "A"))
					return err == nil && short(reply) == "NOERROR; A 192.0.2.2"
				}) {
					t.Error("a change does not show")
				}
			})
		})
	}
}

// expectWhole asks for a TXT RRset that is longer than limit, as clients do that can and that cannot say what they take over UDP.
func expectWhole(t *testing.T, ask exchanger, name string, records, limit int) {
	t.Helper()
	for _, size := range []uint16{0, 512, 1232} {
		q := question(name, "TXT")
		if size > 0 {
			q.SetEdns0(size, false)
		}
		reply, err := ask(q)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if reply.Truncated || len(reply.Answer) != records || reply.Len() <= limit {
			t.Errorf("%s, with %d octets over UDP: %d records, %d octets, tc %t", name, size, len(reply.Answer), reply.Len(), reply.Truncated)
		}
	}
}

// exchanger asks a server.
type exchanger func(*dns.Msg) (*dns.Msg, error)

func overTLS(addr string, trust *tls.Config) exchanger {
	client := &dns.Client{Net: "tcp-tls", TLSConfig: trust, Timeout: 5 * time.Second}
	return func(q *dns.Msg) (*dns.Msg, error) {
		reply, _, err := client.Exchange(q, addr)
		return reply, err
	}
}

func overHTTPS(addr string, trust *tls.Config, method string) exchanger {
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: trust, ForceAttemptHTTP2: true}, Timeout: 5 * time.Second}
	return func(q *dns.Msg) (*dns.Msg, error) {
		wire, err := q.Pack()
		if err != nil {
			return nil, err
		}
		request, err := http.NewRequest(method, "https://"+addr+"/dns-query", nil)
		if err != nil {
			return nil, err
		}
		request.Header.Set("Accept", "application/dns-message")
		if method == http.MethodGet {
			request.URL.RawQuery = "dns=" + base64.RawURLEncoding.EncodeToString(wire)
		} else {
			request.Header.Set("Content-Type", "application/dns-message")
			request.Body = io.NopCloser(bytes.NewReader(wire))
		}
		response, err := client.Do(request)
		if err != nil {
			return nil, err
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		if err != nil {
			return nil, err
		}
		if kind := response.Header.Get("Content-Type"); response.StatusCode != http.StatusOK || !strings.HasPrefix(kind, "application/dns-message") {
			return nil, fmt.Errorf("%s, %q: %s", response.Status, kind, body)
		}
		reply := new(dns.Msg)
		return reply, reply.Unpack(body)
	}
}

// trustOnly is a client's configuration that takes certificates of one CA.
func trustOnly(t *testing.T, ca string) *tls.Config {
	t.Helper()
	pem, err := os.ReadFile(ca)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		t.Fatal("no certificate in " + ca)
	}
	return &tls.Config{RootCAs: roots, ServerName: "127.0.0.1"}
}
