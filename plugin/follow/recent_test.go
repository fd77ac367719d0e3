package follow

import (
	"testing"
	"time"
)

func TestRecent(t *testing.T) {
	now := time.Now()
	numbered := func(first, count int) (entries []Entry) {
		for n := range count {
			entries = append(entries, Entry{Seq: uint64(first + n), At: 1})
		}
		return entries
	}
	expect := func(r recent, first, count int) {
		t.Helper()
		if got := r.entries(); len(got) != count || count > 0 && got[0].Seq != uint64(first) {
			t.Errorf("%d entries, %+v; expected %d from %d on", len(got), got[:min(1, len(got))], count, first)
		}
	}
	r := recent(nil).with(numbered(1, 2), now)
	expect(r.with(nil, now.Add(time.Hour)), 1, 2)
	later := r.with(numbered(3, 1), now.Add(lateness))
	expect(later, 1, 3)
	expect(r, 1, 2)
	expect(later.with(numbered(4, 1), now.Add(lateness+time.Second)), 3, 2)
	expect(later.with(numbered(4, 1), now.Add(time.Hour)), 4, 1)
	expect(later.with(numbered(4, recentMost), now.Add(lateness)), 4, recentMost)
	expect(later.with(numbered(4, 10*recentMost), now.Add(lateness)), 4+9*recentMost, recentMost)
	expect(later.with(numbered(4, recentMost-1), now.Add(lateness)), 3, recentMost)
}
