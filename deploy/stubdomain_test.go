package deploy

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/mysqldns/mysqldns/test/coredns"
)

// exampleAddress stands in mysqldns.server for the address of the Service.
const exampleAddress = "10.96.0.53"

// stubDomain is the server block for the cluster's own CoreDNS. The overlay has nothing else: applied after an overlay of the user's own, it must
// not bring anything of the base back.
func stubDomain(t *testing.T) *corev1.ConfigMap {
	t.Helper()
	objects := build(t, "kubernetes/overlays/stub-domain")
	if len(objects) != 1 {
		t.Errorf("the overlay has %d objects, want the ConfigMap coredns-custom alone", len(objects))
	}
	return only[*corev1.ConfigMap](t, objects, nil)
}

func TestStubDomainLeavesTheClustersCorefileAlone(t *testing.T) {
	custom := stubDomain(t)
	if custom.Namespace != "kube-system" || custom.Name != "coredns-custom" || len(custom.Data) != 1 || len(custom.BinaryData) != 0 {
		t.Errorf("the overlay has %s of %s with %d files, want one file of coredns-custom", custom.Name, custom.Namespace, len(custom.Data))
	}
	if to := parseCorefile(t, custom.Data["mysqldns.server"]).after(t, "forward", "."); to != exampleAddress {
		t.Errorf("the block forwards to %s, and README.md puts the Service's address in place of %s", to, exampleAddress)
	}
}

// The cluster's CoreDNS is one of ours with hosts in place of kubernetes: what matters is the server block that it gets besides its own.
func TestClustersCoreDNSForwardsTheStubDomain(t *testing.T) {
	r := configMapCorefile(t).run(t)
	block := strings.Replace(stubDomain(t).Data["mysqldns.server"], exampleAddress, r.Addr, 1)
	block = strings.Replace(block, ":53 {", ":{$PORT} {\n    bind 127.0.0.1", 1)
	own := ".:{$PORT} {\n    bind 127.0.0.1\n    errors\n    hosts {\n        192.0.2.99 kubernetes.default.svc.cluster.local\n    }\n}\n"
	binary, err := program()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "mysqldns.server"), []byte(block), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"with an import": own + "import " + dir + "/*.server\n",
		"appended":       own + block, // as deploy/README.md says where the Corefile imports nothing
	} {
		t.Run(name, func(t *testing.T) {
			cluster, err := coredns.Start(binary, t.TempDir(), text)
			if err != nil {
				t.Fatal(err)
			}
			defer cluster.Stop()
			for question, want := range map[string]string{
				"www.example.org.":                      "NOERROR; A 192.0.2.2",
				"none.example.org.":                     "NXDOMAIN",
				"kubernetes.default.svc.cluster.local.": "NOERROR; A 192.0.2.99",
			} {
				if got := ask(t, "udp", cluster.Addr, question); got != want {
					t.Errorf("%s: %s, want %s", question, got, want)
				}
			}
		})
	}
}
