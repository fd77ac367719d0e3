package hostile

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/mysqldns/mysqldns/test/mariadb"

	"github.com/miekg/dns"
)

// A user who may SELECT from the two tables and nothing else is enough for a list, for following, for seeing a TRUNCATE; one who
// may read the table alone still sees every change.
func TestSelectIsEnough(t *testing.T) {
	makeTable(t)
	insert(t, control...)
	exec(t, "DROP USER IF EXISTS reader@'%', poor@'%'", "CREATE USER reader@'%'", "CREATE USER poor@'%'", "GRANT SELECT ON dns.tb_dns TO reader@'%'",
		"GRANT SELECT ON dns.tb_dns_changes TO reader@'%'", "GRANT SELECT ON dns.tb_dns TO poor@'%'")
	wantGrants(t, "reader", "GRANT USAGE ON *.* TO `reader`@`%`", "GRANT SELECT ON `dns`.`tb_dns` TO `reader`@`%`", "GRANT SELECT ON `dns`.`tb_dns_changes` TO `reader`@`%`")
	wantGrants(t, "poor", "GRANT USAGE ON *.* TO `poor`@`%`", "GRANT SELECT ON `dns`.`tb_dns` TO `poor`@`%`")

	reader := start(t, "dsn "+server.DSN("reader", "", mariadb.Database)+"\nresync 1s\nsnapshot "+filepath.Join(t.TempDir(), "copy"), "")
	poor := start(t, "dsn "+server.DSN("poor", "", mariadb.Database), "")
	for _, s := range []*instance{reader, poor} {
		within(t, limit, s.Addr, "loose.", dns.TypeA, "NOERROR; A 192.0.2.90") // listed
		exec(t, "UPDATE tb_dns SET record = '192.0.2.91' WHERE name = 'loose'")
		within(t, limit, s.Addr, "loose.", dns.TypeA, "NOERROR; A 192.0.2.91") // followed
		exec(t, "UPDATE tb_dns SET record = '192.0.2.90' WHERE name = 'loose'")
		within(t, limit, s.Addr, "loose.", dns.TypeA, "NOERROR; A 192.0.2.90")
	}
	if followed := reader.metric(t, "coredns_mysqldns_change_lag_seconds_count", ""); followed == 0 {
		t.Error("the change log was not followed")
	}
	lists := reader.metric(t, "coredns_mysqldns_lists_total", `result="published"`)
	if !eventually(limit, func() bool { return reader.metric(t, "coredns_mysqldns_lists_total", `result="published"`) > lists }) {
		t.Error("no resync")
	}
	exec(t, "TRUNCATE tb_dns")
	within(t, limit, reader.Addr, "www.good.test.", dns.TypeA, "REFUSED") // no longer a name of ours
	within(t, limit, poor.Addr, "www.good.test.", dns.TypeA, "REFUSED")
	for _, s := range []*instance{reader, poor} {
		if up := s.metric(t, "coredns_mysqldns_database_up", ""); up != 1 {
			t.Errorf("database_up is %g", up)
		}
	}
}

func wantGrants(t *testing.T, user string, want ...string) {
	t.Helper()
	rows, err := open(t).Query("SHOW GRANTS FOR " + user + "@'%'")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var got []string
	for rows.Next() {
		var grant string
		if err := rows.Scan(&grant); err != nil {
			t.Fatal(err)
		}
		got = append(got, grant)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%s has %q, want %q", user, got, want)
	}
}
