package clients

import (
	"net"
	"os/exec"
	"strings"
	"testing"

	"github.com/mysqldns/mysqldns/test/updates/stage"
)

// python runs a script with Debian's Python, which has certbot's plugin and dnspython. The script finds host, port, key and secret in its arguments.
func python(t *testing.T, n *stage.Nameserver, script string) (output string, err error) {
	t.Helper()
	host, port, _ := net.SplitHostPort(n.Addr)
	text, err := exec.Command("/usr/bin/python3", "-c", script, host, port, stage.KeyName, stage.KeySecret).CombinedOutput()
	return string(text), err
}

// certbot's client, as its plugin makes one of the credentials file.
const certbotScript = `
import sys, dns.tsig
from certbot_dns_rfc2136._internal.dns_rfc2136 import _RFC2136Client
host, port, key, secret = sys.argv[1:]
client = _RFC2136Client(host, int(port), key, secret, ALGORITHM)
client.add_txt_record('_acme-challenge.example.org', 'one', 60)
client.add_txt_record('_acme-challenge.example.org', 'two', 60)
client.del_txt_record('_acme-challenge.example.org', 'one')
`

func TestCertbot(t *testing.T) {
	s := stage.New(t, program, rootDSN())
	n := s.Serve(s.Corefile("  update "+stage.KeyName+" _acme-challenge.example.org TXT\n", stage.Keys))
	if output, err := python(t, n, strings.Replace(certbotScript, "ALGORITHM", "dns.tsig.HMAC_SHA512", 1)); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	n.Shows("_acme-challenge.example.org", "TXT", `NOERROR; TXT "two"`)
	if output, err := python(t, n, strings.Replace(certbotScript, "ALGORITHM", "dns.tsig.HMAC_MD5", 1)); err == nil {
		t.Errorf("HMAC-MD5 works, and docs/updates.md says that it does not: %s", output)
	}
}

// What octodns and dnscontrol do: transfer the zone, compare, send the difference in one message.
const dnspythonScript = `
import sys, dns.query, dns.rcode, dns.tsig, dns.tsigkeyring, dns.update, dns.zone
host, port, key, secret = sys.argv[1:]
ring = dns.tsigkeyring.from_text({key: secret})
def transfer():
    return dns.zone.from_xfr(dns.query.xfr(host, 'example.org', port=int(port), keyring=ring, keyalgorithm=dns.tsig.HMAC_SHA256, relativize=False), relativize=False)
def send(update):
    rcode = dns.query.tcp(update, host, port=int(port), timeout=10).rcode()
    assert rcode == dns.rcode.NOERROR, dns.rcode.to_text(rcode)
update = dns.update.Update('example.org', keyring=ring, keyalgorithm=dns.tsig.HMAC_SHA256)
for i in range(300):
    update.replace('host%d.example.org.' % i, 60, 'A', '192.0.2.%d' % (i % 250))
send(update)
before = transfer()
assert len([n for n in before.nodes if str(n).startswith('host')]) == 300, len(before.nodes)
update = dns.update.Update('example.org', keyring=ring, keyalgorithm=dns.tsig.HMAC_SHA256)
update.present('host0.example.org.', 'A', '192.0.2.0')
update.delete('host1.example.org.')
update.replace('host2.example.org.', 300, 'TXT', 'text')
send(update)
after = transfer()
names = {str(n) for n in after.nodes}
assert 'host1.example.org.' not in names and 'host2.example.org.' in names, names
`

func TestDnspython(t *testing.T) {
	s := stage.New(t, program, rootDSN())
	n := s.Serve(s.Corefile(stage.Anything, stage.Keys+transfers))
	if output, err := python(t, n, dnspythonScript); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	s.Want("host1.example.org")
}
