package deploy

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/runtime"
	psa "k8s.io/pod-security-admission/api"
	psapolicy "k8s.io/pod-security-admission/policy"

	"github.com/mysqldns/mysqldns/test/coredns"
)

// hiddenPrimaries are overlays with the component hidden-primary, alone and beside another.
func hiddenPrimaries(t *testing.T) map[string][]runtime.Object {
	t.Helper()
	return map[string][]runtime.Object{
		"alone":              withComponents(t, "hidden-primary"),
		"with volumes":       withComponents(t, "persistent-snapshot", "hidden-primary"),
		"before the volumes": withComponents(t, "hidden-primary", "persistent-snapshot"),
	}
}

// primaryCorefile is the Corefile that the Pods of an overlay mount.
func primaryCorefile(t *testing.T, objects []runtime.Object) corefile {
	t.Helper()
	for _, volume := range podTemplate(t, objects).Spec.Volumes {
		if volume.ConfigMap != nil {
			return parseCorefile(t, only(t, objects, func(c *corev1.ConfigMap) bool { return c.Name == volume.ConfigMap.Name }).Data["Corefile"])
		}
	}
	t.Fatal("no volume is a ConfigMap")
	return corefile{}
}

// Every file that the Corefile names is in a volume that the Pod mounts, and every variable is set.
func TestHiddenPrimaryHasItsFiles(t *testing.T) {
	for name, objects := range hiddenPrimaries(t) {
		c := primaryCorefile(t, objects)
		template := podTemplate(t, objects)
		container := template.Spec.Containers[0]
		mounted := map[string]string{} // folder -> volume
		for _, mount := range container.VolumeMounts {
			mounted[mount.MountPath] = mount.Name
		}
		for _, property := range []string{"password_file", "write_password_file", "snapshot"} {
			if folder := filepath.Dir(c.after(t, "mysqldns", property)); mounted[folder] == "" {
				t.Errorf("%s: nothing is mounted at %s, where %s is", name, folder, property)
			}
		}
		secrets := map[string]string{}
		for _, volume := range template.Spec.Volumes {
			if volume.Secret != nil {
				secrets[volume.Name] = volume.Secret.SecretName
			}
		}
		if got := secrets[mounted["/run/secrets/mysqldns-writer"]]; got != "mysqldns-writer" {
			t.Errorf("%s: the writer's password is out of the Secret %q", name, got)
		}
		set := settings(t, objects)
		for _, variable := range []string{"MYSQL_ADDRESS", "SECONDARY", "CATALOG"} {
			if set[variable] == "" || !strings.Contains(c.text, "{$"+variable+"}") {
				t.Errorf("%s: %s is %q", name, variable, set[variable])
			}
		}
		if forbidden := psapolicy.AggregateCheckResults(evaluate(t, template, psa.LevelRestricted)); !forbidden.Allowed {
			t.Errorf("%s: %s", name, forbidden.ForbiddenDetail())
		}
	}
}

// The secondary reaches the Pods as itself; besides it only those do whom the base lets in.
func TestHiddenPrimaryLetsTheSecondaryIn(t *testing.T) {
	objects := withComponents(t, "hidden-primary")
	secondary := settings(t, objects)["SECONDARY"]
	policy := only(t, objects, func(p *networkingv1.NetworkPolicy) bool { return p.Name == "mysqldns-secondaries" })
	if rules := policy.Spec.Ingress; len(rules) != 1 || len(rules[0].From) != 1 || rules[0].From[0].IPBlock.CIDR != secondary+"/32" || len(rules[0].Ports) != 2 {
		t.Errorf("the policy lets in %+v", rules)
	}
	service := only(t, objects, func(s *corev1.Service) bool { return s.Name == "mysqldns-transfer" })
	ports := portsOf(podTemplate(t, objects).Spec.Containers[0])
	for _, port := range service.Spec.Ports {
		if to, ok := ports[port.TargetPort.StrVal]; !ok || to.Protocol != port.Protocol || port.Port != 53 {
			t.Errorf("the Service has %+v, the container %+v", port, to)
		}
	}
	if service.Spec.ExternalTrafficPolicy != corev1.ServiceExternalTrafficPolicyLocal || len(service.Spec.Ports) != 2 {
		t.Errorf("%+v", service.Spec)
	}
	for key, value := range service.Spec.Selector {
		if podTemplate(t, objects).Labels[key] != value {
			t.Errorf("no Pod has %s: %s", key, value)
		}
	}
}

// The Corefile transfers the zones and the catalog, and forwards nothing.
func TestHiddenPrimaryStarts(t *testing.T) {
	addr, passwordFile := needDatabase(t)
	server, err := database()
	if err != nil {
		t.Fatal(err)
	}
	err = server.Exec("CREATE OR REPLACE USER mysqldns_writer@'%' IDENTIFIED BY 'w'",
		"GRANT SELECT ON tb_dns TO mysqldns_writer@'%'",
		"GRANT SELECT, INSERT, UPDATE, DELETE ON tb_dns_zones TO mysqldns_writer@'%'",
		"GRANT SELECT, INSERT, UPDATE, DELETE ON tb_dns_journal TO mysqldns_writer@'%'")
	if err != nil {
		t.Fatal(err)
	}
	binary, err := program()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	writer := filepath.Join(dir, "writer")
	if err := os.WriteFile(writer, []byte("w\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := primaryCorefile(t, withComponents(t, "hidden-primary"))
	text := strings.NewReplacer(
		":53 {", ":{$PORT} {\n    bind 127.0.0.1",
		"health :8080", "health "+freeAddr(t), "ready :8181", "ready "+freeAddr(t), "prometheus :9153", "prometheus "+freeAddr(t), "lameduck 10s", "lameduck 1s",
		c.after(t, "mysqldns", "write_password_file"), writer,
		c.after(t, "mysqldns", "password_file"), passwordFile,
		c.after(t, "mysqldns", "snapshot"), filepath.Join(dir, "snapshot"),
	).Replace(c.text)
	t.Setenv("MYSQL_ADDRESS", addr)
	t.Setenv("SECONDARY", "127.0.0.1")
	t.Setenv("CATALOG", "catalog.example.org")
	s, err := coredns.Start(binary, dir, text)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Stop()
	for zone, want := range map[string]string{"example.org.": "192.0.2.2", "catalog.example.org.": "PTR\texample.org."} {
		got := ""
		for deadline := time.Now().Add(20 * time.Second); !strings.Contains(got, want) && time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
			got = transferred(s.Addr, zone)
		}
		if !strings.Contains(got, want) {
			t.Errorf("of %s was transferred:\n%s\nthe log:\n%s", zone, got, s.Log())
		}
	}
	if got := ask(t, "udp", s.Addr, "www.example.net."); got != "REFUSED" {
		t.Errorf("a name that the table does not have: %s", got)
	}
}

// transferred is the whole zone, or why there is none.
func transferred(addr, zone string) string {
	envelopes, err := new(dns.Transfer).In(new(dns.Msg).SetAxfr(zone), addr)
	if err != nil {
		return err.Error()
	}
	text := ""
	for envelope := range envelopes {
		if envelope.Error != nil {
			return envelope.Error.Error()
		}
		for _, rr := range envelope.RR {
			text += fmt.Sprintln(rr)
		}
	}
	return text
}
