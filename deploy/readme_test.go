package deploy

import (
	"os/exec"
	"regexp"
	"testing"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
)

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
