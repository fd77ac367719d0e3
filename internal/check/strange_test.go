package check

import (
	"slices"
	"strings"
	"testing"

	"github.com/mysqldns/mysqldns/plugin/record"
)

func TestStrangeTargets(t *testing.T) {
	tests := []struct {
		name, rows string
		expected   []string
	}{
		{"an address", "mx.example MX 10 192.0.2.25\ncn.example CNAME 192.0.2.25\nsix.example CNAME 2001:db8::1\nport.example SRV 0 0 80 192.0.2.1:80", []string{
			"target-is-no-name cn.example. CNAME [5]: the target of its CNAME, 192.0.2.25., is an address, and has to be a domain name",
			"target-is-no-name mx.example. MX [4]: the target of its MX, 192.0.2.25., is an address, and has to be a domain name",
			"target-is-no-name port.example. SRV [7]: the target of its SRV, 192.0.2.1:80., is an address and a port, and has to be a domain name",
			"target-is-no-name six.example. CNAME [6]: the target of its CNAME, 2001:db8::1., is an address, and has to be a domain name"}},
		{"a URL", "example NS http://ns.example.net/\ncn.example CNAME https://example.net/x\npath.example CNAME example.net/x\nport.example MX 10 mail.example.net:25", []string{
			"target-is-no-name cn.example. CNAME [5]: the target of its CNAME, https://example.net/x., is a URL, and has to be a domain name",
			"target-is-no-name example. NS [4]: the target of its NS, http://ns.example.net/., is a URL, and has to be a domain name",
			"target-is-no-name path.example. CNAME [6]: the target of its CNAME, example.net/x., is the beginning of a URL, and has to be a domain name",
			"target-is-no-name port.example. MX [7]: the target of its MX, mail.example.net:25., is a name and a port, and has to be a domain name"}},
		{"an address of mail", "mx.example MX 10 joe@example.net", []string{
			`target-is-no-name mx.example. MX [4]: the target of its MX, joe\@example.net., is an address of mail, and has to be a domain name`}},
		{"names that look like it", "a.example CNAME 1.0/25.2.0.192.in-addr.arpa\nb.example CNAME 1.2.3.4.example.net\nc.example CNAME _sip._tcp.example.net", nil},
		{"one label", "cn.example CNAME www\nmx.sub.example MX 10 mail\nlo.example CNAME localhost\nlo.lan CNAME www\nin.example CNAME tld\ntld A 192.0.2.1", []string{
			"short-target mx.sub.example. MX [5]: the target of its MX is mail., a name of one label: names in rows are not relative to the zone",
			"short-target cn.example. CNAME [4]: the target of its CNAME is www., a name of one label: names in rows are not relative to the zone"}},
		{"Unicode", "münchen.example A 192.0.2.1\n_Sip.bücher.example A 192.0.2.1\nmx.example MX 10 bücher.example.net\n" + `m\195\188.example A 192.0.2.1`, []string{
			`unicode-name _sip.b\195\188cher.example. A [5]: the name is written in Unicode, and clients ask for its A-labels`,
			`unicode-name mx.example. MX [6]: the target of its MX is written in Unicode, and clients ask for its A-labels`,
			`unicode-name m\195\188.example. A [7]: the name is written in Unicode, and clients ask for its A-labels`,
			`unicode-name m\195\188nchen.example. A [4]: the name is written in Unicode, and clients ask for its A-labels`}},
		{"Unicode with control characters", `\027[31m\195\188.example A 192.0.2.1`, nil},
		{"octets that are no Unicode", `\255.example A 192.0.2.1`, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := findings(t, zoneStart+test.rows)
			if len(got) != len(test.expected) {
				t.Errorf("got\n%s", strings.Join(got, "\n"))
			}
			for _, line := range test.expected {
				if !slices.Contains(got, line) {
					t.Errorf("%s is not in\n%s", line, strings.Join(got, "\n"))
				}
			}
		})
	}
}

// advice is that of the only finding about rows.
func advice(t *testing.T, rows ...record.Row) string {
	t.Helper()
	c := New(3600, false)
	defer c.Close()
	for i := range rows {
		if err := c.Row(&rows[i]); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Finish(t.Context(), func(int64) {}); err != nil {
		t.Fatal(err)
	}
	var all []string
	if err := c.Each(func(f *Finding) error { all = append(all, f.Advice); return nil }); err != nil || len(all) != 1 {
		t.Fatalf("%q, %v", all, err)
	}
	return all[0]
}

func TestAdviceAboutNames(t *testing.T) {
	if got := advice(t, record.Row{Name: "München.example", Type: "A", Record: "192.0.2.1"}); got != "write it as xn--mnchen-3ya.example" {
		t.Error(got)
	}
	if got := advice(t, record.Row{Name: "*._tcp.bücher.example", Type: "A", Record: "192.0.2.1"}); got != "write it as *._tcp.xn--bcher-kva.example" {
		t.Error(got)
	}
}

func TestMailboxWithAnAt(t *testing.T) {
	got := findings(t, "example SOA ns.example host.master@example 1 2 3 4 5\nexample NS ns.example\nns.example A 192.0.2.1")
	if len(got) != 1 || got[0] != "mailbox-with-at example. SOA [1]: its mailbox is written with an @, which is part of the name then" {
		t.Errorf("got %q", got)
	}
	if got := advice(t, record.Row{Name: "example", Type: "SOA", Record: "ns.lan joe.doe@example.org 1 2 3 4 5"},
		record.Row{Name: "example", Type: "NS", Record: "ns.lan"}); got != `write it as joe\.doe.example.org` {
		t.Error(got)
	}
}

func TestAdviceIsPrintable(t *testing.T) {
	got := advice(t, record.Row{Name: "example", Type: "SOA", Record: `ns.lan \027\[31m@ex\001ample.org 1 2 3 4 5`}, record.Row{Name: "example", Type: "NS", Record: "ns.lan"})
	if got != `write it as \027[31m.ex\001ample.org` {
		t.Errorf("%q", got)
	}
}

func TestAliasesInACircle(t *testing.T) {
	tests := []struct{ name, rows, expected string }{
		{"two", "y.example CNAME x.example\nx.example CNAME y.example\nto.example CNAME x.example",
			"alias-circle x.example. CNAME [5 4]: it is an alias that leads back to itself: x.example. -> y.example. -> x.example."},
		{"itself", "x.example CNAME X.example", "alias-circle x.example. CNAME [4]: it is an alias that leads back to itself: x.example. -> x.example."},
		{"loose names", "a.lan CNAME b.lan\nb.lan CNAME c.lan\nc.lan CNAME a.lan",
			"alias-circle a.lan. CNAME [4 5 6]: it is an alias that leads back to itself: a.lan. -> b.lan. -> c.lan. -> a.lan."},
		{"a wildcard", "*.w.example CNAME x.w.example", "alias-circle *.w.example. CNAME [4]: it is an alias that leads back to itself: *.w.example. -> *.w.example."},
		{"DNAME", "a.example DNAME b.example\nb.example DNAME a.example",
			"alias-circle a.example. DNAME [4 5]: it is an alias that leads back to itself: a.example. -> b.example. -> a.example."},
		{"DNAME below itself", "a.example DNAME x.a.example", "alias-circle a.example. DNAME [4]: it is an alias that leads back to itself: a.example. -> a.example."},
		{"none", "a.example CNAME b.example\nb.example CNAME ns.example\nc.example DNAME d.example\nd.example A 192.0.2.1", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := findings(t, zoneStart+test.rows)
			if strings.Join(got, "\n") != test.expected {
				t.Errorf("got\n%s\nexpected\n%s", strings.Join(got, "\n"), test.expected)
			}
		})
	}
}

func TestReverse(t *testing.T) {
	const six = "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa"
	tests := []struct{ name, rows, expected string }{
		{"right", "1.2.0.192.in-addr.arpa PTR ns.example\n" + six + " PTR six.example\nsix.example AAAA 2001:db8::1\nsix.example AAAA ::1", ""},
		{"another address", "9.2.0.192.in-addr.arpa PTR ns.example",
			"reverse-differs 9.2.0.192.in-addr.arpa. PTR [4]: its name ns.example. has no address 192.0.2.9, so who checks the PTR does not believe it"},
		{"no address at all", six + " PTR x.lan\nx.lan A 192.0.2.1",
			"reverse-differs " + six + ". PTR [4]: its name x.lan. has no address 2001:db8::1, so who checks the PTR does not believe it"},
		{"a name of others", "9.2.0.192.in-addr.arpa PTR host.example.net", ""},
		{"not a whole address", "2.0.192.in-addr.arpa PTR ns.example\nb._dns-sd._udp.example PTR ns.example", ""},
		{"a name that the zone has not", "9.2.0.192.in-addr.arpa PTR x.example", "missing-target 9.2.0.192.in-addr.arpa. PTR [4]: the target of its PTR, x.example., has no records"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := findings(t, zoneStart+test.rows)
			if strings.Join(got, "\n") != test.expected {
				t.Errorf("got\n%s\nexpected\n%s", strings.Join(got, "\n"), test.expected)
			}
		})
	}
}
