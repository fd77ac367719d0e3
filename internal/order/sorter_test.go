package order

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/miekg/dns"
)

func recordOf(t testing.TB, text string) dns.RR {
	t.Helper()
	rr, err := dns.NewRR(text)
	if err != nil {
		t.Fatal(err)
	}
	return rr
}

// sorted adds records with the IDs 0, 1, 2 … and returns them as they come out.
func sorted(t testing.TB, memory int, texts ...string) (lines []string, ids []uint64) {
	t.Helper()
	s := NewSorter(memory)
	defer s.Close()
	for i, text := range texts {
		if err := s.Add(recordOf(t, text), uint64(i)); err != nil {
			t.Fatal(err)
		}
	}
	r := s.Read()
	for r.Next() {
		rr := r.Item().RR()
		lines, ids = append(lines, strings.ReplaceAll(rr.String(), "\t", " ")), append(ids, r.Item().ID)
	}
	if r.Err() != nil {
		t.Fatal(r.Err())
	}
	return lines, ids
}

func TestSorterPutsFirstWhatSaysWhatTheOthersAre(t *testing.T) {
	lines, _ := sorted(t, Memory,
		"b.example. 1 IN A 192.0.2.1",
		"Example. 1 IN TXT x",
		"example. 1 IN A 192.0.2.1",
		"example. 1 IN DNAME d.",
		"example. 1 IN CNAME c.",
		"example. 1 IN NS ns2.",
		"example. 1 IN NS ns1.",
		"example. 1 IN SOA a. b. 1 2 3 4 5",
	)
	expected := []string{
		"example. 1 IN SOA a. b. 1 2 3 4 5", "example. 1 IN NS ns1.", "example. 1 IN NS ns2.", "example. 1 IN DNAME d.", "example. 1 IN CNAME c.",
		"example. 1 IN A 192.0.2.1", `Example. 1 IN TXT "x"`, "b.example. 1 IN A 192.0.2.1",
	}
	if !slices.Equal(lines, expected) {
		t.Errorf("got %q", lines)
	}
}

func TestDuplicatesCompareEqualAndKeepTheirSpelling(t *testing.T) {
	for _, pair := range [][2]string{
		{"a. 1 IN MX 1 Mail.example.", "A. 2 IN MX 1 mail.EXAMPLE."},
		{"a. 1 IN SRV 1 2 3 Sip.example.", "a. 1 IN SRV 1 2 3 sip.example."},
		{"a. 1 IN SOA NS. Host. 1 2 3 4 5", "a. 1 IN SOA ns. host. 1 2 3 4 5"},
		{"a. 1 IN RP Mail. Txt.", "a. 1 IN RP mail. txt."},
		{"a. 1 IN NAPTR 1 2 \"S\" \"SIP\" \"X\" A.example.", "a. 1 IN NAPTR 1 2 \"S\" \"SIP\" \"X\" a.example."},
		{"a. 1 IN HTTPS 1 Svc.example. alpn=h2", "a. 1 IN HTTPS 1 svc.example. alpn=h2"},
		{"a. 1 IN IPSECKEY 10 3 2 Gw.example. AQNRU3mG", "a. 1 IN IPSECKEY 10 3 2 gw.example. AQNRU3mG"},
		{"a. 1 IN HIP 2 200100107B1A74DF365639CC39F1D578 AwEAAbdx RVS.example.", "a. 1 IN HIP 2 200100107B1A74DF365639CC39F1D578 AwEAAbdx rvs.example."},
	} {
		if !dns.IsDuplicate(recordOf(t, pair[0]), recordOf(t, pair[1])) {
			t.Fatalf("%q are no duplicates", pair)
		}
		s := NewSorter(Memory)
		for i, text := range pair {
			if err := s.Add(recordOf(t, text), uint64(i)); err != nil {
				t.Fatal(err)
			}
		}
		r := s.Read()
		var items []Item
		for r.Next() {
			items = append(items, *r.Item())
		}
		if items[0].ID != 0 || items[1].ID != 1 || items[0].Compare(&items[1]) != 0 || !items[0].SameSet(&items[1]) {
			t.Errorf("%q: not the same, or not in the order they came in", pair)
		}
		first := items[0].RR()
		if want := recordOf(t, strings.Replace(pair[0], "200100107B1A74DF365639CC39F1D578", "200100107b1a74df365639cc39f1d578", 1)); first.String() != want.String() {
			t.Errorf("%s came back as %s", want, first)
		}
	}
}

func TestCaseMattersWhereNoNameIs(t *testing.T) {
	lines, _ := sorted(t, Memory, "a. 1 IN TXT a", "a. 1 IN TXT A", `a. 1 IN CAA 0 issue "Ca.example"`, `a. 1 IN CAA 0 issue "ca.example"`)
	if len(slices.Compact(lines)) != 4 {
		t.Errorf("got %q", lines)
	}
}

// So little memory that nearly every record makes a file.
func TestSorterHoldsMoreThanItsMemory(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	random := rand.New(rand.NewPCG(3, 4))
	var texts []string
	for range 3000 {
		texts = append(texts, fmt.Sprintf("n%d.z%d. %d IN A 192.0.2.%d", random.IntN(50), random.IntN(3), random.IntN(9), random.IntN(9)))
	}
	inMemory, order := sorted(t, Memory, texts...)
	if !slices.IsSorted(order[:0]) || len(order) != len(texts) {
		t.Fatalf("%d of %d came back", len(order), len(texts))
	}
	for _, memory := range []int{3000, 50_000} {
		lines, ids := sorted(t, memory, texts...)
		if !slices.Equal(lines, inMemory) || !slices.Equal(ids, order) {
			t.Errorf("with %d octets of memory another order comes out", memory)
		}
	}
	left, err := os.ReadDir(os.Getenv("TMPDIR"))
	if err != nil || len(left) > 0 {
		t.Errorf("files are left: %v, %v", left, err)
	}
}

func TestSpoolCanBeReadTwiceAtATime(t *testing.T) {
	s := NewSpool(40)
	defer s.Close()
	for _, key := range []string{"c", "a", "b", "a", "e", "d"} {
		if err := s.Add([]byte(key), []byte("of "+key)); err != nil {
			t.Fatal(err)
		}
	}
	if len(s.runs) == 0 {
		t.Fatal("nothing went to a file")
	}
	first, second := s.Read(), s.Read()
	for _, expected := range []string{"a", "a", "b", "c", "d", "e"} {
		for _, c := range []*Cursor{first, second} {
			if !c.Next() || string(c.Key()) != expected || string(c.Value()) != "of "+expected {
				t.Fatalf("expected %s", expected)
			}
		}
	}
	if first.Next() || second.Next() || first.Next() || first.Err() != nil {
		t.Error("there is more")
	}
}

func TestEmptySpool(t *testing.T) {
	if c := NewSpool(Memory).Read(); c.Next() || c.Err() != nil {
		t.Error("there is something")
	}
}

func TestSpoolThatCanNotWriteSaysSo(t *testing.T) {
	t.Setenv("TMPDIR", "/nonexistent")
	s := NewSpool(10)
	var err error
	for range 10 {
		if err = s.Add([]byte("key"), []byte("value")); err != nil {
			break
		}
	}
	if err == nil || !strings.Contains(err.Error(), "/nonexistent") {
		t.Errorf("got %v", err)
	}
}

func TestEmptyRDATAComesBack(t *testing.T) {
	lines, _ := sorted(t, Memory, `a. 1 IN TYPE65280 \# 0`, "a. 1 IN APL")
	t.Log(lines)
	if len(lines) != 2 {
		t.Errorf("got %q", lines)
	}
}

func BenchmarkSorter(b *testing.B) {
	rr := recordOf(b, "www.example.org. 60 IN A 192.0.2.1").(*dns.A)
	for b.Loop() {
		s := NewSorter(Memory)
		for i := range 1_000_000 {
			rr.Hdr.Name = fmt.Sprintf("h%07d.example.org.", uint32(i)*2654435761%1_000_000)
			if err := s.Add(rr, uint64(i)); err != nil {
				b.Fatal(err)
			}
		}
		n := 0
		for r := s.Read(); r.Next(); n++ {
		}
		s.Close()
	}
}
