package follow

import (
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mysqldns/mysqldns/plugin/zonedb"
)

// onDisk is a snapshot in a new folder.
func onDisk(t *testing.T) Snapshot {
	return Snapshot{Path: filepath.Join(t.TempDir(), "snapshot"), Source: "dns at db0"}
}

// saved is the address that a name has in the file, and when the database confirmed what that has.
func (s Snapshot) saved(t *testing.T, name string) (address string, confirmed time.Time) {
	t.Helper()
	db := zonedb.New()
	load := db.NewLoad()
	confirmed, err := load.ReadFile(s.Path, s.Source)
	if err != nil {
		t.Fatal(err)
	}
	load.Commit()
	return addressIn(db.View(), name), confirmed
}

func TestSnapshotIsSavedWhenTheCopyChanged(t *testing.T) {
	play(t, 1, func(sc *scene) {
		file := onDisk(t)
		f := sc.following(Config{Snapshot: file})
		saves := func() int { return count[SnapshotSaved](f.events) }
		f.within(time.Second, "saves the first list", func() bool { return saves() == 1 })
		f.never(10*time.Minute, "saves what the file has", func() bool { return saves() > 1 })
		sc.db.put("www.lan", "192.0.2.2")
		f.within(saveInterval*12/10, "saves the change", func() bool { return saves() == 2 })
		if address, confirmed := file.saved(t, "www.lan"); address != "192.0.2.2" || time.Since(confirmed) > time.Second {
			t.Errorf("saved the address %s of %s ago", address, time.Since(confirmed))
		}
		sc.db.put("www.lan", "192.0.2.3")
		pass(refreshByLog)
		f.stop()
		if address, _ := file.saved(t, "www.lan"); address != "192.0.2.3" {
			t.Errorf("saved the address %s at the end", address)
		}
	})
}

// At once if the table cannot be read, and in five seconds if that hangs.
func TestSnapshotIsRestored(t *testing.T) {
	tests := map[string]struct {
		fault
		after time.Duration
	}{
		"refused":                  {refuses(errDown), 0},
		"hangs":                    {hangs(), ConnectTimeout},
		"hangs at the first query": {hangs("Snapshot"), snapshotDelay},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			play(t, 1, func(sc *scene) {
				file := onDisk(t)
				sc.following(Config{Snapshot: file}).stop()
				saved := time.Now()
				pass(time.Hour)
				sc.servers[0].suffers(test.fault)
				sc.db.put("www.lan", "192.0.2.2")
				began := time.Now()
				f := sc.follow(Config{Snapshot: file})
				f.gets(10*time.Second, "www.lan", "192.0.2.1")
				if took := time.Since(began); took < test.after || took > test.after+20*time.Millisecond {
					t.Errorf("was restored after %s, expected %s", took, test.after)
				}
				if !f.Tried().Reached() || f.Listed().Reached() || saved.Sub(f.ConfirmedAt()) > time.Second {
					t.Errorf("tried: %v, listed: %v, confirmed %s before it was saved", f.Tried().Reached(), f.Listed().Reached(), saved.Sub(f.ConfirmedAt()))
				}
				f.keeps(time.Hour, "www.lan", "192.0.2.1")
				if restored := count[Restored](f.events); restored != 1 || count[SnapshotSaved](f.events) != 0 {
					t.Errorf("restored %d times:\n%s", restored, f.events)
				}
				sc.servers[0].suffers(nil)
				f.gets(15*time.Second, "www.lan", "192.0.2.2")
				f.within(time.Second, "saves what it read", func() bool { return count[SnapshotSaved](f.events) == 1 })
			})
		})
	}
}

// A snapshot of half the size, or twice, says nothing of what the table should have.
func TestSnapshotIsNoMeasureForMaxShrink(t *testing.T) {
	play(t, 1, func(sc *scene) {
		file := onDisk(t)
		sc.db.putMany(20, "192.0.2.1")
		sc.following(Config{Snapshot: file}).stop()
		sc.db.edit(func(v *version) { v.rows = v.rows[:2] })
		sc.servers[0].suffers(refuses(errDown))
		f := sc.follow(Config{Snapshot: file, MaxShrink: 10})
		f.gets(time.Second, "0.many.lan", "192.0.2.1")
		sc.servers[0].suffers(nil)
		f.gets(time.Second, "0.many.lan", "")
	})
}

func TestSnapshotThatCannotBeUsed(t *testing.T) {
	tests := map[string]func(t *testing.T, s *Snapshot){
		"of another table": func(_ *testing.T, s *Snapshot) { s.Source = "dns at another server" },
		"damaged": func(t *testing.T, s *Snapshot) {
			if err := os.Truncate(s.Path, 40); err != nil {
				t.Fatal(err)
			}
		},
		"missing": func(t *testing.T, s *Snapshot) {
			if err := os.Remove(s.Path); err != nil {
				t.Fatal(err)
			}
		},
	}
	for name, spoil := range tests {
		t.Run(name, func(t *testing.T) {
			play(t, 1, func(sc *scene) {
				file := onDisk(t)
				sc.following(Config{Snapshot: file}).stop()
				spoil(t, &file)
				sc.servers[0].suffers(refuses(errDown))
				f := sc.follow(Config{Snapshot: file})
				f.never(time.Minute, "has a view", func() bool { return f.View() != nil })
				missing, rejected := count[SnapshotMissing](f.events), count[SnapshotRejected](f.events)
				if missing+rejected != 1 || (missing == 1) != (name == "missing") {
					t.Errorf("%d missing, %d rejected, expected one event\n%s", missing, rejected, f.events)
				}
				sc.servers[0].suffers(nil)
				f.gets(10*time.Second, "www.lan", "192.0.2.1")
				f.within(time.Second, "saves over it", func() bool { return count[SnapshotSaved](f.events) == 1 })
				if address, _ := file.saved(t, "www.lan"); address != "192.0.2.1" {
					t.Errorf("saved the address %s", address)
				}
			})
		})
	}
}

// While another copy's file it is not written, neither at the end; when it is given back it is written again, though this copy is as it was.
func TestSnapshotThatIsGivenAway(t *testing.T) {
	play(t, 1, func(sc *scene) {
		file := onDisk(t)
		var ours atomic.Bool
		ours.Store(true)
		file.Ours = ours.Load
		f := sc.following(Config{Snapshot: file})
		f.within(time.Second, "saves", func() bool { return count[SnapshotSaved](f.events) == 1 })
		ours.Store(false)
		if err := os.Remove(file.Path); err != nil {
			t.Fatal(err)
		}
		sc.db.put("www.lan", "192.0.2.2")
		f.never(10*time.Minute, "saves", func() bool { return count[SnapshotSaved](f.events) > 1 })
		ours.Store(true)
		f.within(saveInterval*12/10, "saves", func() bool { return count[SnapshotSaved](f.events) == 2 })
		if err := os.Remove(file.Path); err != nil {
			t.Fatal(err)
		}
		f.SaveAgain()
		f.SaveAgain()
		f.within(time.Second, "saves again", func() bool { return count[SnapshotSaved](f.events) == 3 })
		ours.Store(false)
		sc.db.put("www.lan", "192.0.2.3")
		pass(refreshByLog)
		f.stop()
		if address, _ := file.saved(t, "www.lan"); address != "192.0.2.2" {
			t.Errorf("the file has the address %s, which was saved after it was given away", address)
		}
	})
}

// What is restored does not take the place of what was read.
func TestSnapshotDoesNotReplaceTheTable(t *testing.T) {
	play(t, 1, func(sc *scene) {
		file := onDisk(t)
		sc.following(Config{Snapshot: file}).stop()
		sc.db.put("www.lan", "192.0.2.2")
		f := sc.following(Config{Snapshot: file})
		f.has("www.lan", "192.0.2.2")
		sc.servers[0].suffers(hangs())
		f.keeps(time.Hour, "www.lan", "192.0.2.2")
		if count[Restored](f.events) > 0 {
			t.Errorf("restored a snapshot:\n%s", f.events)
		}
	})
}

// Where another copy answers, a snapshot is not needed: it would be older.
func TestSnapshotIsNotLoadedWhileAnotherCopyAnswers(t *testing.T) {
	play(t, 1, func(sc *scene) {
		file := onDisk(t)
		before := sc.following(Config{Snapshot: file})
		pass(time.Second)
		sc.servers[0].suffers(refuses(errDown))
		f := sc.followAfter(before, Config{Snapshot: file, Answers: before.View})
		f.never(time.Minute, "has a view", func() bool { return f.View() != nil })
	})
}
