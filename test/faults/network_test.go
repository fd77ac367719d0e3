package faults

import (
	"math/rand/v2"
	"regexp"
	"time"
)

// What the plugin sends before the server's answers to it.
var (
	listing   = regexp.MustCompile("FROM `tb_dns`$")
	asking    = regexp.MustCompile("SELECT COUNT.*`tb_dns_changes`")
	noting    = regexp.MustCompile("SELECT name, seq.*`tb_dns_changes`")
	rereading = regexp.MustCompile("FROM `tb_dns` WHERE")
	beginning = regexp.MustCompile("START TRANSACTION")
	ending    = regexp.MustCompile("ROLLBACK")
	gating    = regexp.MustCompile("information_schema.TABLES")
	looking   = regexp.MustCompile("information_schema.COLUMNS")
	counting  = regexp.MustCompile("SELECT UNIX_TIMESTAMP")
)

// What happens to the network between.
var networkFaults = []fault{
	{
		name:    "connections are refused",
		proxied: true,
		inflict: func(s *stage) { s.proxy.Refuse() },
		heal:    func(s *stage) { s.must(s.proxy.Accept()) },
		lasts:   3 * time.Second,
		blind:   true,
		logged:  "connection refused. Answering from the copy",
	},
	{
		name:    "no packet passes in either direction for 12 seconds",
		proxied: true,
		inflict: func(s *stage) { s.proxy.Stall() },
		heal:    func(s *stage) { s.proxy.Flow() },
		lasts:   12 * time.Second,
		blind:   true,
		logged:  "Answering from the copy",
	},
	{
		name:       "every list breaks off in the middle",
		proxied:    true,
		properties: "resync 1s",
		inflict:    func(s *stage) { s.await(s.proxy.CutAlways(Cut{After: listing, Octets: 500_000, How: Reset})) },
		heal:       func(s *stage) { s.proxy.Spare() },
		lasts:      4 * time.Second,
		blind:      true,
		following:  true,
	},
	{
		name:       "a list, a follow and a look break off or stall at any octet",
		proxied:    true,
		alone:      true,
		options:    "?timeout=2s&readTimeout=2s",
		properties: "resync 1s",
		lasts:      2 * time.Minute,
		play:       (*stage).breakAnywhere,
	},
	{
		name:       "a connection stalls for ever, at the default timeouts",
		proxied:    true,
		alone:      true,
		properties: "resync 1s",
		lasts:      time.Minute,
		play: func(s *stage) {
			for _, after := range []*regexp.Regexp{listing, asking, noting, rereading, beginning, ending, gating, looking, counting} {
				s.breakOnce(Cut{After: after, How: Stall})
			}
			s.breakOnce(Cut{After: listing, Octets: 500_000, How: Stall})
			s.recover()
		},
	},
}

// await waits until a connection has been cut.
func (s *stage) await(cut <-chan struct{}) {
	s.t.Helper()
	select {
	case <-cut:
	case <-time.After(limit):
		s.t.Fatalf("no connection has come to the place in %s; the log of steady:\n%s", limit, s.steady.tail())
	}
}

// breakOnce breaks a connection once and waits until changes flow again.
func (s *stage) breakOnce(c Cut) {
	s.t.Helper()
	defer func() {
		if s.t.Failed() {
			s.t.Logf("it was %+v", c)
		}
	}()
	s.await(s.proxy.Cut(c))
	since := time.Now()
	took := s.answers("after a cut", s.change(), since)[s.steady]
	s.result.Recovery = max(s.result.Recovery, took)
	if took > limit/2 {
		s.t.Logf("%+v: changes flow after %s", c, took)
	}
}

// breakAnywhere breaks a connection at many places, in every way.
func (s *stage) breakAnywhere() {
	cuts := places()
	for i, c := range cuts {
		c.How = How(i % 3)
		s.breakOnce(c)
	}
	for how := range 3 { // while a connection is opened
		for _, octets := range []int{0, 1, 30, 200} {
			for _, toward := range []Direction{ToClient, ToServer} {
				s.proxy.Reset()
				s.breakOnce(Cut{Toward: toward, Octets: octets, How: How(how)})
			}
		}
	}
	s.t.Logf("broke %d connections", len(cuts)+3*4*2)
	s.recover()
}

// places are where to break a connection: at the edges of packets, of buffers and anywhere else in a list; in the parts of a follow.
func places() (cuts []Cut) {
	random := rand.New(rand.NewPCG(1, 5))
	in := func(after *regexp.Regexp, toward Direction, octets ...int) {
		for _, n := range octets {
			cuts = append(cuts, Cut{After: after, Toward: toward, Octets: n})
		}
	}
	in(listing, ToClient, 0, 1, 3, 4, 5, 300, 500, 1000, 4096, 16_383, 16_384, 16_385, 65_536, 500_000, 1_000_000)
	for range 15 {
		in(listing, ToClient, random.IntN(1_000_000)) // it has some more; its connection ends behind it
	}
	in(listing, ToServer, 0, 1, 4, 20)
	for _, after := range []*regexp.Regexp{asking, noting, rereading, beginning, ending, gating, looking, counting} {
		in(after, ToClient, 0, 7)
		in(after, ToServer, random.IntN(20))
	}
	return cuts
}
