package faults

import (
	"math/rand/v2"
	"regexp"
	"time"
)

// What the plugin sends before the server's answers to it.
var (
	setting   = regexp.MustCompile("SET NAMES")
	asking    = regexp.MustCompile("information_schema.COLUMNS") // what is to be known of the server and the table
	beginning = regexp.MustCompile("START TRANSACTION")
	placing   = regexp.MustCompile("MIN.seq") // where a list is in the change log
	listing   = regexp.MustCompile("FROM `tb_dns`$")
	ending    = regexp.MustCompile("ROLLBACK")

	looking  = regexp.MustCompile("FROM `tb_dns_changes` AS e")
	gating   = regexp.MustCompile("FROM `tb_dns_changes` AS e.*information_schema.TABLES")    // with the stamp of the table
	auditing = regexp.MustCompile("FROM `tb_dns_changes` AS e.*CONCAT_WS\\(.*, COUNT.*DIV 2") // with the settled entries

	// The long way, for what a look cannot read.
	counting  = regexp.MustCompile("SELECT COUNT.*`tb_dns_changes`.*seq >= ")
	noting    = regexp.MustCompile("SELECT name, seq.*`tb_dns_changes`")
	rereading = regexp.MustCompile("FROM `tb_dns` WHERE")
)

// goals are these places, and what makes a connection come there, where nothing does by itself.
var goals = []goal{
	{looking, nil}, {gating, nil},
	{setting, nil}, {asking, nil}, {beginning, nil}, {ending, nil},
	{placing, (*stage).relist},
	{counting, (*stage).respell}, {noting, (*stage).respell}, {rereading, (*stage).respell},
}

type goal struct {
	after *regexp.Regexp
	stir  func(*stage)
}

// relist makes the table be listed over the session itself.
func (s *stage) relist() { s.sql("INSERT INTO tb_dns_changes (name) VALUES ('..')") }

// respell makes a name be read by the long way: one of its rows spells it in another way.
func (s *stage) respell() {
	s.sql(`INSERT INTO tb_dns (name, type, record) VALUES ('\\099hanging.example.org', 'TXT', 'x')`, `DELETE FROM tb_dns WHERE type = 'TXT' AND record = 'x'`)
}

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
			for _, g := range goals {
				s.breakOnce(place{Cut{After: g.after, How: Stall}, g.stir})
			}
			s.breakOnce(place{Cut{After: listing, How: Stall}, nil})
			s.breakOnce(place{Cut{After: listing, Octets: 500_000, How: Stall}, nil})
			s.recover()
		},
	},
	{
		name:       "a count of the settled entries breaks off or stalls",
		proxied:    true,
		alone:      true,
		options:    "?timeout=2s&readTimeout=2s",
		properties: "resync 0",
		lasts:      2 * time.Minute,
		play:       (*stage).breakCounts,
	},
}

// breakCounts breaks connections that count the settled entries, which no connection does whose table was listed a moment ago.
func (s *stage) breakCounts() {
	for _, how := range []How{Finish, Reset, Stall} {
		s.breakOnce(place{Cut{After: auditing, How: how}, nil})
		s.breakOnce(place{Cut{After: auditing, Octets: 7, How: how}, nil})
		s.breakOnce(place{Cut{After: auditing, Toward: ToServer, Octets: 7, How: how}, nil})
	}
	s.recover()
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
func (s *stage) breakOnce(c place) {
	s.t.Helper()
	defer func() {
		if s.t.Failed() {
			s.t.Logf("it was %+v", c.Cut)
		}
	}()
	cut := s.proxy.Cut(c.Cut)
	if c.stir != nil {
		c.stir(s)
	}
	s.await(cut)
	since := time.Now()
	took := s.answers("after a cut", s.change(), since)[s.steady]
	s.result.Recovery = max(s.result.Recovery, took)
	if took > limit/2 {
		s.t.Logf("%+v: changes flow after %s", c.Cut, took)
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
				s.breakOnce(place{Cut{Toward: toward, Octets: octets, How: How(how)}, nil})
			}
		}
	}
	s.t.Logf("broke %d connections", len(cuts)+3*4*2)
	s.recover()
}

// place is where to break a connection, and what makes one come there; nil if nothing is needed.
type place struct {
	Cut
	stir func(*stage)
}

// places are at the edges of packets, of buffers and anywhere else in a list; in a look, with news and without; in the parts of the long way.
func places() (cuts []place) {
	random := rand.New(rand.NewPCG(1, 5))
	in := func(g goal, toward Direction, octets ...int) {
		for _, n := range octets {
			cuts = append(cuts, place{Cut{After: g.after, Toward: toward, Octets: n}, g.stir})
		}
	}
	list := goal{listing, nil}
	in(list, ToClient, 0, 1, 3, 4, 5, 300, 500, 1000, 4096, 16_383, 16_384, 16_385, 65_536, 500_000, 1_000_000)
	for range 15 {
		in(list, ToClient, random.IntN(1_000_000)) // it has some more; its connection ends behind it
	}
	in(list, ToServer, 0, 1, 4, 20)
	for _, g := range goals {
		in(g, ToClient, 0, 7)
		in(g, ToServer, random.IntN(20))
	}
	for range 12 { // the columns, the entry that was seen last, and what is new
		in(goals[0], ToClient, random.IntN(1200))
	}
	return cuts
}
