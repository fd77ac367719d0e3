package mysqldns

import (
	"errors"
	"slices"
	"testing"

	"github.com/mysqldns/mysqldns/plugin/follow"
	"github.com/mysqldns/mysqldns/plugin/zonedb"
)

// A host that cannot be followed while another is, is said once, and once that it can again.
func TestHostsThatCannotBeFollowed(t *testing.T) {
	m, err := parseBlock("mysqldns {\ndsn dns@tcp(one.example:3306)/dns dns@tcp(two.example:3306)/dns dns@tcp(three.example:3306)/dns\n}")
	if err != nil {
		t.Fatal(err)
	}
	logged := captureLog(t)
	r := newReport(&m.source)
	down := func(host int, why string) { r.Observe(follow.HostTried{Host: host, Err: errors.New(why)}) }
	up := func(host int) { r.Observe(follow.HostTried{Host: host}) }
	followed := func(host int) {
		up(host)
		r.Observe(follow.Followed{Server: follow.Server{Host: host, Addr: m.source.hosts[host].Addr}, ByLog: true, Copy: zonedb.New().View()})
	}
	want := func(what string, expected ...string) {
		t.Helper()
		got := slices.DeleteFunc(logged.lines(), func(line string) bool { return len(line) > 9 && line[:9] == "following" })
		if !slices.Equal(got, expected) {
			t.Errorf("%s: logged %q, expected %q", what, got, expected)
		}
	}
	down(0, "one.example:3306: refused")
	want("none is followed yet")
	followed(1)
	want("the second takes over", "a host of dsn cannot be followed: one.example:3306: refused. Following two.example:3306; trying again")
	down(0, "one.example:3306: refused")
	down(0, "one.example:3306: it is behind the copy")
	want("it was said")
	if now := r.now().hosts; now["one.example:3306"] || !now["two.example:3306"] || now["three.example:3306"] {
		t.Errorf("followed are %v", now)
	}
	down(2, "three.example:3306: refused")
	want("a spare one goes", "a host of dsn cannot be followed: three.example:3306: refused. Following two.example:3306; trying again")
	down(1, "two.example:3306: refused")
	want("the one that is followed goes: who comes next says it")
	r.Observe(follow.TryFailed{Err: errors.New("all refused")})
	want("all are gone", "cannot read tb_dns: all refused. Answering SERVFAIL until it can be read; trying again")
	if now := r.now().hosts; now["one.example:3306"] || now["two.example:3306"] || now["three.example:3306"] {
		t.Errorf("followed are %v", now)
	}
	followed(0)
	want("the first comes back", "one.example:3306 can be followed again",
		"a host of dsn cannot be followed: two.example:3306: refused. Following one.example:3306; trying again")
	up(2)
	want("the spare one comes back", "three.example:3306 can be followed again")
	up(2)
	want("that was said")
}
