package test

import (
	"net"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/mysqldns/mysqldns"

	"github.com/miekg/dns"
)

// The Corefile of docs/tables.md for answers by client, with the loopback network for networks of its own.
func TestAnswersByClient(t *testing.T) {
	block := regexp.MustCompile("(?s)~~~ corefile\n(.*?)~~~").FindStringSubmatch(tablesDocument(t))
	if block == nil {
		t.Fatal("no Corefile")
	}
	onReal(t, func(t *testing.T, db *database) {
		db.load(t, strings.ReplaceAll(mysqldns.Schema, "tb_dns", "tb_dns_internal"))
		t.Cleanup(func() {
			db.exec(t, "DROP TABLE tb_dns_internal", "DROP TABLE tb_dns_internal_changes", "DROP TABLE tb_dns_internal_zones", "DROP TABLE tb_dns_internal_journal",
				"DROP TABLE tb_dns_internal_updates")
		})
		db.insert(t, "example.org SOA ns1.example.org host.example.org 1 2 3 4 60", "www.example.org A 192.0.2.1", "public.example.org A 192.0.2.2",
			"alias.example.org CNAME www.example.org")
		db.exec(t, "INSERT INTO tb_dns_internal (name, type, ttl, record) VALUES ('example.org', 'SOA', 60, 'ns1.example.org host.example.org 1 2 3 4 60'),"+
			" ('www.example.org', 'A', 60, '10.0.0.1'), ('secret.example.org', 'A', 60, '10.0.0.2'), ('to-public.example.org', 'CNAME', 60, 'public.example.org')")
		common, blocks := freePort(t), freePort(t)
		corefile := strings.NewReplacer("mysqldns:password@tcp(127.0.0.1:3306)/dns", db.dsn, "5300", common, "10.0.0.0/8", "127.0.0.2/32",
			"example.org {", "example.org:"+blocks+" {").Replace(block[1])
		serve(t, corefile)
		for _, q := range []struct{ from, name, want string }{
			{"127.0.0.2", "www.example.org.", "NOERROR; A 10.0.0.1"},
			{"127.0.0.2", "secret.example.org.", "NOERROR; A 10.0.0.2"},
			{"127.0.0.2", "public.example.org.", "NOERROR; A 192.0.2.2"},
			{"127.0.0.2", "to-public.example.org.", "NOERROR; CNAME public.example.org.; A 192.0.2.2"},
			{"127.0.0.2", "none.example.org.", "NXDOMAIN"},
			{"127.0.0.1", "www.example.org.", "NOERROR; A 192.0.2.1"},
			{"127.0.0.1", "alias.example.org.", "NOERROR; CNAME www.example.org.; A 192.0.2.1"},
			{"127.0.0.1", "secret.example.org.", "NXDOMAIN"},
			{"127.0.0.1", "public.example.org.", "NOERROR; A 192.0.2.2"},
		} {
			if got := askFrom(t, q.from, "127.0.0.1:"+blocks, q.name); got != q.want {
				t.Errorf("%s from %s: got %q, want %q", q.name, q.from, got, q.want)
			}
		}
		db.exec(t, "UPDATE tb_dns_internal SET record = '10.0.0.9' WHERE name = 'www.example.org'", "UPDATE tb_dns SET record = '192.0.2.9' WHERE name = 'public.example.org'")
		for name, want := range map[string]string{"www.example.org.": "NOERROR; A 10.0.0.9", "public.example.org.": "NOERROR; A 192.0.2.9"} {
			if !eventually(soon, func() bool { return askFrom(t, "127.0.0.2", "127.0.0.1:"+blocks, name) == want }) {
				t.Errorf("%s: the change does not show", name)
			}
		}
	})
}

// askFrom asks for addresses as a client at an address would.
func askFrom(t *testing.T, from, server, name string) string {
	t.Helper()
	client := &dns.Client{Timeout: 5 * time.Second, Dialer: &net.Dialer{LocalAddr: &net.UDPAddr{IP: net.ParseIP(from)}}}
	reply, _, err := client.Exchange(new(dns.Msg).SetQuestion(name, dns.TypeA), server)
	if err != nil {
		t.Fatal(err)
	}
	return short(reply)
}
