package clients

import (
	"testing"
	"time"

	"github.com/mysqldns/mysqldns/test/updates/stage"

	"github.com/go-acme/lego/v4/challenge/dns01"
	"github.com/go-acme/lego/v4/providers/dns/rfc2136"
	"github.com/miekg/dns"
)

// The provider that lego's command line, Traefik and Caddy use. It deletes the TXT records, then adds its own.
func TestLego(t *testing.T) {
	s := stage.New(t, program, rootDSN())
	n := s.Serve(s.Corefile("  update "+stage.KeyName+" _acme-challenge.example.org TXT\n", stage.Keys))
	if err := dns01.AddRecursiveNameservers([]string{n.Addr})(nil); err != nil { // by which it finds the zone
		t.Fatal(err)
	}
	cfg := rfc2136.NewDefaultConfig()
	cfg.Nameserver, cfg.TSIGKey, cfg.TSIGSecret, cfg.TSIGAlgorithm, cfg.TTL = n.Addr, stage.KeyName, stage.KeySecret, dns.HmacSHA256, 60
	cfg.DNSTimeout = 10 * time.Second
	provider, err := rfc2136.NewDNSProviderConfig(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := provider.Present("example.org", "token", "authorization"); err != nil {
		t.Fatal(err)
	}
	n.Shows("_acme-challenge.example.org", "TXT", `NOERROR; TXT "`+dns01.GetChallengeInfo("example.org", "authorization").Value+`"`)
	if err := provider.CleanUp("example.org", "token", "authorization"); err != nil {
		t.Fatal(err)
	}
	s.Want("_acme-challenge.example.org")
}
