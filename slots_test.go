package mysqldns

import (
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// Whoever has to wait comes in its order, and gets its turn though it waits long; who finds too many waiting is told so at once.
func TestSlots(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSlots(2, 3, 30*time.Second)
		var mu sync.Mutex
		var order []int
		var all sync.WaitGroup
		for i := range 5 {
			all.Go(func() {
				if err := s.begin(); err != nil {
					t.Errorf("number %d: %v", i, err)
					return
				}
				mu.Lock()
				order = append(order, i)
				mu.Unlock()
				time.Sleep(10 * time.Second)
				s.end()
			})
			synctest.Wait()
		}
		began := time.Now()
		if err := s.begin(); err == nil || time.Since(began) > 0 {
			t.Errorf("a sixth had to wait for %s: %v", time.Since(began), err)
		}
		all.Wait()
		if slices.Sort(order[:2]); !slices.Equal(order, []int{0, 1, 2, 3, 4}) && !slices.Equal(order, []int{0, 1, 3, 2, 4}) {
			t.Errorf("the order was %v", order)
		}
	})
}

func TestSlotsWaitsNoLonger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSlots(1, 1, 30*time.Second)
		if err := s.begin(); err != nil {
			t.Fatal(err)
		}
		for range 2 { // whoever gave up holds no place
			began := time.Now()
			if err := s.begin(); err == nil || time.Since(began) != 30*time.Second {
				t.Errorf("after %s: %v", time.Since(began), err)
			}
		}
		s.end()
		if err := s.begin(); err != nil {
			t.Error(err)
		}
	})
}
