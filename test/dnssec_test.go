package test

import (
	"crypto"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/miekg/dns"
)

// What delv says of what it got.
const (
	validated = "; fully validated"
	denied    = "; negative response, fully validated"
	unsigned  = "; unsigned answer"

	deniedUnsigned = "; negative response, unsigned answer"
)

var signedZone = []string{
	"example.org SOA ns1.example.org host.example.org 7 7200 3600 1209600 60",
	"example.org NS ns1.example.org",
	"example.org MX 10 mx.example.org",
	"ns1.example.org A 192.0.2.1",
	"www.example.org A 192.0.2.2",
	"www.example.org A 192.0.2.3",
	"mx.example.org A 192.0.2.4",
	"mx.example.org CAA 0 issue \"ca.example.org\"",
	"a.empty.example.org TXT below",
	"*.wild.example.org A 192.0.2.5",
	"*.wildalias.example.org CNAME www.example.org",
	"alias.example.org CNAME www.example.org",
	"dangling.example.org CNAME none.example.org",
	"out.example.org CNAME www.example.com",
	"tree.example.org DNAME wild.example.org",
	"stand.example.org ALIAS www.example.org",
	"stand.example.org MX 10 mx.example.org",
	"*.standwild.example.org ALIAS www.example.com",
	"nowhere.example.org ALIAS none.example.org",
	"plain.example.org NS ns1.plain.example.org",
	"ns1.plain.example.org A 192.0.2.6",
	"secure.example.org NS ns1.secure.example.org",
	"ns1.secure.example.org A 192.0.2.7",
}

// The answers of a zone that *dnssec* signs, to a validator that trusts the zone's key.
func TestSignedZoneValidates(t *testing.T) {
	needDelv(t)
	tests := []struct {
		name, qname, qtype string
		verdict            string
		answer             string
	}{
		{"apex", "example.org", "SOA", validated, "SOA"},
		{"keys", "example.org", "DNSKEY", validated, "DNSKEY"},
		{"RRset of two", "www.example.org", "A", validated, "192.0.2.3"},
		{"mixed case", "wWw.eXaMple.org", "A", validated, "192.0.2.3"},
		{"TTL above the 3600 that dnssec puts into signatures", "long.example.org", "A", validated, "192.0.2.8"},
		{"MX with addresses in the additional section", "example.org", "MX", validated, "mx.example.org."},
		{"NODATA", "www.example.org", "AAAA", denied, ""},
		{"NODATA at the apex", "example.org", "AAAA", denied, ""},
		{"NODATA of a type that no NSEC of dnssec lists", "www.example.org", "NAPTR", denied, ""},
		{"NODATA for mixed case", "wWw.eXaMple.org", "AAAA", denied, ""},
		{"NXDOMAIN", "none.example.org", "A", denied, ""},
		{"NXDOMAIN for mixed case", "nOne.eXaMple.org", "A", denied, ""},
		{"NXDOMAIN far down", "a.b.c.none.example.org", "A", denied, ""},
		{"empty non-terminal", "empty.example.org", "A", denied, ""},
		{"wildcard", "any.wild.example.org", "A", validated, "192.0.2.5"},
		{"wildcard, several labels", "a.b.wild.example.org", "A", validated, "192.0.2.5"},
		{"wildcard, NODATA", "any.wild.example.org", "AAAA", denied, ""},
		{"wildcard itself", "*.wild.example.org", "A", validated, "192.0.2.5"},
		{"alias", "alias.example.org", "A", validated, "192.0.2.2"},
		{"alias itself", "alias.example.org", "CNAME", validated, "www.example.org."},
		{"alias, then NODATA", "alias.example.org", "AAAA", validated, `www.example.org.	60	IN	\-AAAA`},
		{"alias, then NXDOMAIN", "dangling.example.org", "A", validated, `none.example.org.	60	IN	\-A`},
		{"wildcard alias", "any.wildalias.example.org", "A", validated, "192.0.2.2"},
		{"ALIAS", "stand.example.org", "A", validated, "192.0.2.3"},
		{"ALIAS without the other family", "stand.example.org", "AAAA", denied, ""},
		{"beside ALIAS", "stand.example.org", "MX", validated, "mx.example.org."},
		{"beside ALIAS, NODATA", "stand.example.org", "TXT", denied, ""},
		{"ALIAS at a wildcard, out of the table", "a.b.standwild.example.org", "A", validated, "203.0.113.7"},
		{"ALIAS at a wildcard, out of the table, NODATA", "a.b.standwild.example.org", "AAAA", denied, ""},
		{"ALIAS to nowhere", "nowhere.example.org", "A", denied, ""},
		{"DNAME", "any.tree.example.org", "A", validated, "192.0.2.5"},
		{"DNAME itself", "tree.example.org", "DNAME", validated, "wild.example.org."},
		{"no DS at an insecure cut", "plain.example.org", "DS", denied, ""},
		{"DS at a secure cut", "secure.example.org", "DS", validated, "DS"},
	}
	onReal(t, func(t *testing.T, db *database) {
		key, child := newKey(t, "example.org."), newKey(t, "secure.example.org.")
		db.insert(t, signedZone...)
		db.insert(t, "secure.example.org DS "+child.ds())
		db.exec(t, "INSERT INTO tb_dns (name, type, ttl, record) VALUES ('long.example.org', 'A', 86400, '192.0.2.8')")
		outside := "forward example.com " + upstream(t, "www.example.com. 60 IN A 203.0.113.7") + "\n"
		s := serve(t, strings.Replace(signing(t, db, key, "example.org"), "dnssec ", outside+"dnssec ", 1))
		for _, test := range tests {
			t.Run(test.name, func(t *testing.T) {
				if got := delv(s.UDP, key, test.qname, test.qtype); !slices.Equal(verdicts(got), []string{test.verdict}) || !strings.Contains(got, test.answer) {
					t.Errorf("%s %s: expected %q with %q, got:\n%s", test.qname, test.qtype, test.verdict, test.answer, got)
				}
			})
		}
		t.Run("nothing with another key", func(t *testing.T) {
			if got := delv(s.UDP, newKey(t, "example.org."), "www.example.org", "A"); len(verdicts(got)) != 0 || !strings.Contains(got, "resolution failed") {
				t.Errorf("delv does not look at the key:\n%s", got)
			}
		})
		t.Run("referral with DS", func(t *testing.T) { // delv asks as if of a resolver, and takes no referrals
			reply := signedReply(t, s, "x.secure.example.org", "A")
			ds := records(reply.Ns, "secure.example.org.", dns.TypeDS)
			sigs := records(reply.Ns, "secure.example.org.", dns.TypeRRSIG)
			if len(ds) != 1 || len(sigs) != 1 || len(records(reply.Ns, "secure.example.org.", dns.TypeNS)) != 1 || reply.Authoritative {
				t.Fatalf("expected NS, DS and the signature of the DS:\n%s", reply)
			}
			if err := sigs[0].(*dns.RRSIG).Verify(key.DNSKEY, ds); err != nil {
				t.Errorf("%v:\n%s", err, reply)
			}
		})
	})
}

// Children that blocks of their own serve, out of the same table.
func TestSignedDelegationsValidate(t *testing.T) {
	needDelv(t)
	onReal(t, func(t *testing.T, db *database) {
		key, child := newKey(t, "example.org."), newKey(t, "secure.example.org.")
		wrong := newKey(t, "secure.example.org.")
		db.insert(t, signedZone...)
		for _, zone := range []string{"plain", "secure"} {
			db.insert(t, zone+".example.org SOA ns1."+zone+".example.org host.example.org 1 7200 3600 1209600 60",
				"www."+zone+".example.org A 192.0.2.9")
		}
		db.insert(t, "secure.example.org DS "+child.ds())
		port := freePort(t)
		s := serve(t, "example.org:"+port+" {\n"+db.directive("", "")+"dnssec {\nkey file "+key.file+"\n}\n}\n"+
			"plain.example.org:"+port+" {\n"+db.directive("", "")+"}\n"+
			"secure.example.org:"+port+" {\n"+db.directive("", "")+"dnssec {\nkey file "+child.file+"\n}\n}\n")
		expect := func(qname, qtype, verdict string) {
			t.Helper()
			if got := delv(s.UDP, key, qname, qtype); !slices.Equal(verdicts(got), []string{verdict}) {
				t.Errorf("%s %s: expected %q, got:\n%s", qname, qtype, verdict, got)
			}
		}
		expect("www.secure.example.org", "A", validated)
		expect("none.secure.example.org", "A", denied)
		expect("www.plain.example.org", "A", unsigned)
		expect("none.plain.example.org", "A", deniedUnsigned)

		db.exec(t, "UPDATE tb_dns SET record = '"+wrong.ds()+"' WHERE type = 'DS'")
		if !eventually(10*second, func() bool {
			return strings.Contains(short(s.ask(t, "secure.example.org", "DS")), strings.ToUpper(wrong.digest()))
		}) {
			t.Fatal("the new DS does not show")
		}
		if got := delv(s.UDP, key, "www.secure.example.org", "A"); slices.Contains(verdicts(got), validated) {
			t.Errorf("validated although the DS is of another key:\n%s", got)
		}
	})
}

// What the dnssec of CoreDNS 1.15 does not do; docs/dnssec.md lists it. A test that fails here says that CoreDNS has
// learnt it: then it belongs among those above, and off that list.
func TestWhatDnssecCannotDo(t *testing.T) {
	needDelv(t)
	onReal(t, func(t *testing.T, db *database) {
		key, child := newKey(t, "example.org."), newKey(t, "secure.example.org.")
		db.insert(t, signedZone...)
		db.insert(t, "secure.example.org DS "+child.ds())
		s := serve(t, signing(t, db, key, "example.org"))

		// dnssec.go: Sign proves a denial only where the answer section is empty.
		for name, qtype := range map[string]string{"alias.example.org": "AAAA", "dangling.example.org": "A"} {
			t.Run("no such type or name behind an alias is not proved: "+name, func(t *testing.T) {
				reply := signedReply(t, s, name, qtype)
				if len(records(reply.Ns, "example.org.", dns.TypeSOA)) != 1 || len(ofType(reply.Ns, dns.TypeNSEC)) != 0 {
					t.Errorf("expected the SOA and no NSEC:\n%s", reply)
				}
			})
		}
		// black_lies.go: of every denial it makes a NODATA.
		t.Run("NXDOMAIN is NOERROR for those who ask for DNSSEC", func(t *testing.T) {
			s.expect(t, "none.example.org", "A", "NXDOMAIN")
			if reply := signedReply(t, s, "none.example.org", "A"); reply.Rcode != dns.RcodeSuccess || len(ofType(reply.Ns, dns.TypeNSEC)) != 1 {
				t.Errorf("expected NOERROR and an NSEC:\n%s", reply)
			}
		})
		// black_lies.go: nsec takes the name of the question, where RFC 4035, 3.1.4.1, wants the cut.
		t.Run("a referral's proof of no DS is not at the cut", func(t *testing.T) {
			reply := signedReply(t, s, "x.plain.example.org", "A")
			if len(records(reply.Ns, "x.plain.example.org.", dns.TypeNSEC)) != 1 {
				t.Errorf("expected an NSEC at the question's name:\n%s", reply)
			}
		})
		// black_lies.go: zoneBitmap has a fixed set of types, whatever the name has.
		t.Run("types that a name has are denied", func(t *testing.T) {
			reply := signedReply(t, s, "mx.example.org", "AAAA")
			nsec := records(reply.Ns, "mx.example.org.", dns.TypeNSEC)
			if len(nsec) != 1 || slices.Contains(nsec[0].(*dns.NSEC).TypeBitMap, dns.TypeCAA) {
				t.Errorf("expected an NSEC that denies the CAA record:\n%s", reply)
			}
		})
		// black_lies.go: with delegationBitmap, the proof that a name has no DS says that it has NS.
		t.Run("any name passes for an unsigned zone", func(t *testing.T) {
			forger := forge(t, s, "www.example.org. 300 IN A 203.0.113.66")
			if got := delv(forger, key, "www.example.org", "A"); !slices.Equal(verdicts(got), []string{unsigned}) {
				t.Errorf("expected a forged address to be taken for one of an unsigned zone:\n%s", got)
			}
			if got := delv(forger, key, "mx.example.org", "A"); !slices.Equal(verdicts(got), []string{validated}) {
				t.Errorf("the forger spoils what it should not:\n%s", got)
			}
		})
		// black_lies.go: the next name of the NSEC is one label longer.
		t.Run("a name too long for one more label is not denied", func(t *testing.T) {
			long := strings.Repeat(strings.Repeat("x", 59)+".", 4) + "example.org" // 253 octets
			if got := delv(s.UDP, key, long, "A"); !slices.Equal(verdicts(got), []string{denied}) {
				t.Errorf("%s\n%s", long, got)
			}
			if got := delv(s.UDP, key, "x"+long, "A"); len(verdicts(got)) != 0 {
				t.Errorf("expected no proof:\n%s", got)
			}
		})
		// dnssec.go: Sign takes the deepest zone for the signer, and a DS belongs to the parent.
		t.Run("parent and child cannot share a block", func(t *testing.T) {
			db.exec(t, "UPDATE tb_dns SET record = '"+key.of("secure.example.org.").ds()+"' WHERE type = 'DS'")
			db.insert(t, "secure.example.org SOA ns1.secure.example.org host.example.org 1 7200 3600 1209600 60", "www.secure.example.org A 192.0.2.9")
			both := serve(t, signing(t, db, key, "example.org secure.example.org"))
			both.within(t, 10*second, "www.secure.example.org", "A", "NOERROR; A 192.0.2.9")
			sigs := ofType(signedReply(t, both, "secure.example.org", "DS").Answer, dns.TypeRRSIG)
			if len(sigs) != 1 || sigs[0].(*dns.RRSIG).SignerName != "secure.example.org." {
				t.Errorf("expected a DS that the child signed: %v", sigs)
			}
			if got := delv(both.UDP, key, "www.secure.example.org", "A"); len(verdicts(got)) != 0 {
				t.Errorf("expected this not to validate:\n%s", got)
			}
		})
	})
}

func ofType(section []dns.RR, rrtype uint16) []dns.RR {
	return slices.DeleteFunc(slices.Clone(section), func(rr dns.RR) bool { return rr.Header().Rrtype != rrtype })
}

// forge stands between a client and a server and puts a record without a signature in the place of the server's.
func forge(t *testing.T, s *server, record string) (addr string) {
	t.Helper()
	forged, err := dns.NewRR(record)
	if err != nil {
		t.Fatal(err)
	}
	return answering(t, func(q *dns.Msg) *dns.Msg {
		reply, err := dns.Exchange(q, s.UDP)
		if err != nil {
			return nil
		}
		if h := forged.Header(); q.Question[0].Name == h.Name && q.Question[0].Qtype == h.Rrtype {
			reply.Answer = []dns.RR{forged}
		}
		return reply
	})
}

// signingKey is a key of a zone, that signs keys and all else, in files as dnssec-keygen writes them.
type signingKey struct {
	*dns.DNSKEY
	file    string // without .key and .private
	anchors string // for delv
}

func newKey(t *testing.T, zone string) *signingKey {
	t.Helper()
	key := &dns.DNSKEY{
		Hdr:   dns.RR_Header{Name: zone, Rrtype: dns.TypeDNSKEY, Class: dns.ClassINET, Ttl: 3600},
		Flags: dns.ZONE | dns.SEP, Protocol: 3, Algorithm: dns.ECDSAP256SHA256,
	}
	var private crypto.PrivateKey
	private, err := key.Generate(256)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	k := &signingKey{DNSKEY: key, file: filepath.Join(dir, fmt.Sprintf("K%s+%03d+%05d", zone, key.Algorithm, key.KeyTag())),
		anchors: filepath.Join(dir, "anchors")}
	write(t, k.file+".key", key.String()+"\n")
	write(t, k.file+".private", key.PrivateKeyString(private))
	write(t, k.anchors, fmt.Sprintf("trust-anchors { %s static-key %d %d %d %q; };\n", zone, key.Flags, key.Protocol, key.Algorithm, key.PublicKey))
	return k
}

// ds is the RDATA of the DS record of the key.
func (k *signingKey) ds() string {
	ds := k.ToDS(dns.SHA256)
	return fmt.Sprint(ds.KeyTag, ds.Algorithm, ds.DigestType, " ", ds.Digest)
}

// of is the same key for another zone.
func (k *signingKey) of(zone string) *signingKey {
	key := *k.DNSKEY
	key.Hdr.Name = zone
	return &signingKey{DNSKEY: &key}
}

func (k *signingKey) digest() string { return k.ToDS(dns.SHA256).Digest }

func needDelv(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("delv"); err != nil {
		if os.Getenv("MYSQLDNS_REQUIRE_SERVERS") != "" {
			t.Fatalf("%v; Debian has it in bind9-dnsutils", err)
		}
		t.Skipf("NOT TESTED against a validator: %v; Debian has it in bind9-dnsutils", err)
	}
}

// delv asks with BIND's validator, which trusts the key and nothing else.
func delv(addr string, trusted *signingKey, qname, qtype string) string {
	host, port, _ := net.SplitHostPort(addr)
	output, _ := exec.Command("delv", "@"+host, "-p", port, "-a", trusted.anchors, "+root="+trusted.Hdr.Name,
		"-q", qname, "-t", qtype).CombinedOutput() // its status says nothing
	return string(output)
}

// verdicts is what delv says about what it got, each only once; nothing if it got nothing that it could use.
func verdicts(output string) []string {
	var verdicts []string
	for line := range strings.Lines(output) {
		line = strings.TrimSpace(line)
		if slices.Contains([]string{validated, denied, unsigned, deniedUnsigned}, line) && !slices.Contains(verdicts, line) {
			verdicts = append(verdicts, line)
		}
	}
	return verdicts
}

// signing is a Corefile with one port for UDP and TCP, as BIND asks again over TCP for a DNAME.
func signing(t *testing.T, db *database, key *signingKey, zones string) string {
	return ".:" + freePort(t) + " {\n" + db.directive("", "") + "dnssec " + zones + " {\nkey file " + key.file + "\n}\n}\n"
}

// signedReply asks as a validator does.
func signedReply(t *testing.T, s *server, qname, qtype string) *dns.Msg {
	t.Helper()
	q := question(qname, qtype)
	q.SetEdns0(4096, true)
	return s.exchange(t, q, "udp")
}

// records is those of a section with this owner name and type.
func records(section []dns.RR, owner string, rrtype uint16) []dns.RR {
	var found []dns.RR
	for _, rr := range section {
		if h := rr.Header(); strings.EqualFold(h.Name, owner) && h.Rrtype == rrtype {
			found = append(found, rr)
		}
	}
	return found
}
