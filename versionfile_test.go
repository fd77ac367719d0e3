package mysqldns

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mysqldns/mysqldns/plugin/journal"
)

// restarted is a stage whose versions read the file of one before.
func (s *stage) restarted(path string) *stage {
	s.t.Helper()
	next := newStage(s.t)
	next.v.file = &versionFile{path: path, source: "here"}
	next.v.saved = next.v.file.load()
	return next
}

func TestOwnersVersionsOutliveTheProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "versions")
	s := newStage(t).restarted(path)
	for _, serial := range []string{"1", "2", "3"} {
		s.has(strings.Replace(automaticSOA, "org. 0", "org. "+serial, 1), "www.example.org. 60 IN A 192.0.2."+serial)
		s.v.save()
	}
	s.v.file.close()
	for serial, from := range map[string]uint32{"2": 1, "3": 1, "4": 4, "9": 9} { // the copy may be older than the file, and newer
		next := s.restarted(path)
		next.has(strings.Replace(automaticSOA, "org. 0", "org. "+serial, 1), "www.example.org. 60 IN A 192.0.2."+serial)
		if z := next.v.zones.Zone("example.org."); !z.Has() || z.HistoryFrom() != from {
			t.Errorf("with a copy of serial %s: deltas from %d, content known: %t", serial, z.HistoryFrom(), z.Has())
		}
	}
}

// Of a serial under which content changed no delta leads on, after a restart too.
func TestBrokenVersionStaysBroken(t *testing.T) {
	path := filepath.Join(t.TempDir(), "versions")
	s := newStage(t).restarted(path)
	soa := func(serial string) string { return strings.Replace(automaticSOA, "org. 0", "org. "+serial, 1) }
	s.has(soa("1"), addressOne)
	s.has(soa("1"), addressTwo)
	s.v.mu.Lock()
	s.v.breakVersion("example.org.", s.v.zones.Zone("example.org."), s.v.states["example.org."])
	s.v.mu.Unlock()
	s.v.save()
	s.v.file.close()
	next := s.restarted(path)
	next.has(soa("1"), addressTwo)
	next.has(soa("2"), addressTwo)
	if z := next.v.zones.Zone("example.org."); z.HistoryFrom() != 2 {
		t.Errorf("a delta leads from %d", z.HistoryFrom())
	}
}

// The file is created anew when it has grown, by whoever it belongs to, and has all that is known then.
func TestVersionFileIsKeptShort(t *testing.T) {
	path := filepath.Join(t.TempDir(), "versions")
	ours := true
	f := &versionFile{path: path, source: "here", ours: func() bool { return ours }}
	defer f.close()
	long := journal.Saved{Zone: "example.", Serial: 1, Delta: make([]byte, versionFileGrowth/4)}
	last := []journal.Saved{{Zone: "example.", Serial: 9}}
	for range 20 {
		f.add([]journal.Saved{long}, func() []journal.Saved { return last })
	}
	if info, err := os.Stat(path); err != nil || info.Size() > 2*versionFileGrowth {
		t.Errorf("%v, %v", info, err)
	}
	ours = false
	before, _ := os.ReadFile(path)
	f.add(last, nil)
	if after, _ := os.ReadFile(path); string(after) != string(before) {
		t.Error("wrote to the file of another copy")
	}
	ours = true
	f.add(last, func() []journal.Saved { return last })
	if saved, err := journal.ReadFile(path, "here"); err != nil || len(saved["example."]) != 1 || saved["example."][0].Serial != 9 {
		t.Errorf("%v, %v", saved, err)
	}
}
