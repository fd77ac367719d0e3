package record

import "testing"

func BenchmarkParse(b *testing.B) {
	for _, bb := range []struct {
		name string
		row  Row
	}{
		{"A", Row{Name: "host-12345.example.org", Type: "A", Class: "IN", TTL: "300", Record: "192.0.2.1"}},
		{"A lower case and dot", Row{Name: "host-12345.example.org.", Type: "1", Class: "1", TTL: "300", Record: "192.0.2.1"}},
		{"A escaped", Row{Name: `Host\.12345.example.org`, Type: "A", Class: "IN", TTL: "300", Record: "192.0.2.1"}},
		{"AAAA", Row{Name: "host-12345.example.org", Type: "AAAA", Class: "IN", TTL: "300", Record: "2001:db8::1"}},
		{"CNAME", Row{Name: "host-12345.example.org", Type: "CNAME", Class: "IN", TTL: "300", Record: "www.example.org"}},
		{"MX", Row{Name: "example.org", Type: "MX", Class: "IN", TTL: "300", Record: "10 mail.example.org"}},
		{"TXT", Row{Name: "example.org", Type: "TXT", Class: "IN", TTL: "300", Record: "v=spf1 include:example.net -all"}},
		{"TXT quoted", Row{Name: "example.org", Type: "TXT", Class: "IN", TTL: "300", Record: `"v=spf1 include:example.net -all"`}},
		{"SRV", Row{Name: "_sip._udp.example.org", Type: "SRV", Class: "IN", TTL: "300", Record: "0 5 5060 sip.example.org"}},
		{"SOA", Row{Name: "example.org", Type: "SOA", Class: "IN", TTL: "300", Record: "ns1.example.org hostmaster.example.org 2026010101 7200 900 1209600 300"}},
		{"refused", Row{Name: "example.org", Type: "A", Class: "IN", TTL: "300", Record: "1.2.3"}},
	} {
		b.Run(bb.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, _ = Parse(bb.row, 3600)
			}
		})
	}
}
