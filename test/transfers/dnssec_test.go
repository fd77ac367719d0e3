package transfers

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"
)

// signers are name servers that sign what they transfer, configured as docs/transfers.md has it.
var signers = []software{
	{"BIND", "named", []string{"-g", "-c"}, bindHead + `	notify no;
};
controls { };
zone "ZONE" {
	type secondary;
	file "signed";
	primaries { PRIMARY1; PRIMARY2; };
	allow-notify { 127.0.0.1; };
	dnssec-policy default;
	inline-signing yes;
	key-directory "DIR/db";
};
`, " port "},
	{"Knot", "knotd", []string{"-c"}, knotSecondary + `policy:
  - id: signed
    single-type-signing: on
zone:
  - domain: ZONE
    storage: "DIR"
    master: [one, two]
    acl: [notified, anybody]
    dnssec-signing: on
    dnssec-policy: signed
    zonefile-load: none
    zonefile-sync: -1
    journal-content: all
`, "@"},
}

// keysOf are the keys of a signed zone.
func keysOf(addr, zone string) (keys []*dns.DNSKEY) {
	q := new(dns.Msg)
	q.SetQuestion(dns.Fqdn(zone), dns.TypeDNSKEY)
	reply, _, err := (&dns.Client{Net: "tcp", Timeout: time.Second}).Exchange(q, addr)
	if err != nil {
		return nil
	}
	for _, rr := range reply.Answer {
		if key, ok := rr.(*dns.DNSKEY); ok && key.Flags&dns.SEP != 0 {
			keys = append(keys, key)
		}
	}
	return keys
}

// anchorFile has the keys of a signed zone as delv takes them.
func anchorFile(t *testing.T, zone string, keys []*dns.DNSKEY) (path string) {
	t.Helper()
	var text strings.Builder
	text.WriteString("trust-anchors {\n")
	for _, key := range keys {
		fmt.Fprintf(&text, "\t%s static-key %d %d %d %q;\n", dns.Fqdn(zone), key.Flags, key.Protocol, key.Algorithm, key.PublicKey)
	}
	text.WriteString("};\n")
	path = filepath.Join(t.TempDir(), "anchors")
	if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// validated asks a server, and returns what delv says of the answer: that it is validated, positive or negative, or what is wrong.
func validated(r *real, anchors, zone, name, rrtype string) string {
	host, port, _ := strings.Cut(r.addr, ":")
	out, err := exec.Command("delv", "@"+host, "-p", port, "-a", anchors, "+root="+zone, name, rrtype).CombinedOutput()
	said := strings.TrimSpace(string(out))
	switch {
	case strings.Contains(said, "; fully validated"):
		return "positive"
	case strings.Contains(said, "; negative response, fully validated"):
		return "negative"
	}
	return fmt.Sprintf("%s (%v)", said, err)
}

// unsigned is what a signed zone has besides what the signer adds.
func unsigned(addr, zone string) (content []string) {
	rrs, err := transferred(addr, zone, 0, nil)
	if err != nil {
		return nil
	}
	for _, rr := range rrs[:len(rrs)-1] {
		switch rr.Header().Rrtype {
		case dns.TypeRRSIG, dns.TypeNSEC, dns.TypeNSEC3, dns.TypeNSEC3PARAM, dns.TypeDNSKEY, dns.TypeCDS, dns.TypeCDNSKEY, 65534:
		default:
			content = append(content, text(rr))
		}
	}
	slices.Sort(content)
	return slices.Compact(content)
}

// A secondary signs what it transfers: while rows change, each of its answers validates, those that deny too, and what it has is what the table has.
func TestSigningSecondaries(t *testing.T) {
	if _, err := exec.LookPath("delv"); err != nil && os.Getenv("MYSQLDNS_REQUIRE_SERVERS") == "" {
		t.Skip("delv is not installed")
	}
	const zone = "example.org"
	tb := newTable(t)
	tb.zone(zone, 0)
	tb.insert("*.wild.example.org A 192.0.2.8", "alias.example.org CNAME www.example.org")
	addrs := []string{freeAddr(t), freeAddr(t)}
	a, b := tb.primary(true, strings.Join(addrs, " "), ""), tb.primary(true, strings.Join(addrs, " "), "")
	anchors := map[*real]string{}
	for i, s := range signers {
		r := s.start(t, addrs[i], zone, [2]string{a.Addr, b.Addr})
		if r == nil {
			continue
		}
		if !eventually(30*time.Second, func() bool { return len(keysOf(r.addr, zone)) > 0 }) {
			t.Fatalf("%s has no key", r.name)
		}
		anchors[r] = anchorFile(t, zone, keysOf(r.addr, zone))
		said := ""
		if !eventually(30*time.Second, func() bool { said = validated(r, anchors[r], zone, "www."+zone, "A"); return said == "positive" }) {
			t.Fatalf("%s: %s", r.name, said)
		}
	}
	stop := tb.writer(zone, 3)
	questions := []struct{ name, rrtype, expected string }{
		{"www.example.org", "A", "positive"}, {"alias.example.org", "A", "positive"}, {"a.wild.example.org", "A", "positive"}, {"example.org", "SOA", "positive"},
		{"none.example.org", "A", "negative"}, {"www.example.org", "MX", "negative"}, {"h7.example.org", "A", ""}, {"h8.example.org", "A", ""},
	}
	asked := 0
	for end := time.Now().Add(min(*duration, time.Minute)); time.Now().Before(end); {
		for r, file := range anchors {
			q := questions[asked%len(questions)]
			said := validated(r, file, zone, q.name, q.rrtype)
			if said != q.expected && (q.expected != "" || said != "positive" && said != "negative") {
				t.Errorf("%s, %s %s: %s", r.name, q.name, q.rrtype, said)
			}
		}
		asked++
	}
	stop()
	t.Logf("asked %d times", asked)
	for r, file := range anchors {
		var got []string
		if !eventually(30*time.Second, func() bool { got = unsigned(r.addr, zone); return slices.Equal(got, tb.tableZone(zone)) }) {
			t.Errorf("%s has %q, the table %q", r.name, got, tb.tableZone(zone))
		}
		if said := validated(r, file, zone, "www."+zone, "A"); said != "positive" {
			t.Errorf("%s: %s", r.name, said)
		}
		if lines := r.complained(); len(lines) > 0 {
			t.Errorf("%s complained %d times: %q", r.name, len(lines), lines[:min(len(lines), 5)])
		}
	}
}
