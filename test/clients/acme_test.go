package clients

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"log"
	"net"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/mysqldns/mysqldns/test/updates/stage"

	"github.com/letsencrypt/pebble/v2/ca"
	"github.com/letsencrypt/pebble/v2/db"
	"github.com/letsencrypt/pebble/v2/va"
	"github.com/letsencrypt/pebble/v2/wfe"
)

// The program runs, and asks for certificates of a zone's apex and of all names in it at once: both are proved at the one name.

// authority is a certificate authority: Pebble, which Let's Encrypt has for tests of clients. It looks for proofs at a nameserver.
type authority struct {
	directory string // URL
	trust     string // path of the certificate that its HTTPS shows
}

// printed is what a server in this process prints. Its methods are for concurrent use.
type printed struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (p *printed) Write(text []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.Write(text)
}

func startAuthority(t *testing.T, n *stage.Nameserver) *authority {
	t.Helper()
	t.Setenv("PEBBLE_VA_NOSLEEP", "1") // it would wait for up to fifteen seconds, and refuse every twentieth nonce, to see whether clients mind
	t.Setenv("PEBBLE_WFE_NONCEREJECT", "0")
	said := new(printed)
	t.Cleanup(func() {
		if t.Failed() {
			said.mu.Lock()
			defer said.mu.Unlock()
			t.Logf("Pebble printed:\n%s", &said.text)
		}
	})
	logger := log.New(said, "", 0)
	store := db.NewMemoryStore()
	issuer := ca.New(logger, store, "", "ecdsa", 0, 1, map[string]ca.Profile{"default": {}})
	frontend := wfe.New(logger, store, va.New(logger, 0, 0, true, n.Addr, store), issuer, []string{"ca.example"}, true, false, 0, 0)
	server := httptest.NewTLSServer(frontend.Handler())
	t.Cleanup(server.Close)
	a := &authority{server.URL + wfe.DirectoryPath, filepath.Join(t.TempDir(), "trust.pem")}
	writeFile(t, a.trust, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})))
	return a
}

// wantCertificate checks for which names a certificate is.
func wantCertificate(t *testing.T, path string, names ...string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(text)
	if block == nil {
		t.Fatalf("%s has no certificate:\n%s", path, text)
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	if got := slices.Sorted(slices.Values(certificate.DNSNames)); !slices.Equal(got, names) {
		t.Errorf("the certificate is for %q, expected %q", got, names)
	}
}

// acmeStage is a nameserver with a key that may prove example.org, and who looks for the proof.
func acmeStage(t *testing.T) (*stage.Stage, *stage.Nameserver, *authority) {
	t.Helper()
	s := stage.New(t, program, rootDSN())
	n := s.Serve(s.Corefile("  update "+stage.KeyName+" _acme-challenge.example.org TXT\n", stage.Keys))
	return s, n, startAuthority(t, n)
}

// Debian's lego.
func TestLegoGetsCertificate(t *testing.T) {
	lego, err := exec.LookPath("lego")
	if err != nil {
		t.Skip("NOT TESTED: lego is not installed (Debian: lego)")
	}
	s, n, a := acmeStage(t)
	dir := t.TempDir()
	// Without disable-cp it would ask the servers of the zone, which have port 53.
	cmd := exec.Command(lego, "--path", dir, "--server", a.directory, "--accept-tos", "--email", "hostmaster@example.org",
		"--dns", "rfc2136", "--dns.resolvers", n.Addr, "--dns.disable-cp", "--domains", "example.org", "--domains", "*.example.org", "run")
	cmd.Env = append(os.Environ(), "LEGO_CA_CERTIFICATES="+a.trust, "RFC2136_NAMESERVER="+n.Addr, "RFC2136_TSIG_KEY="+stage.KeyName,
		"RFC2136_TSIG_SECRET="+stage.KeySecret, "RFC2136_TSIG_ALGORITHM=hmac-sha256.", "RFC2136_SEQUENCE_INTERVAL=1")
	if output, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	wantCertificate(t, filepath.Join(dir, "certificates", "example.org.crt"), "*.example.org", "example.org")
	s.Want("_acme-challenge.example.org")
}

// Debian's certbot, with its plugin.
func TestCertbotGetsCertificate(t *testing.T) {
	certbot, err := exec.LookPath("certbot")
	if err != nil {
		t.Skip("NOT TESTED: certbot is not installed (Debian: certbot)")
	}
	s, n, a := acmeStage(t)
	dir := t.TempDir()
	host, port, _ := net.SplitHostPort(n.Addr)
	credentials := filepath.Join(dir, "rfc2136.ini")
	writeFile(t, credentials, fmt.Sprintf("dns_rfc2136_server = %s\ndns_rfc2136_port = %s\ndns_rfc2136_name = %s\ndns_rfc2136_secret = %s\ndns_rfc2136_algorithm = HMAC-SHA512\n",
		host, port, stage.KeyName, stage.KeySecret))
	cmd := exec.Command(certbot, "certonly", "--non-interactive", "--agree-tos", "--register-unsafely-without-email", "--server", a.directory,
		"--config-dir", dir, "--work-dir", dir, "--logs-dir", dir, "--dns-rfc2136", "--dns-rfc2136-credentials", credentials, "--dns-rfc2136-propagation-seconds", "0",
		"--domain", "example.org", "--domain", "*.example.org")
	cmd.Env = append(os.Environ(), "REQUESTS_CA_BUNDLE="+a.trust)
	if output, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	wantCertificate(t, filepath.Join(dir, "live", "example.org", "cert.pem"), "*.example.org", "example.org")
	s.Want("_acme-challenge.example.org")
}
