package clients

import (
	"fmt"
	"net"
	"os"
	"reflect"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/mysqldns/mysqldns/test/updates/stage"

	appsv1 "k8s.io/api/apps/v1"
	"sigs.k8s.io/external-dns/endpoint"
	"sigs.k8s.io/external-dns/pkg/apis/externaldns"
	"sigs.k8s.io/external-dns/plan"
	"sigs.k8s.io/external-dns/provider/rfc2136"
	"sigs.k8s.io/external-dns/registry"
	"sigs.k8s.io/external-dns/registry/txt"
	"sigs.k8s.io/yaml"
)

// externalDNS is what one round of external-dns's controller does, but for looking at Kubernetes.
type externalDNS struct {
	registry registry.Registry
	filter   *endpoint.DomainFilter
	types    []string
}

func newExternalDNS(t *testing.T, n *stage.Nameserver) *externalDNS {
	t.Helper()
	host, port, _ := net.SplitHostPort(n.Addr)
	number, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	cfg := deployed(t)
	cfg.RFC2136Host, cfg.RFC2136Port, cfg.RFC2136Zone = []string{host}, number, []string{"example.org", "example.net"}
	cfg.RFC2136TSIGKeyName, cfg.RFC2136TSIGSecret = stage.KeyName, stage.KeySecret
	filter := endpoint.NewDomainFilter([]string{"example.org", "example.net"})
	provider, err := rfc2136.New(t.Context(), cfg, filter)
	if err != nil {
		t.Fatal(err)
	}
	owners, err := txt.New(cfg, provider)
	if err != nil {
		t.Fatal(err)
	}
	return &externalDNS{owners, filter, cfg.ManagedDNSRecordTypes}
}

// deployed is the configuration of external-dns in deploy/kubernetes, as it reads its arguments.
func deployed(t *testing.T) *externaldns.Config {
	t.Helper()
	text, err := os.ReadFile("../../deploy/kubernetes/overlays/external-dns/deployment.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var deployment appsv1.Deployment
	if err := yaml.UnmarshalStrict(text, &deployment); err != nil {
		t.Fatal(err)
	}
	cfg := externaldns.NewConfig()
	if err := cfg.ParseFlags(deployment.Spec.Template.Spec.Containers[0].Args); err != nil {
		t.Fatal(err)
	}
	if cfg.Provider != "rfc2136" || cfg.Registry != "txt" || cfg.Policy != "sync" {
		t.Fatalf("provider %s, registry %s, policy %s", cfg.Provider, cfg.Registry, cfg.Policy)
	}
	return cfg
}

// What docs/updates.md says is what is deployed, but for addresses and names.
func TestExternalDNSIsDocumented(t *testing.T) {
	text, err := os.ReadFile("../../docs/updates.md")
	if err != nil {
		t.Fatal(err)
	}
	flags := regexp.MustCompile(`(?m)^ +- (--\S+)$`).FindAllStringSubmatch(string(text), -1)
	var args []string
	for _, flag := range flags {
		args = append(args, flag[1])
	}
	documented, cfg := externaldns.NewConfig(), deployed(t)
	if err := documented.ParseFlags(args); err != nil {
		t.Fatal(err)
	}
	documented.RFC2136Host, documented.RFC2136Zone = cfg.RFC2136Host, cfg.RFC2136Zone
	if !reflect.DeepEqual(documented, cfg) {
		t.Errorf("documented is\n%s\ndeployed is\n%s", documented, cfg)
	}
}

// round makes the zones have what is desired, and returns how many changes that took. It returns when transfers have them, which are of versions: where the serial
// moves by itself, that takes up to a second or two. Rounds of external-dns itself are a minute apart.
func (e *externalDNS) round(t *testing.T, desired []*endpoint.Endpoint) int {
	t.Helper()
	changes := e.plan(t, desired)
	if !changes.HasChanges() {
		return 0
	}
	if err := e.registry.ApplyChanges(t.Context(), changes); err != nil {
		t.Fatal(err)
	}
	stage.WaitFor(t, "transfers of what was changed", 10*time.Second, func() bool { return !e.plan(t, desired).HasChanges() })
	return len(changes.Create) + len(changes.UpdateNew) + len(changes.Delete)
}

// plan compares what there is with what is desired.
func (e *externalDNS) plan(t *testing.T, desired []*endpoint.Endpoint) *plan.Changes {
	t.Helper()
	current, err := e.registry.Records(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	desired, err = e.registry.AdjustEndpoints(desired)
	if err != nil {
		t.Fatal(err)
	}
	p := &plan.Plan{Policies: []plan.Policy{&plan.SyncPolicy{}}, Current: current, Desired: desired, ManagedRecords: e.types, OwnerID: e.registry.OwnerID(),
		DomainFilter: endpoint.MatchAllDomainFilters{e.filter, e.registry.GetDomainFilter()}}
	return p.Calculate().Changes
}

// Two zones, create, change and delete; what others made stays.
func TestExternalDNS(t *testing.T) {
	s := stage.New(t, program, rootDSN(), "example.net SOA ns1.example.org. hostmaster.example.org. 0 7200 3600 1209600 300", "example.net NS ns1.example.org.",
		"manual.example.org A 192.0.2.99")
	n := s.Serve(s.Corefile(stage.Anything+"  update "+stage.KeyName+" *.example.net\n", stage.Keys+transfers))
	e := newExternalDNS(t, n)
	desired := []*endpoint.Endpoint{
		endpoint.NewEndpointWithTTL("www.example.org", "A", 60, "192.0.2.1", "192.0.2.2"),
		endpoint.NewEndpointWithTTL("www.example.net", "CNAME", 60, "www.example.org"),
		endpoint.NewEndpointWithTTL("six.example.org", "AAAA", 60, "2001:db8::1"),
	}
	if n := e.round(t, desired); n != 3 {
		t.Errorf("%d changes at first", n)
	}
	n.Shows("www.example.org", "A", "NOERROR; A 192.0.2.1; A 192.0.2.2")
	n.Shows("www.example.net", "CNAME", "NOERROR; CNAME www.example.org.")
	if n := e.round(t, desired); n != 0 {
		t.Errorf("%d changes when nothing is to change", n)
	}
	desired[0] = endpoint.NewEndpointWithTTL("www.example.org", "A", 60, "192.0.2.3")
	if n := e.round(t, desired[:2]); n != 2 {
		t.Errorf("%d changes, expected one and a deletion", n)
	}
	n.Shows("www.example.org", "A", "NOERROR; A 192.0.2.3")
	n.Shows("six.example.org", "AAAA", "NXDOMAIN")
	if n := e.round(t, nil); n != 2 {
		t.Errorf("%d deletions", n)
	}
	s.Want("www.example.org")
	s.Want("manual.example.org", "A 300 192.0.2.99")
}

func TestExternalDNSWithThousandEndpoints(t *testing.T) {
	s := stage.New(t, program, rootDSN(), "example.net SOA ns1.example.org. hostmaster.example.org. 0 7200 3600 1209600 300", "example.net NS ns1.example.org.")
	n := s.Serve(s.Corefile(stage.Anything+"  update "+stage.KeyName+" *.example.net\n", stage.Keys+transfers))
	e := newExternalDNS(t, n)
	var desired []*endpoint.Endpoint
	for i := range 1000 {
		desired = append(desired, endpoint.NewEndpointWithTTL(fmt.Sprintf("host%d.example.org", i), "A", 60, fmt.Sprintf("192.0.2.%d", i%250)))
	}
	if n := e.round(t, desired); n != 1000 {
		t.Errorf("%d changes", n)
	}
	if n := e.round(t, desired); n != 0 {
		t.Errorf("%d changes when nothing is to change", n)
	}
	n.Shows("host999.example.org", "A", "NOERROR; A 192.0.2.249")
}
