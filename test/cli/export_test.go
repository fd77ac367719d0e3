package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// everyType is a zone with a record of every type that servers take without signatures, and names with every kind of octet.
const everyType = `$ORIGIN example.org.
$TTL 300
@ SOA Ns1.example.org. John\.Doe 4294967295 7200 900 1209600 300
@ NS Ns1
@ NS ns.example.net.
ns1 A 192.0.2.1
ns1 AAAA 2001:db8::1
a AFSDB 1 ns1
apl APL 1:192.0.2.0/24 !1:192.0.2.128/25
caa CAA 128 issue "ca.example.org; x=y"
cdnskey CDNSKEY 0 3 0 AA==
cert CERT PKIX 12345 RSASHA256 bWRqaG1k
cname CNAME Ns1
csync CSYNC 66 3 A NS AAAA
dhcid DHCID AAIBY2/AuCccgoJbsaxcQc9TUapptP69lOjxfNuVAA2kjEA=
dname DNAME example.net.
sub NS ns.sub
sub DS 60485 13 2 D4B7D520E7BB5F0F67674A0CCEB1E3E0614B93C4F9E99B8383F6A1E4469DA50A
ns.sub A 192.0.2.53
eui EUI48 00-00-5e-00-53-2a
eui EUI64 00-00-5e-ef-10-00-00-2a
gpos GPOS -32.6882 116.8652 10.0
hinfo HINFO "PC" "a\"b"
hip HIP 2 200100107B1A74DF365639CC39F1D578 AwEAAbdx rvs
https HTTPS 1 . alpn="h2,h3" ipv4hint=192.0.2.1
https HTTPS 2 . key667="x"
key KEY 256 3 13 bWRqaG1kamhtZGpo
kx KX 10 ns1
l32 L32 10 192.0.2.1
l64 L64 10 2001:0DB8:1140:1000
loc LOC 52 22 23.000 N 4 53 32.000 E -2.00m 0.00m 10000m 10m
lp LP 10 l64
minfo MINFO ns1 ns1
mx MX 10 Ns1
naptr NAPTR 100 10 "S" "SIP+D2U" "" ns1
nid NID 10 0014:4fff:ff20:ee64
ninfo NINFO "x" "y"
openpgp OPENPGPKEY bWRqaG1kamhtZGpo
ptr PTR ns1
px PX 10 net2.it. prmd-net2.admdb.c-it.
rp RP ns1 txt
rt RT 10 ns1
smimea SMIMEA 3 1 1 d4b7d520e7bb5f0f67674a0cceb1e3e0614b93c4f9e99b8383f6a1e4469da50a
spf SPF "v=spf1 -all"
_s._tcp SRV 0 5 5060 ns1
sshfp SSHFP 4 2 d4b7d520e7bb5f0f67674a0cceb1e3e0614b93c4f9e99b8383f6a1e4469da50a
svcb SVCB 1 ns1 alpn="h2" port=8443
talink TALINK a b
tlsa TLSA 3 1 1 d4b7d520e7bb5f0f67674a0cceb1e3e0614b93c4f9e99b8383f6a1e4469da50a
txt TXT "" "a;b" "\000\255\"\\" c
uri URI 10 1 "https://example.org/;x"
unknown TYPE65280 \# 3 abcdef
unknown TYPE65281 \# 0
x25 X25 311061700956
* TXT "wildcard"
\000 A 192.0.2.2
a\.b A 192.0.2.3
\$TTL A 192.0.2.4
at\@ A 192.0.2.5
blank\032 A 192.0.2.6
\255\128 A 192.0.2.7
quo\"te\;\(\)\\ A 192.0.2.8
backslash CNAME quo\"te\;\(\)\\
\009tab A 192.0.2.9
`

// checkers load a master file as the servers do.
var checkers = map[string][]string{
	"named-checkzone": {"-i", "local"}, // no look-ups in other zones
	"nsd-checkzone":   nil,
	"kzonecheck":      {"-o"},
}

func loads(t *testing.T, zone, path string) {
	t.Helper()
	for checker, args := range checkers {
		t.Run(checker, func(t *testing.T) {
			found, err := exec.LookPath(checker)
			if err != nil {
				found, err = exec.LookPath("/usr/sbin/" + checker)
			}
			switch {
			case err != nil && os.Getenv("MYSQLDNS_REQUIRE_SERVERS") != "":
				t.Fatalf("%s is not installed; test/install-servers does that", checker)
			case err != nil:
				t.Skipf("NOT TESTED: %s is not installed; test/install-servers does that", checker)
			}
			if output, err := exec.Command(found, append(slices.Clone(args), zone, path)...).CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, output)
			}
		})
	}
}

func TestExportLoadsInServersAndComesBack(t *testing.T) {
	onEach(t, func(t *testing.T, db *database) {
		db.must(t, "import", file(t, everyType))
		first := filepath.Join(t.TempDir(), "first")
		db.must(t, "export", "Example.ORG", "--output", first)
		if db.server != nil {
			loads(t, "example.org", first)
		}
		text, err := os.ReadFile(first)
		if err != nil {
			t.Fatal(err)
		}
		if want := strings.Count(everyType, "\n") - 2 + 1; strings.Count(string(text), "\n") != want {
			t.Errorf("%d lines of %d", strings.Count(string(text), "\n"), want)
		}
		db.reset(t)
		if got := db.must(t, "import", first); !strings.HasSuffix(got, " 0 removed, 0 unchanged\n") {
			t.Error(got)
		}
		if again := db.must(t, "export", "example.org"); again != string(text) {
			t.Errorf("export, import, export gives another file:\n%s\nand\n%s", text, again)
		}
		if got := db.must(t, "import", "--replace", first); !strings.HasPrefix(got, "tb_dns: 0 added, 0 removed") {
			t.Errorf("what was exported differs from the table: %s", got)
		}
	})
}

// The apex of a zone that was signed with NSEC3: its signatures have the TTLs of what they cover, and nothing is wrong with that.
func TestSignaturesKeepTheirTTLs(t *testing.T) {
	const signed = `$TTL 300
@ IN SOA ns1.example.com. h.example.com. 1 7200 3600 1209600 300
@ IN NS ns1
ns1 IN A 192.0.2.1
@ 0 IN NSEC3PARAM 1 0 0 AABB
@ 300 IN RRSIG SOA 13 2 300 20370101000000 20260101000000 1 example.com. AAAA
@ 100 IN RRSIG NS 13 2 300 20370101000000 20260101000000 1 example.com. AAAA
@ 0 IN RRSIG NSEC3PARAM 13 2 0 20370101000000 20260101000000 1 example.com. AAAA
`
	onEach(t, func(t *testing.T, db *database) {
		db.must(t, "import", "--origin", "example.com", file(t, signed))
		db.must(t, "check")
		got := db.must(t, "export", "example.com")
		for _, line := range []string{"300\tIN\tRRSIG\tSOA ", "100\tIN\tRRSIG\tNS ", "0\tIN\tRRSIG\tNSEC3PARAM "} {
			if !strings.Contains(got, "example.com.\t"+line) {
				t.Errorf("no %q in\n%s", line, got)
			}
		}
	})
}

func TestExportIsInCanonicalOrder(t *testing.T) {
	onEach(t, func(t *testing.T, db *database) {
		db.insert(t, "z.example A 192.0.2.9", "*.z.example A 192.0.2.1", "example NS ns.lan", `\200.z.example A 192.0.2.1`, "z.example A 192.0.2.1", "yljkjljk.a.example A 192.0.2.1",
			"A.EXAMPLE. A 192.0.2.1", `\001.z.example A 192.0.2.1`, "example SOA a. b. 1 2 3 4 5", "Z.a.example A 192.0.2.1", "zABC.a.EXAMPLE A 192.0.2.1", "other.lan A 192.0.2.1",
			"z.example AAAA ::1", "anexample A 192.0.2.1")
		expected := `$ORIGIN example.
example.	300	IN	SOA	a. b. 1 2 3 4 5
example.	300	IN	NS	ns.lan.
A.EXAMPLE.	300	IN	A	192.0.2.1
yljkjljk.a.example.	300	IN	A	192.0.2.1
Z.a.example.	300	IN	A	192.0.2.1
zABC.a.EXAMPLE.	300	IN	A	192.0.2.1
z.example.	300	IN	A	192.0.2.1
z.example.	300	IN	A	192.0.2.9
z.example.	300	IN	AAAA	::1
\001.z.example.	300	IN	A	192.0.2.1
*.z.example.	300	IN	A	192.0.2.1
\200.z.example.	300	IN	A	192.0.2.1
`
		if got := db.must(t, "export", "example"); got != expected {
			t.Errorf("got\n%s", got)
		}
	})
}

func TestExportLeavesOutChildZonesButNotTheirDelegation(t *testing.T) {
	onEach(t, func(t *testing.T, db *database) {
		db.insert(t, "example SOA a. b. 1 2 3 4 5", "example NS a.lan", "sub.example SOA a. b. 1 2 3 4 5", "sub.example NS ns.sub.example", "sub.example DS 1 13 2 0102",
			"ns.sub.example A 192.0.2.53", "www.sub.example A 192.0.2.1", "sub.example MX 1 www.sub.example", "cut.example NS ns.cut.example", "ns.cut.example A 192.0.2.54")
		parent := `$ORIGIN example.
example.	300	IN	SOA	a. b. 1 2 3 4 5
example.	300	IN	NS	a.lan.
cut.example.	300	IN	NS	ns.cut.example.
ns.cut.example.	300	IN	A	192.0.2.54
sub.example.	300	IN	NS	ns.sub.example.
sub.example.	300	IN	DS	1 13 2 0102
ns.sub.example.	300	IN	A	192.0.2.53
`
		if got := db.must(t, "export", "example"); got != parent {
			t.Errorf("the parent is\n%s", got)
		}
		child := `$ORIGIN sub.example.
sub.example.	300	IN	SOA	a. b. 1 2 3 4 5
sub.example.	300	IN	NS	ns.sub.example.
sub.example.	300	IN	MX	1 www.sub.example.
ns.sub.example.	300	IN	A	192.0.2.53
www.sub.example.	300	IN	A	192.0.2.1
`
		o := db.run(t, "export", "sub.example.")
		if o.stdout != child {
			t.Errorf("the child is\n%s", o.stdout)
		}
		if o.status != 0 {
			t.Errorf("status %d: %s", o.status, o.stderr)
		}
	})
}

func TestExportNamesWhatItLeavesOut(t *testing.T) {
	onEach(t, func(t *testing.T, db *database) {
		db.insert(t, "example SOA a. b. 1 2 3 4 5", "example SOA a. b. 2 2 3 4 5", "bad.example A x", "a..b.example A 192.0.2.1", "c.example CNAME a.lan", "c.example A 192.0.2.1",
			"example DS 1 13 2 00", "ok.example A 192.0.2.1", "ok.example A 192.0.2.1", "else.lan A x")
		o := db.run(t, "export", "example")
		if o.status != 1 {
			t.Errorf("status %d", o.status)
		}
		if expected := `$ORIGIN example.
example.	300	IN	SOA	a. b. 1 2 3 4 5
c.example.	300	IN	A	192.0.2.1
ok.example.	300	IN	A	192.0.2.1
`; o.stdout != expected {
			t.Errorf("got\n%s", o.stdout)
		}
		for _, expected := range []string{
			`left out: row 3 ("bad.example" "A"): record "x" is not an IPv4 address`, `left out: row 4 ("a..b.example" "A"): name`,
			"left out: row 2 (example. SOA): there is another SOA in row 1", "left out: row 5 (c.example. CNAME): a CNAME beside A",
			"left out: row 7 (example. DS): a DS at the apex belongs into the parent zone", "example. has no NS record at its apex, so servers refuse it",
		} {
			if !strings.Contains(o.stderr, "mysqldns: "+expected) {
				t.Errorf("it does not say %q", expected)
			}
		}
		if n := strings.Count(o.stderr, "\n"); n != 6 {
			t.Errorf("it says %d things:\n%s", n, o.stderr)
		}
	})
}

func TestExportKnowsWhichZonesThereAre(t *testing.T) {
	onEach(t, func(t *testing.T, db *database) {
		if o := db.run(t, "export", "example.org"); o.status != 2 || o.stderr != "mysqldns: tb_dns holds no zone example.org.: no row of type SOA has that name\n" {
			t.Errorf("%+v", o)
		}
		db.insert(t, "b.example SOA a. b. 1 2 3 4 5", "a.example 6 a. b. 1 2 3 4 5", "www.example.org A 192.0.2.1")
		if o := db.run(t, "export", "example.org"); o.status != 2 || o.stdout != "" ||
			o.stderr != "mysqldns: tb_dns holds no zone example.org.: no row of type SOA has that name; others have a.example., b.example.\n" {
			t.Errorf("%+v", o)
		}
		if o := db.run(t, "export", "a..b"); o.status != 2 || !strings.Contains(o.stderr, `name "a..b" has an empty label`) {
			t.Errorf("%+v", o)
		}
	})
}

// A file that can not be written whole is not written.
func TestExportToAFileIsAllOrNothing(t *testing.T) {
	onEach(t, func(t *testing.T, db *database) {
		db.insert(t, "example SOA a. b. 1 2 3 4 5", "example NS a.lan")
		dir := t.TempDir()
		path := filepath.Join(dir, "zone")
		if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
			t.Fatal(err)
		}
		if o := db.run(t, "export", "other", "-o", path); o.status != 2 {
			t.Errorf("%+v", o)
		}
		if text, err := os.ReadFile(path); err != nil || string(text) != "old" {
			t.Errorf("%q, %v", text, err)
		}
		db.must(t, "export", "example", "-o", path)
		if text, err := os.ReadFile(path); err != nil || !strings.HasPrefix(string(text), "$ORIGIN example.\n") {
			t.Errorf("%q, %v", text, err)
		}
		if o := db.run(t, "export", "example", "-o", dir+"/none/zone"); o.status != 2 || !strings.Contains(o.stderr, "--output: ") {
			t.Errorf("%+v", o)
		}
		if left, _ := os.ReadDir(dir); len(left) != 1 {
			t.Errorf("files are left: %v", left)
		}
	})
}

// A zone whose serial moves by itself is exported with the one that it has just then.
func TestExportShowsTheServedSerial(t *testing.T) {
	onEach(t, func(t *testing.T, db *database) {
		db.must(t, "import", file(t, "moves.example. 60 SOA ns.moves.example. h.moves.example. 0 1 2 3 4\nmoves.example. 60 NS ns.moves.example.\nns.moves.example. 60 A 192.0.2.1\n"))
		db.exec(t, "INSERT INTO tb_dns_zones (zone, serial) VALUES ('moves.example.', 1796000000)")
		if got := db.must(t, "export", "moves.example"); !strings.Contains(got, " 1796000000 1 2 3 4") {
			t.Errorf("exported:\n%s", got)
		}
	})
}
