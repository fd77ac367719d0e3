package clients

import (
	"os"
	"strings"
	"testing"

	"github.com/mysqldns/mysqldns/test/updates/stage"

	acmev1 "github.com/cert-manager/cert-manager/pkg/apis/acme/v1"
	certmanagerv1 "github.com/cert-manager/cert-manager/pkg/apis/certmanager/v1"
	"github.com/cert-manager/cert-manager/pkg/issuer/acme/dns/rfc2136"
	"github.com/miekg/dns"
	"sigs.k8s.io/yaml"
)

func TestCertManager(t *testing.T) {
	s := stage.New(t, program, rootDSN())
	n := s.Serve(s.Corefile("  update "+stage.KeyName+" _acme-challenge.example.org TXT\n", stage.Keys))
	const name = "_acme-challenge.example.org."
	algorithm := solver(t).TSIGAlgorithm
	for _, network := range []string{"", "tcp"} {
		provider, err := rfc2136.NewDNSProviderCredentials(n.Addr, algorithm, stage.KeyName, stage.KeySecret, rfc2136.WithNetwork(network))
		if err != nil {
			t.Fatal(err)
		}
		for _, value := range []string{"one", "two"} { // a name and its wildcard are proved at one time
			if err := provider.Present("", name, "example.org.", value); err != nil {
				t.Fatal(err)
			}
		}
		n.Shows(name, "TXT", `NOERROR; TXT "one"; TXT "two"`)
		if err := provider.CleanUp("", name, "example.org.", "one"); err != nil {
			t.Fatal(err)
		}
		n.Shows(name, "TXT", `NOERROR; TXT "two"`)
		if err := provider.CleanUp("", name, "example.org.", "two"); err != nil {
			t.Fatal(err)
		}
		s.Want("_acme-challenge.example.org")
		if err := provider.Present("", "www.example.org.", "example.org.", "x"); err == nil || !strings.Contains(err.Error(), "REFUSED") {
			t.Errorf("another name: %v", err)
		}
	}
	provider, err := rfc2136.NewDNSProviderCredentials(n.Addr, "", stage.KeyName, stage.KeySecret) // HMAC-MD5
	if err != nil {
		t.Fatal(err)
	}
	if err := provider.Present("", name, "example.org.", "one"); err == nil || strings.Contains(err.Error(), dns.RcodeToString[dns.RcodeSuccess]) {
		t.Errorf("HMAC-MD5: %v", err)
	}
}

// solver is that of the Issuer in deploy/kubernetes, whose text docs/updates.md has, but for addresses and names.
func solver(t *testing.T) *acmev1.ACMEIssuerDNS01ProviderRFC2136 {
	t.Helper()
	text, err := os.ReadFile("../../deploy/kubernetes/overlays/cert-manager/issuer.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var issuer certmanagerv1.Issuer
	if err := yaml.UnmarshalStrict(text, &issuer); err != nil {
		t.Fatal(err)
	}
	return issuer.Spec.ACME.Solvers[0].DNS01.RFC2136
}
