package journal

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/mysqldns/mysqldns/plugin/zonedb"

	"github.com/miekg/dns"
)

var someVersions = []Saved{
	{Zone: "a.", Serial: 2, Digest: Digest{1}},
	{Zone: "b.example.", Serial: 4294967295, Known: true, From: 7, Delta: []byte{1, 0, 0, 0}},
	{Zone: "a.", Serial: 3, Digest: Digest{2}, Known: true, From: 2, Delta: []byte{1, 0, 0, 0}},
	{Zone: "b.example.", Serial: 1, Digest: Digest{3}, Broken: true},
	{Zone: ".", Serial: 9},
}

func fileOf(t *testing.T, versions ...Saved) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "versions")
	f, err := CreateFile(path, "here", versions[:2])
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(f.Add(versions[2:]...), f.Close()); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Size() != f.Octets() || info.Mode() != 0o600 {
		t.Errorf("%v, %d octets written, %v", info, f.Octets(), err)
	}
	return path
}

func TestFileComesBack(t *testing.T) {
	for i := range someVersions {
		if someVersions[i].Delta == nil {
			someVersions[i].Delta = []byte{}
		}
	}
	path := fileOf(t, someVersions...)
	got, err := ReadFile(path, "here")
	want := map[string][]Saved{"a.": {someVersions[0], someVersions[2]}, "b.example.": {someVersions[3]}, ".": {someVersions[4]}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("read %v, %v; expected %v", got, err, want)
	}
	if _, err := ReadFile(path, "there"); !errors.Is(err, ErrOtherSource) {
		t.Errorf("of another source: %v", err)
	}
}

// A file that is cut short, as by a power failure, has what stands before; one that is damaged too, and one that is no such file is refused.
func TestFileCutShortOrDamaged(t *testing.T) {
	path := fileOf(t, someVersions...)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	header := len(fileHeader("here"))
	most := 0
	for n := range whole {
		os.WriteFile(path, whole[:n], 0o600)
		got, err := ReadFile(path, "here")
		if (err == nil) != (n >= header) || len(got) > 3 || len(got) < most {
			t.Fatalf("the first %d octets: %v, %v", n, got, err)
		}
		most = len(got)
		damaged := append([]byte(nil), whole...)
		damaged[n] ^= 4
		os.WriteFile(path, damaged, 0o600)
		got, err = ReadFile(path, "here")
		if n < header != (err != nil) || len(got["."]) != 0 {
			t.Fatalf("with octet %d damaged: %v, %v", n, got, err)
		}
	}
	if most != 2 {
		t.Errorf("%d zones in all but the last octet", most)
	}
}

// A zone that was saved at any version, and whose copy is that of any version, has its serial, its history, and where what was saved tells of the names that
// differ its content.
func TestRestore(t *testing.T) {
	db := zonedb.New()
	zones := NewZones(func(string, uint32) bool { return true })
	states := make([]*zonedb.View, 4)
	var saved []Saved
	for i := range states {
		name := "www.example."
		db.Apply(map[string][]dns.RR{
			name:       {rr(t, name+" 60 IN TXT "+string(rune('a'+i)))},
			"example.": {rr(t, "example. 60 IN SOA ns.example. h.example. 0 1 2 3 4")},
		})
		zones.Move(db.View(), []string{name, "example."}, true)
		z := zones.Zone("example.")
		last := uint32(i + 9)
		if i == 0 {
			z.Assume(10, z.Copied())
		} else {
			z.Advance(uint32(i+10), z.Copied(), z.Pending())
		}
		saved = append(saved, z.SavedSince(last, false)...)
		states[i] = db.View()
	}
	if len(saved) != len(states) {
		t.Fatalf("saved %d versions, expected one at a time: %v", len(saved), saved)
	}
	for at, view := range states {
		for n := 1; n <= len(saved); n++ {
			other := NewZones(func(string, uint32) bool { return true })
			other.Move(view, nil, false)
			z := other.Zone("example.")
			z.Restore(saved[:n])
			serial, _, known := z.Version()
			if !known || serial != uint32(n+9) || z.HistoryFrom() != 10 || z.Has() != (at < n || n > 1) { // the first says nothing of the name that changes
				t.Errorf("copy %d, saved up to %d: serial %d, history from %d, content known: %t", at+10, n+9, serial, z.HistoryFrom(), z.Has())
			}
			if !z.Has() {
				continue
			}
			for rr := range z.Snapshot().All() {
				if txt, ok := rr.(*dns.TXT); ok && txt.Txt[0] != string(rune('a'+n-1)) {
					t.Errorf("copy %d, saved up to %d: %v", at+10, n+9, rr)
				}
			}
		}
	}
}

// A copy that was saved between two versions, as it is of a zone that changes all the time, and is older than the last that was saved: the content of that is
// known nevertheless. Where something changed that no version tells of, it is not.
func TestRestoreOfACopyBetweenVersions(t *testing.T) {
	db := zonedb.New()
	zones := NewZones(func(string, uint32) bool { return true })
	change := func(name, text string) {
		var rrs []dns.RR
		if text != "" {
			rrs = []dns.RR{rr(t, name+" 60 IN "+text)}
		}
		db.Apply(map[string][]dns.RR{name: rrs})
		zones.Move(db.View(), []string{name}, true)
	}
	change("example.", "SOA ns.example. h.example. 0 1 2 3 4")
	z := zones.Zone("example.")
	z.Assume(1, z.Copied())
	saved := z.SavedSince(0, false)
	version := func(serial uint32) {
		last, _, _ := z.Version()
		z.Advance(serial, z.Copied(), z.Pending())
		saved = append(saved, z.SavedSince(last, false)...)
	}
	change("a.example.", "A 192.0.2.1")
	change("b.example.", "A 192.0.2.1")
	version(2)
	change("a.example.", "A 192.0.2.2") // is changed back before there is a version of it
	change("b.example.", "A 192.0.2.2")
	change("c.example.", "A 192.0.2.1")
	between := db.View()
	change("d.example.", "A 192.0.2.1") // is taken away again
	also := db.View()
	change("d.example.", "")
	change("a.example.", "A 192.0.2.1")
	version(3)
	change("c.example.", "")
	change("b.example.", "A 192.0.2.3")
	version(4)
	saved4 := z.Snapshot()
	change("e.example.", "A 192.0.2.1")
	for view, known := range map[*zonedb.View]bool{between: true, also: true, db.View(): false} {
		other := NewZones(func(string, uint32) bool { return true })
		other.Move(view, nil, false)
		restored := other.Zone("example.")
		restored.Restore(saved)
		if serial, _, _ := restored.Version(); serial != 4 || restored.HistoryFrom() != 1 || restored.Has() != known {
			t.Errorf("serial %d, history from %d, content known: %t, expected %t", serial, restored.HistoryFrom(), restored.Has(), known)
		}
		got := map[string]bool{}
		for rr := range restored.Snapshot().All() {
			got[rr.String()] = true
		}
		for rr := range saved4.All() {
			if known && !got[rr.String()] {
				t.Errorf("%s is not there", rr)
			}
			delete(got, rr.String())
		}
		if known && len(got) > 0 {
			t.Errorf("there is also %v", got)
		}
	}
}

func FuzzFile(f *testing.F) {
	var b []byte
	for _, v := range someVersions {
		b = v.append(b)
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		for {
			v, rest, ok := readSaved(b)
			if !ok {
				return
			}
			if again := v.append(nil); string(again) != string(b[:len(b)-len(rest)]) {
				t.Fatalf("%x became %x", b, again)
			}
			b = rest
		}
	})
}
