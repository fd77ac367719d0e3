package follow

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"
)

// harms are what befalls a server of several, until heal. Whatever it is, the others go on.
var harms = []struct {
	name string
	harm func(*server)
}{
	{"is down", func(s *server) { s.suffers(refuses(errDown)); s.cut() }},
	{"hangs", func(s *server) { s.suffers(hangs()) }},
	{"hangs in what it reads", func(s *server) { s.suffers(hangs("Read", "RowsNamed", "Snapshot")) }},
	{"refuses the user", func(s *server) { s.suffers(refuses(errDenied)); s.cut() }},
	{"is restarted", (*server).restart},
	{"does not replicate", func(s *server) { s.with(func() { s.stopped = time.Now() }) }},
	{"lags", func(s *server) { s.with(func() { s.lag = 30 * time.Second }) }},
	{"lags a little", func(s *server) { s.with(func() { s.lag = 2 * time.Second }) }},
	{"stands still as a node", func(s *server) { s.with(func() { s.unsynced, s.stopped = true, time.Now() }) }},
}

func (s *server) heal() {
	s.with(func() { s.fault, s.stopped, s.lag, s.unsynced = nil, time.Time{}, 0, false })
}

// While servers are harmed at random, one at a time, and are written to all the time, no copy goes back, and each is at most ten seconds behind the others. After
// each harm the nodes of a cluster confirm nothing until they have found out who is left.
func TestServersHarmedAtRandom(t *testing.T) {
	withoutRaceDetector(t)
	seed := rand.Uint64()
	for n := range uint64(6) {
		t.Run(fmt.Sprintf("seed %d", seed+n), func(t *testing.T) {
			play(t, 3, func(sc *scene) {
				playHarms(sc, rand.New(rand.NewPCG(seed+n, 0)), 5*time.Minute, time.Duration(n%2)*6500*time.Millisecond)
			})
		})
	}
}

func playHarms(sc *scene, random *rand.Rand, lasts, regroup time.Duration) {
	all := sc.servers
	var watched []*watchedCopy
	for _, order := range [][]int{{0, 1, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}} {
		sc.servers = servers{all[order[0]], all[order[1]], all[order[2]]}
		watched = append(watched, &watchedCopy{follower: sc.following(Config{}), name: fmt.Sprint(order)})
	}
	sc.servers = all
	var happened []string
	var written []time.Time // of each number
	harmed, until := -1, time.Now()
	for end := time.Now().Add(lasts); time.Now().Before(end); pass(250 * time.Millisecond) {
		sc.db.put("www.lan", addressOf(len(written)))
		written = append(written, time.Now())
		for _, w := range watched {
			if wrong := w.look(written); wrong != "" {
				sc.t.Fatalf("%s: %s, after\n%v\n%s", w.name, wrong, happened[max(0, len(happened)-4):], w.events)
			}
		}
		if time.Now().Before(until) {
			continue
		}
		until = time.Now().Add(time.Duration(random.IntN(5000)) * time.Millisecond)
		if harmed >= 0 {
			all[harmed].heal()
			harmed = -1
			continue
		}
		what := harms[random.IntN(len(harms))]
		harmed = random.IntN(len(all))
		what.harm(all[harmed])
		sc.db.regroup(regroup)
		until = time.Now().Add(time.Duration(1000+random.IntN(30_000)) * time.Millisecond)
		happened = append(happened, fmt.Sprintf("%s: server %d %s until %s", time.Now().Format(time.TimeOnly), harmed, what.name, until.Format(time.TimeOnly)))
	}
	for _, s := range all {
		s.heal()
	}
	for _, w := range watched {
		w.gets(10*time.Second, "www.lan", addressOf(len(written)-1))
	}
}

func addressOf(n int) string { return fmt.Sprintf("10.%d.%d.%d", n>>16, n>>8&255, n&255) }

// watchedCopy is a copy that must not go back, nor fall behind.
type watchedCopy struct {
	*follower
	name string
	last int
}

// look returns what is wrong with the copy now.
func (w *watchedCopy) look(written []time.Time) string {
	var a, b, c int
	if _, err := fmt.Sscanf(w.address("www.lan"), "10.%d.%d.%d", &a, &b, &c); err != nil {
		return "" // it has not seen the first yet
	}
	n := a<<16 | b<<8 | c
	if n < w.last {
		return "went back from " + strconv.Itoa(w.last) + " to " + strconv.Itoa(n)
	}
	w.last = n
	least, _ := slices.BinarySearchFunc(written, time.Now().Add(-10*time.Second), time.Time.Compare)
	if n < least-1 {
		return fmt.Sprintf("has %d, and the others had %d ten seconds ago", n, least-1)
	}
	return ""
}
