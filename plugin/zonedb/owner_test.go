package zonedb

import (
	"fmt"
	"strings"
	"testing"

	"github.com/mysqldns/mysqldns/plugin/wire"
)

// Records that differ only in the case of letters that are no names cost no more than others: each must not be compared with all.
func TestRecordsThatDifferInCase(t *testing.T) {
	for _, form := range []string{"TYPE65280 \\# 16 %x", `NAPTR 1 1 "S" "SIP" "%s" .`, `SVCB 1 . alpn="%s"`} {
		o := new(owner)
		var p wire.Packer
		const records = 5_000
		var rrtype uint16
		for i := range records {
			var letters strings.Builder
			for bit := range 16 {
				letters.WriteByte("aA"[i>>bit&1])
			}
			rr := mustRR(t, "x. 60 IN "+fmt.Sprintf(form, letters.String()))
			rdata, err := pack(&p, rr)
			if err != nil {
				t.Fatal(err)
			}
			rrtype = rr.Header().Rrtype
			o.add(rrtype, 60, rdata)
		}
		set := o.set(rrtype)
		if set.count != records || len(set.seen) != records {
			t.Errorf("%s: %d records with %d hashes, want %d", form, set.count, len(set.seen), records)
		}
	}
}
