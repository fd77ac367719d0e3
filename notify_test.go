package mysqldns

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// Versions that come faster than secondaries answer are told of together, at most once a second for a zone; one that never answers holds up no other.
func TestNotifyIsCoalesced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		told := map[string]int{}
		n := newNotifier(func(apex string) error {
			mu.Lock()
			told[apex]++
			mu.Unlock()
			if apex == "slow." {
				time.Sleep(12 * time.Second) // two addresses, three tries each
			}
			return nil
		})
		go n.run(t.Context())
		for range 100 { // for ten seconds
			n.add("quick.")
			n.add("slow.")
			time.Sleep(100 * time.Millisecond)
		}
		n.add("late.")
		time.Sleep(30 * time.Second)
		mu.Lock()
		defer mu.Unlock()
		if told["quick."] < 9 || told["quick."] > 12 {
			t.Errorf("told %d times of a zone that changed for ten seconds", told["quick."])
		}
		if told["slow."] != 2 || told["late."] != 1 {
			t.Errorf("told %d times of the slow zone, %d of the late one", told["slow."], told["late."])
		}
	})
}

// However many zones have new versions, secondaries are told of a few at a time.
func TestNotifyIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		now, most, all := 0, 0, 0
		n := newNotifier(func(string) error {
			mu.Lock()
			now++
			all++
			most = max(most, now)
			mu.Unlock()
			time.Sleep(time.Second)
			mu.Lock()
			now--
			mu.Unlock()
			return nil
		})
		for i := range 100 {
			n.add(string(rune('a'+i)) + ".")
		}
		go n.run(t.Context())
		time.Sleep(time.Minute)
		mu.Lock()
		defer mu.Unlock()
		if most != mostNotifying || all != 100 {
			t.Errorf("%d at a time, expected %d; %d in all", most, mostNotifying, all)
		}
	})
}
