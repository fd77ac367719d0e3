package zonedb

import (
	"sync"
	"testing"

	"github.com/miekg/dns"
)

// Who gets the SOA may change it, as negative answers do, and the next one gets that of the table all the same.
func TestSOABelongsToWhoeverGetsIt(t *testing.T) {
	db := New()
	l := db.NewLoad()
	const text = "example.org.\t3600\tIN\tSOA\tns.example.org. admin.example.org. 1 2 3 4 5"
	if err := l.Add(mustRR(t, text)); err != nil {
		t.Fatal(err)
	}
	l.Commit()
	z := db.View().Zone("www.example.org.")
	var asking sync.WaitGroup
	for range 8 {
		asking.Go(func() {
			for range 100 {
				n, ok := z.Node("example.org.")
				if !ok {
					t.Error("no apex")
					return
				}
				set := n.RRset(dns.TypeSOA, 1)
				if len(set) != 1 || set[0].String() != text {
					t.Errorf("%v, expected %s", set, text)
					return
				}
				soa := set[0].(*dns.SOA)
				soa.Hdr.Name, soa.Hdr.Ttl, soa.Serial, set[0] = "other.", 0, 9, nil
			}
		})
	}
	asking.Wait()
}
