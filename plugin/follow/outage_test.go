package follow

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"
)

// An outage is a line of the table "When the database fails" in docs/operations.md that concerns how the table is followed.
type outage struct {
	name   string
	happen func(*server)
	end    func(*server) // what makes all well again, beside an end of the faults
}

var outages = []outage{
	{"server killed", func(s *server) { s.cut(); s.suffers(refuses(errDown)) }, (*server).restart},
	{"server hung", func(s *server) { s.suffers(hangs()) }, nil},
	{"server hung, and answers new connections at first", func(s *server) { s.suffers(hangs("Look", "Stamp", "Rows", "Snapshot")) }, nil},
	{"server unreachable", func(s *server) { s.cut(); s.suffers(hangs("Dial")) }, nil},
	{"server out of connections", func(s *server) { s.cut(); s.suffers(refuses(errTooFull, "Dial")) }, nil},
	{"password taken away", func(s *server) { s.cut(); s.suffers(refuses(errDenied, "Dial")) }, nil},
	{"right taken away", func(s *server) { s.suffers(refuses(errDenied, "Inspect", "Look", "Stamp", "Rows", "RowsNamed")) }, nil},
	{"table dropped or renamed away",
		func(s *server) { s.db.edit(func(v *version) { v.dropped = true }) },
		func(s *server) { s.db.edit(func(v *version) { v.dropped = false }) }},
	{"column dropped", func(s *server) { s.cut(); s.suffers(refuses(errors.New("no column record"), "Dial")) }, nil},
}

// The copy answers as long as it lasts, one failure is told of, and afterwards changes flow again within seconds.
func TestOutage(t *testing.T) {
	for _, outage := range outages {
		for _, log := range []bool{true, false} {
			t.Run(map[bool]string{true: "by the log, ", false: "by the stamp, "}[log]+outage.name, func(t *testing.T) {
				play(t, 1, func(sc *scene) {
					sc.db.edit(func(v *version) { v.shape.HasLog = log })
					f := sc.following(Config{})
					pass(time.Minute)
					confirmed := f.ConfirmedAt()
					outage.happen(sc.servers[0])
					f.within(30*time.Second, "fails", func() bool { return f.State() == Failing })
					f.keeps(time.Hour, "www.lan", "192.0.2.1")
					if f.State() != Failing || f.ConfirmedAt().After(confirmed.Add(2*time.Second)) {
						t.Errorf("%s, confirmed %s after the outage began", f.State(), f.ConfirmedAt().Sub(confirmed))
					}
					for _, tried := range of[TryFailed](f.events) {
						if tried.Err == nil || tried.Answering != f.View() {
							t.Fatalf("failed with %v, answering from %v", tried.Err, tried.Answering)
						}
					}
					sc.db.put("www.lan", "192.0.2.2")
					sc.servers[0].suffers(nil)
					if outage.end != nil {
						outage.end(sc.servers[0])
					}
					f.gets(mostPause*11/10+ConnectTimeout+QueryTimeout, "www.lan", "192.0.2.2")
					f.within(time.Second, "follows", func() bool { return f.State() == Following })
				})
			})
		}
	}
}

// Until the table has been read there is no view, so that no name is denied which it may have.
func TestOutageAtTheStart(t *testing.T) {
	for _, outage := range outages {
		t.Run(outage.name, func(t *testing.T) {
			play(t, 1, func(sc *scene) {
				outage.happen(sc.servers[0])
				f := sc.follow(Config{})
				f.within(time.Minute, "has tried", f.Tried().Reached)
				f.never(time.Hour, "has a view", func() bool { return f.View() != nil })
				if f.Listed().Reached() || f.Position() != nil || !f.ConfirmedAt().IsZero() {
					t.Error("claims to have read the table")
				}
				sc.servers[0].suffers(nil)
				if outage.end != nil {
					outage.end(sc.servers[0])
				}
				f.gets(mostPause*11/10+ConnectTimeout+QueryTimeout, "www.lan", "192.0.2.1")
			})
		})
	}
}

// Connections that are cut again and again cost no answer, no list and no pause.
func TestConnectionsThatAreCut(t *testing.T) {
	play(t, 1, func(sc *scene) {
		f := sc.following(Config{})
		pass(time.Minute)
		for n := range 100 {
			sc.servers[0].cut()
			address := []string{"192.0.2.2", "192.0.2.3"}[n%2]
			sc.db.put("www.lan", address)
			pass(3 * refreshByLog)
			f.has("www.lan", address)
		}
		if lists, failures := count[Listed](f.events), count[TryFailed](f.events); lists != 1 || failures != 0 {
			t.Errorf("%d lists, %d failures\n%s", lists, failures, f.events)
		}
	})
}

// Half a table is never published.
func TestListThatBreaksOff(t *testing.T) {
	for _, log := range []bool{true, false} {
		play(t, 1, func(sc *scene) {
			sc.db.edit(func(v *version) { v.shape.HasLog = log })
			sc.db.putMany(20, "192.0.2.1")
			f := sc.following(Config{})
			records, rows := f.Latest().Len(), 0
			sc.servers[0].suffers(func(_ context.Context, method string) error {
				if method == "Row" {
					if rows++; rows%11 == 0 {
						return errCut
					}
				}
				return nil
			})
			sc.db.edit(func(v *version) { v.created++; sc.db.set(v, "www.lan", "192.0.2.2") })
			f.never(time.Minute, "has another state", func() bool { return f.Latest().Len() != records || f.address("www.lan") != "192.0.2.1" })
			if count[ListFailed](f.events) < 10 {
				t.Errorf("did not tell of lists that failed:\n%s", f.events)
			}
			sc.servers[0].suffers(nil)
			f.gets(mostPause*12/10, "www.lan", "192.0.2.2")
		})
	}
}

// Tries come after 0.1, 0.2, 0.4 … 5 seconds, a tenth more or less, and from 0.1 anew after the next outage.
func TestPausesBetweenTries(t *testing.T) {
	play(t, 1, func(sc *scene) {
		f := sc.following(Config{})
		for range 2 {
			sc.servers[0].cut()
			sc.servers[0].suffers(refuses(errDown))
			f.within(time.Second, "fails", func() bool { return f.State() == Failing })
			began, pause := sc.servers[0].called("Dial"), leastPause
			for n := range 12 {
				before := time.Now()
				f.within(time.Minute, "tries again", func() bool { return sc.servers[0].called("Dial") > began+n })
				if took := time.Since(before); took < pause*9/10-20*time.Millisecond || took > pause*11/10+20*time.Millisecond {
					t.Errorf("pause %d took %s, expected about %s", n, took, pause)
				}
				pause = min(2*pause, mostPause)
			}
			sc.servers[0].suffers(nil)
			f.within(6*time.Second, "follows", func() bool { return f.State() == Following })
		}
	})
}

// A server's clock that jumps makes nothing wrong and nothing late.
func TestServersClockJumps(t *testing.T) {
	for _, by := range []time.Duration{time.Hour, -time.Hour, -400 * 24 * time.Hour} {
		for _, log := range []bool{true, false} {
			play(t, 1, func(sc *scene) {
				sc.db.edit(func(v *version) { v.shape.HasLog = log })
				f := sc.following(Config{})
				pass(10 * time.Second)
				for _, address := range []string{"192.0.2.2", "192.0.2.3"} {
					sc.db.turnClock(by)
					sc.db.put("www.lan", address)
					f.gets(3*time.Second, "www.lan", address)
					f.keeps(10*time.Minute, "www.lan", address)
				}
				if failures := count[TryFailed](f.events); failures > 0 {
					t.Errorf("%d tries failed:\n%s", failures, f.events)
				}
			})
		}
	}
}

// A disk that is full is told of, and hinders nothing.
func TestDiskFull(t *testing.T) {
	play(t, 1, func(sc *scene) {
		f := sc.following(Config{Snapshot: Snapshot{Path: filepath.Join(t.TempDir(), "no such folder", "snapshot"), Source: "dns"}})
		f.within(time.Second, "tries to save", func() bool { return count[SnapshotSaved](f.events) > 0 })
		if of[SnapshotSaved](f.events)[0].Err == nil {
			t.Error("saved where nothing can be saved")
		}
		sc.db.put("www.lan", "192.0.2.2")
		pass(refreshByLog)
		f.has("www.lan", "192.0.2.2")
	})
}
