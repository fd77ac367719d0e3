package follow

import (
	"context"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

// Sessions, timers and goroutines of outages do not add up, as those that only end with the follower would.
func TestNothingIsLeftOfSessionsThatEnded(t *testing.T) {
	play(t, 2, func(sc *scene) {
		f := sc.following(Config{Resync: time.Second, Snapshot: onDisk(t)})
		outage := func() {
			for _, s := range sc.servers {
				s.cut()
				s.suffers(refuses(errDown))
			}
			f.within(10*time.Second, "fails", func() bool { return f.State() == Failing })
			sc.servers[1].suffers(nil)
			f.within(20*time.Second, "follows the second", func() bool { return f.State() == Following })
			pass(1500 * time.Millisecond)
		}
		outage()
		before := runtime.NumGoroutine()
		for range 30 {
			outage()
		}
		if after := runtime.NumGoroutine(); after > before+3 {
			t.Errorf("%d goroutines after 30 outages, %d before", after, before)
		}
		for _, s := range sc.servers {
			if open := s.sessions(); open > 2 {
				t.Errorf("%d sessions are open", open)
			}
		}
	})
}

// Whatever a follower does just then, it ends at once and leaves nothing.
func TestEndsAtOnce(t *testing.T) {
	moments := map[string]func(*scene){
		"before it has begun":       func(*scene) {},
		"while it dials":            func(sc *scene) { sc.servers[0].suffers(hangs("Dial")); pass(time.Second) },
		"while it waits":            func(sc *scene) { sc.servers[0].suffers(refuses(errDown)); pass(time.Minute) },
		"while it lists":            func(sc *scene) { sc.servers[0].with(func() { sc.servers[0].rowTime = time.Minute }); pass(time.Second) },
		"while a list hangs":        func(sc *scene) { sc.servers[0].suffers(hangs("Row")); pass(time.Second) },
		"while it polls":            func(sc *scene) { pass(time.Second); sc.servers[0].suffers(hangs("Look")); pass(time.Second) },
		"while a resync reads":      func(sc *scene) { pass(time.Second); sc.servers[0].suffers(hangs("Row")); pass(31 * time.Second) },
		"while a resync dials":      func(sc *scene) { pass(time.Second); sc.servers[0].suffers(hangs("Dial")); pass(31 * time.Second) },
		"while another server lags": func(sc *scene) { pass(time.Second); sc.servers[0].suffers(hangs("Newest")); pass(time.Second) },
		"while it stands still": func(sc *scene) {
			pass(time.Second)
			sc.servers[0].with(func() { sc.servers[0].unsynced = true })
			pass(2 * time.Second)
		},
		"while it follows the other": func(sc *scene) { sc.servers[0].suffers(refuses(errDown)); pass(time.Minute) },
	}
	for name, reach := range moments {
		t.Run(name, func(t *testing.T) {
			play(t, 1, func(sc *scene) {
				f := sc.follow(Config{Resync: 30 * time.Second, Snapshot: Snapshot{Path: filepath.Join(t.TempDir(), "snapshot")}})
				reach(sc)
				began := time.Now()
				f.stop()
				if took := time.Since(began); took > 10*time.Millisecond {
					t.Errorf("took %s to end\n%s", took, f.events)
				}
				if f.PollNow(context.Background()) {
					t.Error("polls after its end")
				}
			})
		})
	}
}
