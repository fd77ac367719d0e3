package test

import (
	"strings"
	"testing"

	"github.com/mysqldns/mysqldns/test/powerdns"

	"github.com/miekg/dns"
)

// Whatever writes: PowerDNS's API, SQL or a foreign key. Nothing of it makes us read the whole view.
func TestPowerDNSViewIsFollowed(t *testing.T) {
	onReal(t, func(t *testing.T, db *database) {
		db.loadPowerDNS(t)
		db.load(t, tableScript(t, "powerdns")) // again
		pdns := db.startPowerDNS(t)
		metrics := "127.0.0.1:" + freePort(t)
		s := serve(t, db.corefile("table powerdns_view", "prometheus "+metrics+"\nforward . "+upstream(t, "")))
		const lists = "lists_total published powerdns_view"
		before := scrape(t, metrics)[lists]

		t.Run("API", func(t *testing.T) { powerDNSWritesByAPI(t, pdns, s) })
		t.Run("SQL", func(t *testing.T) { powerDNSWritesBySQL(t, db, s) })
		t.Run("domains", func(t *testing.T) { powerDNSDomainsComeAndGo(t, db, s) })

		if now := scrape(t, metrics)[lists]; now != before || before == 0 {
			t.Errorf("%v lists at first and %v in the end", before, now)
		}
	})
}

type object = map[string]any

// rrset is a change as PowerDNS's API wants it.
func rrset(name, rrtype, change string, contents ...string) object {
	records := []object{}
	for _, content := range contents {
		text, off := strings.CutPrefix(content, "off ")
		records = append(records, object{"content": text, "disabled": off})
	}
	return object{"rrsets": []object{{"name": name, "type": rrtype, "ttl": 60, "changetype": change, "records": records}}}
}

func powerDNSWritesByAPI(t *testing.T, pdns *powerdns.Server, s *server) {
	call := func(method, path string, body any) {
		t.Helper()
		if err := pdns.Call(method, path, body); err != nil {
			t.Fatal(err)
		}
	}
	call("PATCH", "/zones/example.org.", rrset("www.example.org.", "A", "REPLACE", "198.51.100.1", "off 198.51.100.2"))
	s.within(t, soon, "www.example.org", "A", "NOERROR; A 198.51.100.1")
	call("PATCH", "/zones/example.org.", rrset("new.example.org.", "MX", "REPLACE", "5 mail.example.org."))
	s.within(t, soon, "new.example.org", "MX", "NOERROR; MX 5 mail.example.org.")
	call("PATCH", "/zones/example.org.", rrset("new.example.org.", "MX", "DELETE"))
	s.within(t, soon, "new.example.org", "MX", "NXDOMAIN")

	call("POST", "/zones", object{"name": "fresh.test.", "kind": "Native", "nameservers": []string{"ns1.example.org."}})
	s.within(t, soon, "fresh.test", "NS", "NOERROR; NS ns1.example.org.")
	call("PATCH", "/zones/fresh.test.", rrset("www.fresh.test.", "TXT", "REPLACE", `"a \"b\"; c"`))
	s.within(t, soon, "www.fresh.test", "TXT", `NOERROR; TXT "a \"b\"; c"`)
	call("DELETE", "/zones/fresh.test.", nil)
	s.passesOn(t, "www.fresh.test")
}

// passesOn waits until a name is the next plugin's.
func (s *server) passesOn(t *testing.T, name string) {
	t.Helper()
	var reply *dns.Msg
	if !eventually(soon, func() bool {
		reply = s.ask(t, name, "A")
		return !reply.Authoritative
	}) {
		t.Errorf("%s is not passed on: %s", name, reply)
	}
}

func powerDNSWritesBySQL(t *testing.T, db *database, s *server) {
	db.exec(t, "INSERT INTO records (domain_id, type, disabled, content) VALUES (1, 'A', 0, '192.0.2.1')") // whose name is NULL
	db.insertPowerDNS(t, "example.org row.~ A 60 0 0 192.0.2.100")
	s.within(t, soon, "row.example.org", "A", "NOERROR; A 192.0.2.100")
	db.exec(t, "UPDATE records SET disabled = 1 WHERE name = 'row.example.org'")
	s.within(t, soon, "row.example.org", "A", "NXDOMAIN")
	db.exec(t, "UPDATE records SET disabled = 0, name = 'ROW2.example.org' WHERE name = 'row.example.org'")
	s.within(t, soon, "row2.example.org", "A", "NOERROR; A 192.0.2.100")
	db.exec(t, "UPDATE records SET name = 'row3.example.org' WHERE name = 'row2.example.org'")
	s.within(t, soon, "row3.example.org", "A", "NOERROR; A 192.0.2.100")
	s.expect(t, "row2.example.org", "A", "NXDOMAIN")
	db.exec(t, "DELETE FROM records WHERE name = 'row3.example.org'")
	s.within(t, soon, "row3.example.org", "A", "NXDOMAIN")
}

func powerDNSDomainsComeAndGo(t *testing.T, db *database, s *server) {
	// The parent's NS records count until the child is a domain of its own.
	referred := func() bool {
		reply := s.ask(t, "www.child.example.org", "A")
		return len(reply.Answer) == 0 && len(reply.Ns) == 1 && strings.HasSuffix(reply.Ns[0].String(), "ns1.other.test.")
	}
	db.insertPowerDNS(t, "example.org child.~ NS 60 0 0 ns1.other.test")
	for range 2 {
		if !eventually(soon, referred) {
			t.Fatalf("no referral: %s", s.ask(t, "www.child.example.org", "A"))
		}
		db.exec(t, "INSERT INTO domains (id, name, type) VALUES (9, 'child.example.org', 'NATIVE')")
		s.within(t, soon, "www.child.example.org", "A", "NXDOMAIN")
		db.exec(t, "DELETE FROM domains WHERE id = 9") // without records, as PowerDNS does it
	}
	db.exec(t, "INSERT INTO domains (id, name, type) VALUES (9, 'child.example.org', 'NATIVE')",
		"INSERT INTO records (domain_id, name, type, content, ttl, disabled) VALUES"+
			" (9, 'child.example.org', 'SOA', 'ns1.other.test h.other.test 1 2 3 4 5', 60, 0),"+
			" (9, 'child.example.org', 'NS', 'ns2.other.test', 60, 0), (9, 'www.child.example.org', 'A', '192.0.2.101', 60, 0)")
	s.within(t, soon, "child.example.org", "NS", "NOERROR; NS ns2.other.test.")
	s.within(t, soon, "www.child.example.org", "A", "NOERROR; A 192.0.2.101")

	// A domain that goes takes its records with it: where they stay, and where a foreign key deletes them.
	keys, err := powerdns.ForeignKeys()
	if err != nil {
		t.Fatal(err)
	}
	db.exec(t, "DELETE FROM domains WHERE id = 9")
	if !eventually(soon, referred) {
		t.Fatalf("left behind, the child's records are still answered: %s", s.ask(t, "www.child.example.org", "A"))
	}
	db.exec(t, "DELETE FROM records WHERE domain_id NOT IN (SELECT id FROM domains) OR domain_id IS NULL")
	db.load(t, keys)
	db.exec(t, "DELETE FROM domains WHERE name = 'other.test'")
	s.passesOn(t, "www.other.test")
}
