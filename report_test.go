package mysqldns

import (
	"bytes"
	stdlog "log"
	"os"
	"strings"
	"testing"
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
