package mysqldns

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/mysqldns/mysqldns/internal/table"
	"github.com/mysqldns/mysqldns/plugin/follow"
	"github.com/mysqldns/mysqldns/plugin/journal"
	"github.com/mysqldns/mysqldns/plugin/zonedb"

	"github.com/coredns/coredns/plugin/transfer"

	"github.com/go-sql-driver/mysql"
	"github.com/miekg/dns"
)

// stage is the versions of a copy that a test fills, without a database.
type stage struct {
	t    *testing.T
	db   *zonedb.DB
	v    *versions
	told int // how often somebody was told of a version
}

func newStage(t *testing.T) *stage {
	t.Helper()
	s := &stage{t: t, db: zonedb.New()}
	v, err := newVersions(&source{table: table.Name{Table: "tb_dns"}})
	if err != nil {
		t.Fatal(err)
	}
	s.v, v.keepOrder = v, s.db.KeepOrder
	v.unreachable = true // no test waits for it
	v.listen(new(MySQLDNS), func(string) { s.told++ })
	return s
}

// has makes the copy have some records, and has the versions follow.
func (s *stage) has(records ...string) {
	s.t.Helper()
	load := s.db.NewLoad()
	for _, text := range records {
		rr, err := dns.NewRR(text)
		if err != nil {
			s.t.Fatal(err)
		}
		load.Add(rr)
	}
	load.Commit()
	s.v.moves.add(nil, s.db.View(), nil)
	s.v.follow()
}

// plugin is one whose copy has these versions.
func (s *stage) plugin() *MySQLDNS {
	m := &MySQLDNS{all: true}
	m.copy = &tableCopy{versions: s.v, source: s.v.source, follower: follow.New(follow.Config{}, nil, nil)}
	return m
}

// digestOf is the digest of a zone with some records.
func digestOf(t *testing.T, apex string, records ...string) journal.Digest {
	t.Helper()
	other := newStage(t)
	other.has(records...)
	return other.v.zones.Zone(apex).Copied()
}

const (
	automaticSOA = "example.org. 60 IN SOA ns.example.net. host.example.org. 0 1 1 1 1"
	addressOne   = "www.example.org. 60 IN A 192.0.2.1"
	addressTwo   = "www.example.org. 60 IN A 192.0.2.2"
)

// While the content of the newest version is not known, secondaries get the last whose content was; and are told again when it is known.
func TestLastKnownContentIsTransferred(t *testing.T) {
	s := newStage(t)
	s.has(automaticSOA, addressOne)
	one := s.v.zones.Zone("example.org.").Copied()
	s.v.learn("example.org.", versionRow{serial: 7, digest: one}, true, nil)
	s.v.learn("example.org.", versionRow{serial: 8, digest: digestOf(t, "example.org.", automaticSOA, addressTwo)}, true, nil)
	if v, ok := s.v.wholeVersion("example.org."); !ok || v.Serial != 7 {
		t.Fatalf("version %d is transferred whole (%t), expected 7", v.Serial, ok)
	}
	for serial, expected := range map[uint32]int{7: 1, 8: 1, 6: 3} {
		rrs := s.transferred(serial)
		if soa := rrs[0].(*dns.SOA); len(rrs) != expected || serial != 8 && soa.Serial != 7 {
			t.Errorf("who has %d gets %v", serial, rrs)
		}
	}
	before := s.told
	s.has(automaticSOA, addressTwo)
	if s.told != before+1 {
		t.Errorf("told %d times more when the content came", s.told-before)
	}
	if v, ok := s.v.wholeVersion("example.org."); !ok || v.Serial != 8 {
		t.Errorf("version %d is transferred whole (%t), expected 8", v.Serial, ok)
	}
}

// transferred is what the whole of example.org is transferred as, to who has a serial.
func (s *stage) transferred(serial uint32) (all []dns.RR) {
	s.t.Helper()
	batches, err := s.plugin().transferWhole("example.org.", serial)
	if err != nil {
		s.t.Fatal(err)
	}
	for batch := range batches {
		all = append(all, batch...)
	}
	return all
}

// A transfer of a zone without a version is refused: an error would be SERVFAIL.
func TestUnknownContentIsRefused(t *testing.T) {
	s := newStage(t)
	s.has(automaticSOA, addressOne)
	s.v.learn("example.org.", versionRow{serial: 8, digest: digestOf(t, "example.org.", automaticSOA, addressTwo)}, true, nil)
	if _, err := s.plugin().transferWhole("example.org.", 7); !errors.Is(err, transfer.ErrNotAuthoritative) {
		t.Errorf("the error is %v", err)
	}
	if now := len(wholeTransfers.running); now != 0 {
		t.Errorf("%d transfers go on", now)
	}
}

// A zone that was gone, and comes back while the database has an older version of it, goes on from the serial that it was served with.
func TestZoneThatComesBackGoesOn(t *testing.T) {
	s := newStage(t)
	s.has(automaticSOA, addressOne)
	s.v.learn("example.org.", versionRow{serial: 2_000_000_000, digest: s.v.zones.Zone("example.org.").Copied()}, true, nil)
	s.has(addressOne)
	s.has(automaticSOA, addressOne)
	z, st := s.v.zones.Zone("example.org."), s.v.states["example.org."]
	s.v.learn("example.org.", versionRow{serial: 1_999_999_999, digest: z.Copied()}, true, nil)
	if serial, _, known := z.Version(); known {
		t.Errorf("it has serial %d, which is older than before", serial)
	}
	if n := s.v.prepare("example.org.", z, st); !journal.Newer(n.serial, 2_000_000_000+leastGap) || n.was != 1_999_999_999 {
		t.Errorf("the next version is %d behind %d", n.serial, n.was)
	}
	s.v.learn("example.org.", versionRow{serial: 2_000_000_100, digest: z.Copied()}, true, nil)
	if serial, _, known := z.Version(); !known || serial != 2_000_000_100 {
		t.Errorf("the version that another took is not known: %d", serial)
	}
}

// After the restore of a backup, other instances may have served versions that are seen by nobody else any more: their serials are left out.
func TestSerialsAfterABackupLeaveAGap(t *testing.T) {
	const known = 2_000_000_000
	other := digestOf(t, "example.org.", automaticSOA, addressTwo)
	for _, test := range []struct {
		name     string
		row      versionRow // what the database has after the known version
		ok       bool
		restored bool
	}{
		{"an older version", versionRow{serial: known - 5, digest: other}, true, true},
		{"the same serial of other content", versionRow{serial: known, digest: other}, true, true},
		{"none", versionRow{}, false, true},
		{"a newer one", versionRow{serial: known + 1, digest: other}, true, false},
	} {
		s := newStage(t)
		s.v.table.writers = new(writers)
		s.has(automaticSOA, addressOne)
		z, st := s.v.zones.Zone("example.org."), s.v.states["example.org."]
		s.v.learn("example.org.", versionRow{serial: known, digest: z.Copied()}, true, nil)
		s.v.learn("example.org.", test.row, test.ok, nil)
		if serial, digest, _ := z.Version(); test.restored && (serial != known || digest == other) {
			t.Errorf("%s: it took the place of what was served", test.name)
		}
		if _, due := s.v.due["example.org."]; !due {
			t.Errorf("%s: no version is due", test.name)
		}
		n := s.v.prepare("example.org.", z, st)
		if far := journal.Newer(n.serial, known+leastGap); far != test.restored || n.was != test.row.serial {
			t.Errorf("%s: the next version is %d behind %d", test.name, n.serial, n.was)
		}
		if s.v.took(n, z, st); st.restored {
			t.Errorf("%s: the gap is left again", test.name)
		}
		s.v.learn("example.org.", versionRow{serial: n.serial, digest: n.digest}, true, nil)
		if next := st.after(n.serial, time.Unix(0, 0)); next != n.serial+1 {
			t.Errorf("%s: after %d comes %d", test.name, n.serial, next)
		}
	}
}

// However many zones there are, a look asks for so many that it ends in time, and one look after the other comes to all.
func TestLooksAreBounded(t *testing.T) {
	s := newStage(t)
	var records []string
	for n := range 3*mostFresh + 1 {
		records = append(records, fmt.Sprintf("z%d.example. 60 IN SOA ns.example.net. host.example.org. 0 1 1 1 1", n))
	}
	s.has(records...)
	looks := 0
	for ; len(s.v.unread) > 0; looks++ {
		q := s.v.inquire()
		if len(q.all()) > mostFresh {
			t.Fatalf("a look at %d zones", len(q.all()))
		}
		s.v.learnAll(t.Context(), q, nil, nil, nil)
	}
	if looks != 4 {
		t.Errorf("%d looks at %d zones", looks, len(records))
	}
	for apex, st := range s.v.states {
		if !st.looked {
			t.Errorf("%s was left out", apex)
		}
	}
	s.v.unread["z1.example."], s.v.unread["z2.example."] = true, true
	s.v.learnAll(t.Context(), inquiry{fresh: []string{"z1.example."}}, nil, nil, errNoVersions)
	if len(s.v.unread) > 0 {
		t.Errorf("where there are no versions, %v are looked at again", s.v.unread)
	}
}

// That instances once made different content of the same rows takes nothing of the time between versions, once their contents are known.
func TestVersionsKeepTheirDistanceAfterAnUnlikeOne(t *testing.T) {
	s := newStage(t)
	s.v.table.writers = new(writers)
	s.has(automaticSOA, addressOne)
	z, st := s.v.zones.Zone("example.org."), s.v.states["example.org."]
	s.v.learn("example.org.", versionRow{serial: 7, digest: z.Copied()}, true, nil)
	st.unlike = true
	s.has(automaticSOA, addressTwo)
	if due := time.Until(s.v.due["example.org."]); due < versionInterval/2 {
		t.Errorf("a version is due in %s", due)
	}
}

// Who is read from first is the host that is followed.
func TestConnectsFromAHost(t *testing.T) {
	var s source
	for range 4 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		l.Close()
		cfg := mysql.NewConfig()
		cfg.Net, cfg.Addr, cfg.DBName, cfg.Logger = "tcp", l.Addr().String(), "dns", &mysql.NopLogger{}
		s.hosts = append(s.hosts, cfg)
	}
	readers, _, err := openBoth(&s)
	if err != nil {
		t.Fatal(err)
	}
	defer readers.close()
	for first, order := range [][]int{{0, 1, 2, 3}, {1, 0, 2, 3}, {2, 0, 1, 3}, {3, 0, 1, 2}} {
		readers.first = func() int { return first }
		_, err := readers.connect(t.Context())
		if err == nil {
			t.Fatal("connected to a host that is none")
		}
		for n, line := range strings.Split(err.Error(), "\n") {
			if addr := s.hosts[order[n]].Addr; !strings.HasPrefix(line, addr) {
				t.Errorf("from host %d, number %d is not %s: %s", first, n, addr, line)
			}
		}
	}
}
