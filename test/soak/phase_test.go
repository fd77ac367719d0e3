package main

import (
	"testing"
	"time"
)

func TestListingsAreFoundInWhatCoreDNSExports(t *testing.T) {
	samples := []sample{{At: 1}, {At: 2}, {At: 3, Lists: 1, ListsTook: 1.5}, {At: 4, Lists: 1, ListsTook: 1.5}}
	got := listings(samples)
	if len(got) != 1 || got[0] != (span{0.5, 3}) {
		t.Errorf("%v", got)
	}
}

func TestSecondsCountForTheirPhases(t *testing.T) {
	var seconds []second
	for at, took := range []time.Duration{0, 1, 2, 4, 8} { // the first is none
		if took == 0 {
			continue
		}
		s := second{At: float64(at)}
		s.took.add(took * time.Millisecond)
		seconds = append(seconds, s)
	}
	got := byPhase(seconds, []span{{0.5, 1.5}}, []span{{1.9, 2.1}})
	for name, want := range map[string]struct {
		seconds int
		most    float64
	}{whileListing: {2, 2}, whileSaving: {2, 4}, otherwise: {1, 8}} {
		if p := got[name]; p.Seconds != want.seconds || p.Max != want.most {
			t.Errorf("%s: %+v, expected %d seconds and at most %v ms", name, p, want.seconds, want.most)
		}
	}
}
