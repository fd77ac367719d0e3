package mysqldns

import (
	"bytes"
	"errors"
	"fmt"
	stdlog "log"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mysqldns/mysqldns/internal/table"
	"github.com/mysqldns/mysqldns/plugin/follow"
	"github.com/mysqldns/mysqldns/plugin/zonedb"

	"github.com/go-sql-driver/mysql"
)

// A session with the same server as before says nothing; another host, or another server at the same address, is named.
func TestServerThatIsFollowedIsNamedOnce(t *testing.T) {
	var printed bytes.Buffer
	stdlog.SetOutput(&printed)
	t.Cleanup(func() { stdlog.SetOutput(os.Stderr) })
	name, err := table.ParseName("tb_dns")
	if err != nil {
		t.Fatal(err)
	}
	r := newReport(&source{table: name, hosts: []*mysql.Config{{Addr: "db1:3306"}, {Addr: "db2:3306"}}})
	for _, step := range []struct {
		addr, id string
		before   follow.State
		said     string
	}{
		{"db1:3306", "first", follow.Starting, "following tb_dns at db1:3306 every"},
		{"db1:3306", "first", follow.Reconnecting, ""},
		{"db1:3306", "second", follow.Reconnecting, "another server answers at db1:3306 now; following tb_dns there every"},
		{"db1:3306", "second", follow.Reconnecting, ""},
		{"db2:3306", "third", follow.Following, "following tb_dns at db2:3306 every"},
		{"db2:3306", "second", follow.Failing, "reading tb_dns at db2:3306 again"},
	} {
		printed.Reset()
		r.Observe(follow.Followed{Server: follow.Server{Addr: step.addr, ID: step.id}, Interval: time.Second, ByLog: true,
			Before: step.before, Copy: zonedb.New().View()})
		if got := printed.String(); !strings.Contains(got, step.said) || (step.said == "") != (got == "") {
			t.Errorf("%+v: printed %q", step, got)
		}
	}
}

// Failures that take turns are each said once a minute, and again in the next outage.
func TestFailuresThatTakeTurnsAreSaidOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, err := parseBlock("mysqldns {\ndsn dns@tcp(one.example:3306)/dns\n}")
		if err != nil {
			t.Fatal(err)
		}
		logged := captureLog(t)
		r := newReport(&m.source)
		fail := func(why string) { r.Observe(follow.TryFailed{Err: errors.New(why)}) }
		want := func(what string, expected ...string) {
			t.Helper()
			for i := range expected {
				expected[i] = "cannot read tb_dns: " + expected[i] + ". Answering SERVFAIL until it can be read; trying again"
			}
			if got := logged.lines(); !slices.Equal(got, expected) {
				t.Errorf("%s: logged %q, expected %q", what, got, expected)
			}
		}
		for range 10 {
			fail("reset")
			fail("ended")
			time.Sleep(5 * time.Second)
		}
		want("in the first minute", "reset", "ended")
		time.Sleep(time.Minute)
		fail("reset")
		fail("reset")
		want("a minute later", "reset")
		for n := range 3 * mostFailures {
			fail(fmt.Sprint(n))
		}
		if len(r.failures) > mostFailures {
			t.Errorf("%d failures are remembered", len(r.failures))
		}
		logged.lines()
		r.Observe(follow.Followed{Server: follow.Server{Addr: "one.example:3306"}, ByLog: true, Before: follow.Failing, Copy: zonedb.New().View()})
		logged.lines()
		fail("ended")
		want("in the next outage", "ended")
	})
}
