package follow

import (
	"errors"
	"testing"
	"time"
)

// failures is how often a host was said not to be had, and whether it could be the last time that it was tried.
func (f *follower) failures(host int) (n int, last error) {
	for _, e := range of[HostTried](f.events) {
		if e.Host != host {
			continue
		}
		if last = e.Err; e.Err != nil {
			n++
		}
	}
	return n, last
}

// Hosts before and behind the one that is followed are tried all the time, and each try is told of.
func TestHostsThatAreNotFollowedAreTried(t *testing.T) {
	play(t, 3, func(sc *scene) {
		sc.servers[0].suffers(refuses(errDown))
		f := sc.following(Config{})
		if n, last := f.failures(0); n != 1 || !errors.Is(last, errDown) {
			t.Errorf("%d failures, the last %v", n, last)
		}
		if n, last := f.failures(1); n != 0 || last != nil || f.last() != 1 {
			t.Errorf("%d failures, the last %v, follows %d", n, last, f.last())
		}
		sc.servers[2].suffers(refuses(errDown))
		sc.servers[2].cut()
		pass(3 * preferInterval)
		for _, host := range []int{0, 2} {
			if n, last := f.failures(host); n < 2 || !errors.Is(last, errDown) {
				t.Errorf("host %d: %d failures, the last %v\n%s", host, n, last, f.events)
			}
			sc.servers[host].suffers(nil)
		}
		f.within(preferInterval*12/10, "all can be had", func() bool {
			_, first := f.failures(0)
			_, third := f.failures(2)
			return first == nil && third == nil
		})
		if failed := count[TryFailed](f.events); failed > 0 {
			t.Errorf("%d tries failed:\n%s", failed, f.events)
		}
	})
}

// A host that lets in one session of ours and no second can be followed.
func TestResyncThatIsRefusedIsNoFailureOfTheHost(t *testing.T) {
	play(t, 1, func(sc *scene) {
		f := sc.following(Config{Resync: time.Minute})
		sc.servers[0].suffers(refuses(errDown, "Dial"))
		pass(3 * time.Minute)
		if n, _ := f.failures(0); n > 0 || count[ResyncFailed](f.events)+count[Listed](f.events) < 2 {
			t.Errorf("%d failures\n%s", n, f.events)
		}
	})
}
