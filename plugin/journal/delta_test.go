package journal

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/miekg/dns"
)

func records(t testing.TB, lines ...string) (all []Record) {
	var rrs []dns.RR
	for _, line := range lines {
		rrs = append(rrs, rr(t, line))
	}
	return recordsOf(rrs)
}

func sample(t testing.TB) Delta {
	return Delta{
		Removed: records(t, "example. 60 SOA ns.example. h.example. 5 1 2 3 4", "a.example. 60 A 192.0.2.1"),
		Added:   records(t, "example. 60 SOA ns.example. h.example. 6 1 2 3 5", "b.example. 60 MX 10 Mail.Example.", `b.example. 60 TXT "Two" "strings"`, `c.example. 0 TYPE65280 \# 2 0AFF`),
		Held: map[string][]Record{
			"a.example.": nil,
			"b.example.": records(t, "b.example. 60 MX 10 Mail.Example.", `b.example. 60 TXT "Two" "strings"`, "b.example. 60 A 192.0.2.7"),
		},
	}
}

func TestDeltaReadsBackAsItWas(t *testing.T) {
	for name, d := range map[string]Delta{"empty": {}, "some": sample(t)} {
		got, err := DecodeDelta(d.Encode())
		if err != nil || !reflect.DeepEqual(got, d) {
			t.Errorf("%s: read back %q, %v", name, got, err)
		}
	}
}

func TestDeltaOfOneRecordWrittenInTwoWays(t *testing.T) {
	a, b := records(t, "example. 60 MX 10 mail.example."), records(t, "example. 60 MX 10 MAIL.example.")
	if !slices.Equal(a, b) {
		t.Errorf("%q and %q are one record", a, b)
	}
	if rr := a[0].RR(); rr.String() != "example.\t60\tIN\tMX\t10 mail.example." {
		t.Errorf("got %v", rr)
	}
}

func TestDecodeDeltaRefuses(t *testing.T) {
	good := sample(t).Encode()
	twice := Delta{Removed: records(t, "a. A 192.0.2.1"), Added: records(t, "a. A 192.0.2.1")}
	ab := records(t, "a. A 192.0.2.1", "b. A 192.0.2.1")
	upper := strings.Replace(string(Delta{Added: records(t, "a. A 192.0.2.1")}.Encode()), "\x01a", "\x01A", 1)
	for name, b := range map[string][]byte{
		"nothing":                  nil,
		"another form":             append([]byte{2}, good[1:]...),
		"an end too early":         good[:len(good)-1],
		"more behind the end":      append(slices.Clone(good), 0),
		"a record in both lists":   twice.Encode(),
		"records out of order":     Delta{Added: []Record{ab[1], ab[0]}}.Encode(),
		"a record twice":           Delta{Added: []Record{ab[0], ab[0]}}.Encode(),
		"upper case":               []byte(upper),
		"a class that is not IN":   []byte(strings.Replace(string(Delta{Added: records(t, "a. A 192.0.2.1")}.Encode()), "\x00\x01\x00\x01", "\x00\x01\x00\x03", 1)),
		"a number beyond all":      {deltaForm, 0xff, 0xff, 0xff, 0xff, 0x0f},
		"RDATA that is no address": []byte(strings.Replace(string(Delta{Added: records(t, "a. A 192.0.2.1")}.Encode()), "\x00\x04\xc0\x00\x02\x01", "\x00\x03\xc0\x00\x02", 1)),
	} {
		if d, err := DecodeDelta(b); err == nil {
			t.Errorf("%s was taken for %q", name, d)
		}
	}
}

func FuzzDecodeDelta(f *testing.F) {
	f.Add(sample(f).Encode())
	f.Add(Delta{}.Encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := DecodeDelta(b)
		if err != nil {
			return
		}
		again, err := DecodeDelta(d.Encode())
		if err != nil || !slices.Equal(again.Added, d.Added) || !slices.Equal(again.Removed, d.Removed) || !reflect.DeepEqual(again.Held, d.Held) {
			t.Errorf("%q became %q, %v", d, again, err)
		}
		for _, r := range d.Added {
			if again, err := RecordOf(r.RR()); err != nil || again != r || r.Owner() == "" {
				t.Errorf("%q became %q, %v", r, again, err)
			}
		}
	})
}

func TestCondense(t *testing.T) {
	a, b, c := records(t, "a. A 192.0.2.1"), records(t, "b. A 192.0.2.1"), records(t, "c. A 192.0.2.1")
	got := condense([]Delta{{Removed: a, Added: b}, {Removed: b, Added: c}, {Added: a}})
	if len(got.Removed) != 0 || !slices.Equal(got.Added, c) {
		t.Errorf("got %q", got)
	}
}

func TestDigestForgetsWhatIsTakenAway(t *testing.T) {
	some, more := records(t, "a. A 192.0.2.1", "b. A 192.0.2.1"), records(t, "c. A 192.0.2.1", "d. 0 A 192.0.2.1")
	var one, other Digest
	one.add(some...)
	other.add(more...)
	other.add(some[1], some[0])
	if one == other {
		t.Error("two contents have one digest")
	}
	other.subtract(more...)
	if one != other {
		t.Errorf("%x and %x are of the same records", one, other)
	}
	other.subtract(some...)
	if other != (Digest{}) {
		t.Errorf("%x is of no records", other)
	}
}
