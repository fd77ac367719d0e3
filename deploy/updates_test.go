package deploy

import (
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	certmanagerv1 "github.com/cert-manager/cert-manager/pkg/apis/certmanager/v1"
	"github.com/miekg/dns"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	psa "k8s.io/pod-security-admission/api"
	psapolicy "k8s.io/pod-security-admission/policy"

	"github.com/mysqldns/mysqldns/test/walk"
)

// updatesCorefile is the Corefile of the component updates, out of the ConfigMap that the Pods mount.
func updatesCorefile(t *testing.T, components ...string) corefile {
	t.Helper()
	objects := withComponents(t, components...)
	volumes := podTemplate(t, objects).Spec.Volumes
	config := only(t, objects, func(c *corev1.ConfigMap) bool { return c.Name == volumes[0].ConfigMap.Name })
	return parseCorefile(t, config.Data["Corefile"])
}

// Whichever component comes first, the Pods have the Corefile that takes updates, and the Secret of README.md where that looks for it.
func TestUpdatesComponent(t *testing.T) {
	section := updatesSection(t)
	for _, components := range [][]string{{"updates"}, {"updates", "persistent-snapshot"}, {"persistent-snapshot", "updates"}} {
		c := updatesCorefile(t, components...)
		spec := podTemplate(t, withComponents(t, components...)).Spec
		keys, password := c.after(t, "tsig", "secrets"), c.after(t, "mysqldns", "write_password_file")
		i := slices.IndexFunc(spec.Containers[0].VolumeMounts, func(m corev1.VolumeMount) bool { return m.MountPath == path.Dir(keys) })
		if i < 0 || path.Dir(password) != path.Dir(keys) {
			t.Fatalf("%v: nothing is mounted at %s", components, path.Dir(keys))
		}
		name := spec.Containers[0].VolumeMounts[i].Name
		v := spec.Volumes[slices.IndexFunc(spec.Volumes, func(v corev1.Volume) bool { return v.Name == name })]
		command := fmt.Sprintf("create secret generic %s --from-file=%s --from-file=%s=", v.Secret.SecretName, path.Base(keys), path.Base(password))
		if *v.Secret.DefaultMode != 0o440 || !strings.Contains(section, command) {
			t.Errorf("%v: README.md does not %s", components, command)
		}
	}
}

// A Corefile of the user's own takes the place of the component's, by the patch that README.md says.
func TestOwnCorefileInPlaceOfTheComponents(t *testing.T) {
	overlay := filepath.Join(copyOfKubernetes(t), "overlays", "test")
	if err := os.Mkdir(overlay, 0o700); err != nil {
		t.Fatal(err)
	}
	const patch = "patches: [{path: corefile.yaml}]"
	if !strings.Contains(updatesSection(t), "`"+patch+"`") {
		t.Errorf("README.md does not say %s", patch)
	}
	writeFile(t, filepath.Join(overlay, "corefile.yaml"), "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: mysqldns-corefile, namespace: mysqldns}\ndata: {Corefile: mine}\n")
	writeFile(t, filepath.Join(overlay, "kustomization.yaml"), "resources: [../../base]\ncomponents: [../../components/updates]\n"+patch+"\n")
	objects := build(t, overlay)
	name := podTemplate(t, objects).Spec.Volumes[0].ConfigMap.Name
	if got := only(t, objects, func(c *corev1.ConfigMap) bool { return c.Name == name }).Data["Corefile"]; got != "mine" {
		t.Errorf("the Pods have\n%s", got)
	}
}

func updatesSection(t *testing.T) string {
	t.Helper()
	section, err := walk.Section(read(t, "README.md"), "### external-dns and cert-manager")
	if err != nil {
		t.Fatal(err)
	}
	return section
}

// The component's Corefile in a real CoreDNS, with keys that README.md's command makes: the clients' keys change what they are for, and nothing else.
func TestUpdatesCorefileTakesUpdates(t *testing.T) {
	c := updatesCorefile(t, "updates")
	needDatabase(t)
	dir := t.TempDir()
	keys := makeKeys(t, dir)
	writeFile(t, filepath.Join(dir, "password"), "secret\n")
	server, err := database()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Exec("CREATE OR REPLACE USER mysqldns_writer@'%' IDENTIFIED BY 'secret'", "GRANT SELECT, INSERT, UPDATE, DELETE ON tb_dns TO mysqldns_writer@'%'",
		"GRANT SELECT, INSERT, UPDATE, DELETE ON tb_dns_zones TO mysqldns_writer@'%'", "GRANT SELECT, INSERT, UPDATE, DELETE ON tb_dns_journal TO mysqldns_writer@'%'",
		"GRANT SELECT, INSERT, UPDATE, DELETE ON tb_dns_updates TO mysqldns_writer@'%'"); err != nil {
		t.Fatal(err)
	}
	for word, directive := range map[string]string{"secrets": "tsig", "write_password_file": "mysqldns"} {
		from := c.after(t, directive, word)
		c.text = strings.Replace(c.text, from, filepath.Join(dir, path.Base(from)), 1)
	}
	c = parseCorefile(t, c.text)
	r := c.run(t)
	for _, test := range []struct {
		key, record string
		rcode       int
	}{
		{"external-dns.example.org.", "app.example.org. 60 A 192.0.2.9", dns.RcodeSuccess},
		{"external-dns.example.org.", "example.org. 60 NS ns2.example.org.", dns.RcodeRefused},
		{"cert-manager.example.org.", "_acme-challenge.example.org. 60 TXT proof", dns.RcodeSuccess},
		{"cert-manager.example.org.", "app.example.org. 60 A 192.0.2.8", dns.RcodeRefused},
	} {
		if rcode := r.update(t, keys, test.key, test.record); rcode != test.rcode {
			t.Errorf("%s adds %s: %s, want %s\n%s", test.key, test.record, dns.RcodeToString[rcode], dns.RcodeToString[test.rcode], r.Log())
		}
	}
	if got := ask(t, "udp", r.Addr, "app.example.org."); got != "NOERROR; A 192.0.2.9" {
		t.Errorf("then it is %s", got)
	}
	if n, err := r.transfer(keys, "external-dns.example.org."); err != nil || n < 5 {
		t.Errorf("a signed transfer: %d records, %v", n, err)
	}
	if n, err := r.transfer(nil, ""); err == nil {
		t.Errorf("without a signature there are %d records", n)
	}
}

// makeKeys makes keys as README.md says, and returns them. What it takes for external-dns out of them has to be that one's.
func makeKeys(t *testing.T, dir string) map[string]string {
	t.Helper()
	for _, block := range walk.Blocks(updatesSection(t)) {
		if block.Language != "sh" {
			continue
		}
		lines, _, _ := strings.Cut(block.Text, "kubectl")
		run := exec.Command("sh", "-c", lines)
		run.Dir = dir
		if output, err := run.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", lines, err, output)
		}
	}
	keys := readKeys(t, filepath.Join(dir, "keys"))
	if got := read(t, filepath.Join(dir, "external-dns.txt")); got == "" || got != keys["external-dns.example.org."] {
		t.Errorf("the secret of external-dns is %q, of %q", got, keys)
	}
	return keys
}

// readKeys reads keys in the form of named.conf.
func readKeys(t *testing.T, file string) map[string]string {
	t.Helper()
	keys := map[string]string{}
	for _, block := range strings.Split(read(t, file), "};") {
		if f := strings.Split(block, `"`); len(f) == 5 {
			keys[f[1]] = f[3]
		}
	}
	if len(keys) != 2 {
		t.Fatalf("there are %d keys", len(keys))
	}
	return keys
}

// update adds a record, and returns the RCODE.
func (r running) update(t *testing.T, keys map[string]string, key, record string) int {
	t.Helper()
	rr, err := dns.NewRR(record)
	if err != nil {
		t.Fatal(err)
	}
	m := new(dns.Msg).SetUpdate("example.org.")
	m.Insert([]dns.RR{rr})
	m.SetTsig(key, dns.HmacSHA256, 300, time.Now().Unix())
	reply, _, err := (&dns.Client{Net: "tcp", Timeout: 10 * time.Second, TsigSecret: keys}).Exchange(m, r.Addr)
	if err != nil {
		t.Fatal(err)
	}
	return reply.Rcode
}

// transfer returns how many records a transfer of example.org has.
func (r running) transfer(keys map[string]string, key string) (n int, err error) {
	m := new(dns.Msg).SetAxfr("example.org.")
	if key != "" {
		m.SetTsig(key, dns.HmacSHA256, 300, time.Now().Unix())
	}
	envelopes, err := (&dns.Transfer{TsigSecret: keys}).In(m, r.Addr)
	if err != nil {
		return 0, err
	}
	for e := range envelopes {
		if e.Error != nil {
			err = e.Error
		}
		n += len(e.RR)
	}
	return n, err
}

// external-dns has the key, the zone and the Service of the component, and of the cluster only what it reads. (Its own code reads its arguments in test/clients.)
func TestExternalDNSOverlayAgrees(t *testing.T) {
	objects := build(t, "kubernetes/overlays/external-dns")
	deployment := only[*appsv1.Deployment](t, objects, nil)
	container := deployment.Spec.Template.Spec.Containers[0]
	base := build(t, "kubernetes/base")
	service := only[*corev1.Service](t, base, nil)
	rule := updatesCorefile(t, "updates").after(t, "mysqldns", "update")
	for _, arg := range []string{
		"--rfc2136-host=" + service.Name + "." + service.Namespace + ".svc.cluster.local", "--rfc2136-port=53",
		"--rfc2136-tsig-keyname=" + strings.TrimSuffix(rule, "."), "--rfc2136-zone=example.org", "--rfc2136-tsig-axfr",
	} {
		if !slices.Contains(container.Args, arg) {
			t.Errorf("external-dns has no %s in %q", arg, container.Args)
		}
	}
	if ref := container.Env[0].ValueFrom.SecretKeyRef; !strings.Contains(updatesSection(t), "create secret generic "+ref.Name+" --from-file="+ref.Key+"=") {
		t.Errorf("README.md makes no Secret %s with a %s", ref.Name, ref.Key)
	}
	subject := only[*rbacv1.ClusterRoleBinding](t, objects, nil).Subjects[0]
	if account := only[*corev1.ServiceAccount](t, objects, nil); subject.Name != account.Name || subject.Namespace != account.Namespace ||
		deployment.Spec.Template.Spec.ServiceAccountName != account.Name {
		t.Errorf("the rights are %s's in %s, and the Pods run as %s in %s", subject.Name, subject.Namespace, account.Name, account.Namespace)
	}
	for _, r := range only[*rbacv1.ClusterRole](t, objects, nil).Rules {
		if slices.ContainsFunc(r.Verbs, func(verb string) bool { return !slices.Contains([]string{"get", "watch", "list"}, verb) }) {
			t.Errorf("external-dns may %v %v", r.Verbs, r.Resources)
		}
	}
	if forbidden := psapolicy.AggregateCheckResults(evaluate(t, &deployment.Spec.Template, psa.LevelRestricted)); !forbidden.Allowed {
		t.Errorf("%s", forbidden.ForbiddenDetail())
	}
}

func TestCertManagerOverlayAgrees(t *testing.T) {
	issuer := only[*certmanagerv1.Issuer](t, build(t, "kubernetes/overlays/cert-manager"), nil)
	solver := issuer.Spec.ACME.Solvers[0].DNS01.RFC2136
	service := only[*corev1.Service](t, build(t, "kubernetes/base"), nil)
	if solver.Nameserver != service.Name+"."+service.Namespace+".svc.cluster.local:53" {
		t.Errorf("cert-manager asks %s", solver.Nameserver)
	}
	if c := updatesCorefile(t, "updates"); !strings.Contains(c.text, "update "+solver.TSIGKeyName+". _acme-challenge.example.org TXT") {
		t.Errorf("there is no rule for the key %s in\n%s", solver.TSIGKeyName, c.text)
	}
	if secret := solver.TSIGSecret; !strings.Contains(updatesSection(t), "`"+secret.Name+"`") || solver.TSIGAlgorithm != "HMACSHA256" {
		t.Errorf("README.md has no Secret %s, or the algorithm is %s", secret.Name, solver.TSIGAlgorithm)
	}
}
