package mysqldns

import (
	"fmt"
	"strings"
	"testing"
)

const ownersZone = "example.org."

// ownersSerial is what a zone has under a serial of its owner: a SOA, and an address that tells the serial.
func ownersSerial(serial int) []string {
	return []string{strings.Replace(automaticSOA, "org. 0", fmt.Sprintf("org. %d", serial), 1), fmt.Sprintf("www.example.org. 60 IN A 192.0.2.%d", serial)}
}

// keeping is a stage whose versions are kept in a database that can be reached, and written to.
func keeping(t *testing.T) *stage {
	t.Helper()
	s := newStage(t)
	s.v.unreachable = false
	s.v.table.writers = new(writers)
	return s
}

// stepsOf makes the rows of the journal that an instance writes which saw these serials one by one.
func stepsOf(t *testing.T, serials ...int) newVersion {
	t.Helper()
	s := newStage(t)
	for _, serial := range serials {
		s.has(ownersSerial(serial)...)
	}
	return prepareOwners(s.v.zones.Zone(ownersZone), s.v.states[ownersZone])
}

// An instance that starts waits for what the database says of the owner's version, and has its history then; if it cannot be asked, it does not wait.
func TestOwnersVersionComesFromTheDatabase(t *testing.T) {
	written := stepsOf(t, 1, 2, 3)
	if len(written.steps) != 2 || written.linked || written.cut || written.serial != 3 {
		t.Fatalf("written is %+v", written)
	}
	s := keeping(t)
	s.has(ownersSerial(3)...)
	z := s.v.zones.Zone(ownersZone)
	if _, _, known := z.Version(); known {
		t.Fatal("the version is known before the database was asked")
	}
	s.v.learn(ownersZone, versionRow{serial: 3, digest: written.digest}, true, written.steps)
	if serial, _, known := z.Version(); !known || serial != 3 || z.HistoryFrom() != 1 {
		t.Errorf("serial %d (known: %t), history from %d", serial, known, z.HistoryFrom())
	}
	if len(s.v.due) > 0 {
		t.Errorf("writes what the database has: %v", s.v.due)
	}

	other := keeping(t)
	other.has(ownersSerial(3)...)
	other.v.lostSight()
	if serial, _, known := other.v.zones.Zone(ownersZone).Version(); !known || serial != 3 {
		t.Errorf("without the database: serial %d (known: %t)", serial, known)
	}
}

// What is written leads on from what the database has; all steps since then, if it missed some.
func TestOwnersVersionLeadsOn(t *testing.T) {
	s := keeping(t)
	s.has(ownersSerial(1)...)
	s.v.learn(ownersZone, versionRow{}, false, nil)
	z, st := s.v.zones.Zone(ownersZone), s.v.states[ownersZone]
	first, write := s.v.actOnOwners(ownersZone, z, st)
	if !write || first.had || len(first.steps) != 1 || first.steps[0].known {
		t.Fatalf("first (%t): %+v", write, first)
	}
	s.v.took(first, z, st)
	if _, write := s.v.actOnOwners(ownersZone, z, st); write {
		t.Error("written twice")
	}
	s.has(ownersSerial(2)...)
	s.has(ownersSerial(3)...)
	next, write := s.v.actOnOwners(ownersZone, z, st)
	if !write || !next.linked || next.was != 1 || len(next.steps) != 2 || next.steps[0].from != 1 || next.steps[1].serial != 3 {
		t.Errorf("next (%t): %+v", write, next)
	}
}

// Where others have other content under the serial, or the database says that it had some before, no delta leads on from it.
func TestOwnersSerialWithTwoContents(t *testing.T) {
	for name, learn := range map[string]func(s *stage, written newVersion){
		"another instance has other content": func(s *stage, _ newVersion) {
			s.v.learn(ownersZone, versionRow{}, false, nil)
			s.v.learn(ownersZone, versionRow{serial: 3, digest: digestOf(t, ownersZone, ownersSerial(2)...)}, true, nil)
		},
		"it had other content before": func(s *stage, written newVersion) {
			s.v.learn(ownersZone, versionRow{serial: 3, digest: written.digest}, true, []journalRow{{serial: 3, delta: brokenDelta}})
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := keeping(t)
			s.has(ownersSerial(3)...)
			learn(s, stepsOf(t, 3))
			s.has(ownersSerial(4)...)
			z, st := s.v.zones.Zone(ownersZone), s.v.states[ownersZone]
			if z.HistoryFrom() != 4 {
				t.Errorf("a delta leads on from %d", z.HistoryFrom())
			}
			if n := prepareOwners(z, st); n.linked || n.steps[0].known {
				t.Errorf("written is %+v", n)
			}
		})
	}
}
