package deploy

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	corev1 "k8s.io/api/core/v1"
)

// The overlay that README.md shows, on the base of this folder.
func TestReadmesOverlayBuilds(t *testing.T) {
	text := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindStringSubmatch(read(t, "README.md"))[1]
	const remote = "https://github.com/mysqldns/mysqldns//deploy/kubernetes/base?ref=main"
	if !strings.Contains(text, remote) {
		t.Fatalf("it is not on the base:\n%s", text)
	}
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "base"), os.DirFS("kubernetes/base")); err != nil {
		t.Fatal(err)
	}
	overlay := filepath.Join(dir, "overlay")
	if err := os.Mkdir(overlay, 0o700); err != nil {
		t.Fatal(err)
	}
	text = strings.Replace(text, remote, "../base", 1)
	if err := os.WriteFile(filepath.Join(overlay, "kustomization.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	objects := build(t, overlay)
	if got := settings(t, objects)["MYSQL_ADDRESS"]; got != "192.0.2.10:3306" {
		t.Errorf("MYSQL_ADDRESS is %q", got)
	}
	if got := podTemplate(t, objects).Spec.Containers[0].Image; got != "registry.example.org/mysqldns:0.1.0" {
		t.Errorf("the image is %s", got)
	}
	for _, object := range objects {
		if _, ok := object.(*corev1.Secret); ok {
			t.Error("the example's Secret is there")
		}
	}
}

// The command by which README.md makes an object for Prometheus's operator of the rules.
func TestReadmesPrometheusRuleDecodes(t *testing.T) {
	command := regexp.MustCompile(`(?m)^ +(\{ printf .*\}) \| kubectl apply -f -$`).FindStringSubmatch(read(t, "README.md"))[1]
	cmd := exec.Command("sh", "-c", command)
	cmd.Dir = root
	text, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	object, err := decode(text)
	if err != nil {
		t.Fatalf("%v in:\n%s", err, text)
	}
	if rule := object.(*monitoringv1.PrometheusRule); len(rule.Spec.Groups) != 1 || len(rule.Spec.Groups[0].Rules) != len(rules(t)) {
		t.Errorf("it has %d groups", len(rule.Spec.Groups))
	}
}
