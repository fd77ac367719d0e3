package record

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/miekg/dns"
)

func FuzzParse(f *testing.F) {
	for typ, records := range samples {
		for _, record := range records {
			f.Add("www.example.org", dns.Type(typ).String(), "", "60", record)
		}
	}
	for _, row := range []Row{
		{Name: "Bücher\\046.example", Type: "1", Class: "in", Record: "192.0.2.1 ; note"},
		{Name: ".", Type: "type65280", Class: "CLASS1", Record: `\# 3 616263`},
		{Name: "@", Type: "ANY", Class: "CH", TTL: "1h", Record: "\n$INCLUDE /etc/passwd\n"},
		{Name: "a\n$ORIGIN b.", Type: "A", Record: "192.0.2.1\nx. A 192.0.2.2"},
		{Name: "*.example.org.", Type: "SOA", Record: "a b ( 1 ; serial\n 2 3 4 5 )"},
		{Name: `a\.b\ `, Type: "TXT", Record: `"a\"b" "\195\169"`},
		{Name: "a", Type: "MX", Record: `\# 4 000ac000`},
	} {
		f.Add(row.Name, row.Type, row.Class, row.TTL, row.Record)
	}
	f.Fuzz(func(t *testing.T, name, typ, class, ttl, record string) {
		row := Row{ID: 1, Name: name, Type: typ, Class: class, TTL: ttl, Record: record}
		rr, err := Parse(row, 3600)
		if err != nil {
			wantRefused(t, rr, err)
			return
		}
		wantSound(t, rr)
		wantCanonicalOwner(t, rr.Header().Name)
		if asked, f := rrtype(typ); f != nil || rr.Header().Rrtype != asked {
			t.Errorf("type %d for %q", rr.Header().Rrtype, typ)
		}

		row, err = Format(rr)
		if err != nil {
			t.Fatalf("%s has no row: %v", rr, err)
		}
		if back, err := Parse(row, 0); err != nil || back.Header().Name != rr.Header().Name || octetsOf(t, back) != octetsOf(t, rr) {
			t.Errorf("%s as a row is %+v, which is %v, %v", rr, row, back, err)
		}

		// The record, printed, is the same row in other words. A text that does not begin with a quote is printed with
		// quotes, so this compares both of its forms.
		if _, isNull := rr.(*dns.NULL); isNull {
			return
		}
		again, err := Parse(Row{Name: rr.Header().Name, Type: typ, TTL: ttl, Record: Text(rr)}, 3600)
		if err != nil {
			if t := rr.Header().Rrtype; t == dns.TypeNSEC3 || t == dns.TypeLOC || t == dns.TypeAPL {
				return // not all that RFC 3597's form can say has a text that miekg/dns reads
			}
			t.Fatalf("%s reads back as: %v", rr, err)
		}
		if rr.Header().Rrtype != dns.TypeLOC && octetsOf(t, again) != octetsOf(t, rr) {
			t.Errorf("%s reads back as %s", rr, again)
		}
	})
}

// wantRefused checks what Parse promises of an error.
func wantRefused(t *testing.T, rr dns.RR, err error) {
	var e *Error
	if rr != nil || !errors.As(err, &e) {
		t.Fatalf("got %v and %v", rr, err)
	}
	switch e.Reason {
	case ReasonName, ReasonType, ReasonClass, ReasonTTL, ReasonRecord:
	default:
		t.Errorf("reason %q", e.Reason)
	}
	if e.Problem == "" || e.Advice == "" {
		t.Errorf("%#v", e)
	}
	wantLine(t, err)
}

// wantCanonicalOwner checks what Parse promises of an owner name, beyond what wantSound does.
func wantCanonicalOwner(t *testing.T, name string) {
	if !dns.IsFqdn(name) || !dns.IsSubDomain(".", name) || !dns.IsSubDomain(name, name) {
		t.Errorf("owner %q is not a name", name)
	}
	if strings.ContainsAny(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") {
		t.Errorf("owner %q is not in lower case", name)
	}
	if again, f := owner(name); f != nil || again != name {
		t.Errorf("owner %q reads back as %q, %v", name, again, f)
	}
}

// TestMutatedSamples changes octets in the samples of every type, in both of their forms. The fuzzer seldom gets that
// deep into one type.
func TestMutatedSamples(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	mutate := func(s string, alphabet string) string {
		b := []byte(s)
		for range 1 + random.IntN(3) {
			i := random.IntN(len(b) + 1)
			c := alphabet[random.IntN(len(alphabet))]
			switch {
			case i == len(b) || random.IntN(4) == 0:
				b = slices.Insert(b, i, c)
			case random.IntN(4) == 0:
				b = slices.Delete(b, i, i+1)
			default:
				b[i] = c
			}
		}
		return string(b)
	}
	for typ, records := range samples {
		for _, record := range records {
			row := Row{Name: "example.org", Type: dns.Type(typ).String(), Record: record}
			octets := octetsOf(t, mustParse(t, row))[2*len("\x07example\x03org\x00")+20:]
			for range *mutations {
				row.Record = mutate(record, ` 019aNmx.-:"\;()@=,$`+"\n\x00\xff")
				wantSoundIfTaken(t, row)
				generic := mutate(octets, "0123456789abcdef")
				generic = generic[:len(generic)&^1]
				row.Record = fmt.Sprintf(`\# %d %s`, len(generic)/2, generic)
				wantSoundIfTaken(t, row)
			}
		}
	}
}

var mutations = flag.Int("mutations", 100, "of every sample in TestMutatedSamples")

func wantSoundIfTaken(t *testing.T, row Row) {
	t.Helper()
	rr, err := Parse(row, 3600)
	if err != nil {
		wantLine(t, err)
		return
	}
	wantSound(t, rr)
	if t.Failed() {
		t.Fatalf("row %#v", row)
	}
	if strings.HasPrefix(row.Record, genericMark) && rr.Header().Rrtype != dns.TypeNSEC3 {
		again, err := Parse(Row{Name: row.Name, Type: row.Type, Record: Text(rr)}, 3600)
		if err != nil || rr.Header().Rrtype != dns.TypeLOC && octetsOf(t, again) != octetsOf(t, rr) {
			t.Errorf("%q: %s reads back as %v, %v", row.Record, rr, again, err)
		}
	}
}

// TestFaithfulTypes looks for octets that a type may have and that miekg/dns does not pack as it unpacked them, in types that Unpack takes for faithful.
func TestFaithfulTypes(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for typ := range isFaithful {
		for _, record := range samples[typ] {
			octets := mustRdata(t, mustParse(t, Row{Name: "example.org", Type: dns.Type(typ).String(), Record: record}))
			for range 20 * *mutations {
				mutated := slices.Clone(octets)
				for range random.IntN(4) {
					switch i := random.IntN(len(mutated) + 1); {
					case i == len(mutated):
						mutated = append(mutated, byte(random.Uint32()))
					case random.IntN(4) == 0 && len(mutated) > 1:
						mutated = slices.Delete(mutated, i, i+1)
					default:
						mutated[i] = "\x00\x01\\\"ab.,\xff"[random.IntN(9)]
					}
				}
				if !Valid(typ, mutated) {
					continue
				}
				rr := Unpack(dns.RR_Header{Name: ".", Rrtype: typ, Class: dns.ClassINET}, mutated)
				if !packsTo(rr, mutated) {
					t.Fatalf("%s %x comes back as %s", dns.Type(typ), mutated, rr)
				}
			}
		}
	}
}
