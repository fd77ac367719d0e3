package deploy

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/mysqldns/mysqldns/test/coredns"
)

// stubDomain is the overlay's Service, and the server block for the cluster's own CoreDNS.
func stubDomain(t *testing.T) (*corev1.Service, *corev1.ConfigMap) {
	t.Helper()
	objects := build(t, "kubernetes/overlays/stub-domain")
	custom := only(t, objects, func(c *corev1.ConfigMap) bool { return c.Namespace == "kube-system" })
	return only[*corev1.Service](t, objects, nil), custom
}

func TestStubDomainGoesToTheService(t *testing.T) {
	service, custom := stubDomain(t)
	block := parseCorefile(t, custom.Data["mysqldns.server"])
	if to := block.after(t, "forward", "."); to != service.Spec.ClusterIP || to == "" {
		t.Errorf("questions go to %s, the Service has %s", to, service.Spec.ClusterIP)
	}
	if base := only[*corev1.Service](t, build(t, "kubernetes/base"), nil); base.Spec.ClusterIP != "" || len(base.Spec.Ports) != len(service.Spec.Ports) {
		t.Error("the overlay changes more of the Service than its address")
	}
}

func TestStubDomainLeavesTheClustersCorefileAlone(t *testing.T) {
	_, custom := stubDomain(t)
	if custom.Name != "coredns-custom" || len(custom.Data) != 1 || len(custom.BinaryData) != 0 {
		t.Errorf("the overlay has %s of kube-system with %d files, want one file of coredns-custom", custom.Name, len(custom.Data))
	}
}

// The cluster's CoreDNS is one of ours with hosts in place of kubernetes: what matters is the server block that it gets besides its own.
func TestClustersCoreDNSForwardsTheStubDomain(t *testing.T) {
	r := configMapCorefile(t).run(t)
	service, custom := stubDomain(t)
	block := strings.Replace(custom.Data["mysqldns.server"], service.Spec.ClusterIP, r.Addr, 1)
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
