package answer_test

import (
	"fmt"
	"testing"

	"github.com/mysqldns/mysqldns/plugin/answer"
	"github.com/mysqldns/mysqldns/plugin/zonedb"

	"github.com/miekg/dns"
)

// BenchmarkWithin answers out of a zone of 100,000 names.
func BenchmarkWithin(b *testing.B) {
	const names = 100_000
	db := zonedb.New()
	load := db.NewLoad()
	add := func(text string) {
		rr, err := dns.NewRR(text)
		if err != nil {
			b.Fatal(err)
		}
		if err := load.Add(rr); err != nil {
			b.Fatal(err)
		}
	}
	add("example.org. 300 IN SOA ns1.example.org. hostmaster.example.org. 1 7200 3600 1209600 300")
	add("example.org. 300 IN NS ns1.example.org.")
	for i := range names {
		add(fmt.Sprintf("host%07d.example.org. 300 IN A 10.%d.%d.%d", i, byte(i>>16), byte(i>>8), byte(i)))
	}
	load.Commit()
	view := db.View()
	for what, format := range map[string]string{"hits": "host%07d.example.org.", "misses": "miss%07d.example.org."} {
		b.Run(what, func(b *testing.B) {
			asked := make([]string, 1<<16)
			for i := range asked {
				asked[i] = fmt.Sprintf(format, i*7919%names)
			}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if r := answer.Within(dns.MaxMsgSize, view, asked[i&(1<<16-1)], dns.TypeA); len(r.Answer)+len(r.Authority) != 1 {
					b.Fatal(r)
				}
			}
		})
	}
}
