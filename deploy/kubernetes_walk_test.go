package deploy

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/mysqldns/mysqldns/test/walk"
)

// cluster is where README.md's section Kubernetes is walked through.
type cluster interface {
	// run runs the lines of a block of sh in a folder.
	run(t *testing.T, dir, lines string)
	// has returns whether there is an object of this kind, such as "deployment", in the namespace mysqldns.
	has(t *testing.T, kind, name string) bool
	// installed is what has to stay as its owner made it.
	installed(t *testing.T) installation
}

// installation is what an overlay of the user's own, and the commands before it, have set. What is not there is empty.
type installation struct {
	password string // of the Secret
	image    string // of the workload; of the Deployment, where there are both
	address  string // MYSQL_ADDRESS in the settings that the workload names
	service  string // the ClusterIP
}

// What README.md's own overlay sets, and what a user has put into password.txt.
var own = installation{
	password: "a password of mine\n",
	image:    "ghcr.io/mysqldns/mysqldns:0.1.0",
	address:  "192.0.2.10:3306",
}

const remote = "https://github.com/mysqldns/mysqldns//deploy/kubernetes/"

// walker follows README.md's section Kubernetes in the order of its text, and looks at the installation after each step.
type walker struct {
	cluster
	dir     string
	done    string // what was run so far
	address string // of the Service, since there is one
}

func walkKubernetes(t *testing.T, c cluster) *walker {
	w := &walker{cluster: c, dir: t.TempDir()}
	if err := os.CopyFS(filepath.Join(w.dir, "deploy/kubernetes"), os.DirFS("kubernetes")); err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(w.dir, "password.txt"), own.password)
	writeFile(t, filepath.Join(w.dir, "writer.txt"), "a writer's password\n")
	section, err := walk.Section(read(t, "README.md"), "## Kubernetes")
	if err != nil {
		t.Fatal(err)
	}
	for _, block := range walk.Blocks(section) {
		switch block.Language {
		case "yaml":
			writeKustomization(t, w.dir, block.Text)
		case "sh":
			w.step(t, regexp.MustCompile(`"`+regexp.QuoteMeta(remote)+`(\S+)\?ref=main"`).ReplaceAllString(block.Text, "deploy/kubernetes/$1"))
		default:
			t.Fatalf("what is to be done with this?\n%s", block.Text)
		}
	}
	if !strings.Contains(w.done, "rollout status statefulset") || c.has(t, "deployment", "mysqldns") || !c.has(t, "statefulset", "mysqldns") {
		t.Error("at the end, the StatefulSet has not taken the Deployment's place")
	}
	return w
}

func (w *walker) step(t *testing.T, lines string) {
	t.Helper()
	w.run(t, w.dir, lines)
	w.done += lines
	w.address = checkInstallation(t, w.cluster, w.done, lines, w.address)
}

// applyAgain does what somebody might do who has everything already.
func (w *walker) applyAgain(t *testing.T) {
	t.Helper()
	for _, path := range []string{"overlays/stub-domain", "namespace"} {
		w.step(t, "kubectl apply -k deploy/kubernetes/"+path+"\n")
	}
}

// checkInstallation compares the installation with what the commands so far have to have made of it, and returns the Service's address.
func checkInstallation(t *testing.T, c cluster, done, last, address string) string {
	t.Helper()
	want := installation{service: address}
	if strings.Contains(done, "create secret generic") {
		want.password = own.password
	}
	got := c.installed(t)
	if strings.Contains("\n"+done, "\nkubectl apply -k mysqldns\n") {
		want.image, want.address = own.image, own.address
		if want.service == "" {
			want.service = got.service
		}
		if got.service == "" {
			t.Errorf("after\n%s\nthe Service has no address", last)
		}
	}
	if got != want {
		t.Errorf("after\n%s\nthere is\n%+v\nwant\n%+v", last, got, want)
	}
	return want.service
}

// writeKustomization writes the file that the first line of a block names, or adds to it.
func writeKustomization(t *testing.T, dir, text string) {
	t.Helper()
	first, _, _ := strings.Cut(text, "\n")
	name, atItsEnd := strings.CutSuffix(strings.TrimPrefix(first, "# "), ", at its end")
	path := filepath.Join(dir, name)
	if !strings.Contains(text, remote) {
		t.Fatalf("it names nothing of this repository:\n%s", text)
	}
	text = regexp.MustCompile(regexp.QuoteMeta(remote)+`(\S+)\?ref=main`).ReplaceAllString(text, "../deploy/kubernetes/$1")
	if atItsEnd {
		text = read(t, path) + text
	} else if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	writeFile(t, path, text)
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// paper is a cluster on paper: it knows what the commands of README.md make of the objects in the namespace mysqldns, by the code of kustomize. What
// an API server says to them, "make test-cluster" shows.
type paper struct {
	objects map[string]any // by kind and name
}

// commands are the forms that lines of README.md have, and what they do. What only reads, or writes into kube-system, does nothing here.
var commands = []struct {
	form *regexp.Regexp
	run  func(p *paper, t *testing.T, dir string, args []string) error
}{
	{regexp.MustCompile(`^kubectl apply -k (\S+) --dry-run=server$`), func(p *paper, t *testing.T, dir string, args []string) error {
		return (&paper{map[string]any{"namespace mysqldns": p.objects["namespace mysqldns"]}}).apply(t, filepath.Join(dir, args[1]))
	}},
	{regexp.MustCompile(`^kubectl apply -k (\S+)$`), func(p *paper, t *testing.T, dir string, args []string) error {
		return p.apply(t, filepath.Join(dir, args[1]))
	}},
	{regexp.MustCompile(`^kubectl -n mysqldns create secret generic (\S+) --from-file=password=(\S+)$`), func(p *paper, t *testing.T, dir string, args []string) error {
		if p.objects["namespace mysqldns"] == nil || p.objects["secret "+args[1]] != nil {
			return fmt.Errorf("there is no namespace, or such a Secret already")
		}
		p.objects["secret "+args[1]] = &corev1.Secret{Data: map[string][]byte{"password": []byte(read(t, filepath.Join(dir, args[2])))}}
		return nil
	}},
	{regexp.MustCompile(`^kubectl -n mysqldns create secret generic (\S+) --from-file=keys --from-file=password=(\S+)$`), func(p *paper, t *testing.T, dir string, args []string) error {
		p.objects["secret "+args[1]] = &corev1.Secret{Data: map[string][]byte{"keys": nil, "password": []byte(read(t, filepath.Join(dir, args[2])))}}
		return nil
	}},
	{regexp.MustCompile(`^kubectl -n mysqldns (?:rollout status|get) (\w+) (\S+)`), func(p *paper, _ *testing.T, _ string, args []string) error {
		if p.objects[args[1]+" "+args[2]] == nil {
			return fmt.Errorf("there is no %s %s", args[1], args[2])
		}
		return nil
	}},
	{regexp.MustCompile(`^kubectl -n mysqldns delete (\w+) (\S+)$`), func(p *paper, _ *testing.T, _ string, args []string) error {
		if p.objects[args[1]+" "+args[2]] == nil {
			return fmt.Errorf("there is no %s %s", args[1], args[2])
		}
		delete(p.objects, args[1]+" "+args[2])
		return nil
	}},
	{regexp.MustCompile(`^kubectl -n kube-system (get|create|patch|rollout restart) |^kubectl create -f coredns-custom.yaml |^(address=|sed |cp |cat |for )`),
		func(*paper, *testing.T, string, []string) error { return nil }},
	{regexp.MustCompile(`^kubectl (create namespace external-dns|-n external-dns create secret generic \S+ --from-file=secret=\S+)$`),
		func(*paper, *testing.T, string, []string) error { return nil }},
}

func (p *paper) run(t *testing.T, dir, lines string) {
	t.Helper()
lines:
	for line := range strings.Lines(lines) {
		line = strings.TrimSpace(line)
		for _, command := range commands {
			if args := command.form.FindStringSubmatch(line); args != nil {
				if err := command.run(p, t, dir, args); err != nil {
					t.Errorf("%s: %v", line, err)
				}
				continue lines
			}
		}
		t.Errorf("what does this do? %s", line)
	}
}

// apply is "kubectl apply -k": it adds and changes, and takes nothing away.
func (p *paper) apply(t *testing.T, path string) error {
	for _, object := range build(t, path) {
		kind := object.GetObjectKind().GroupVersionKind().Kind
		meta := object.(interface {
			GetName() string
			GetNamespace() string
		})
		if meta.GetNamespace() == "kube-system" {
			continue
		}
		if kind != "Namespace" && p.objects["namespace mysqldns"] == nil {
			return fmt.Errorf("namespaces %q not found", meta.GetNamespace())
		}
		key := strings.ToLower(kind) + " " + meta.GetName()
		if service, ok := object.(*corev1.Service); ok {
			if before, ok := p.objects[key].(*corev1.Service); ok && service.Spec.ClusterIP != "" && service.Spec.ClusterIP != before.Spec.ClusterIP {
				return fmt.Errorf("spec.clusterIPs[0]: Invalid value: field is immutable")
			}
			service.Spec.ClusterIP = "10.96.7.7"
		}
		p.objects[key] = object
	}
	return nil
}

func (p *paper) has(_ *testing.T, kind, name string) bool { return p.objects[kind+" "+name] != nil }

func (p *paper) installed(*testing.T) (i installation) {
	if secret, ok := p.objects["secret mysqldns-database"].(*corev1.Secret); ok {
		i.password = string(secret.Data["password"]) + secret.StringData["password"]
	}
	if service, ok := p.objects["service mysqldns"].(*corev1.Service); ok {
		i.service = service.Spec.ClusterIP
	}
	var template *corev1.PodTemplateSpec
	if workload, ok := p.objects["statefulset mysqldns"].(*appsv1.StatefulSet); ok {
		template = &workload.Spec.Template
	}
	if workload, ok := p.objects["deployment mysqldns"].(*appsv1.Deployment); ok {
		template = &workload.Spec.Template
	}
	if template != nil {
		i.image = template.Spec.Containers[0].Image
		if settings, ok := p.objects["configmap "+template.Spec.Containers[0].EnvFrom[0].ConfigMapRef.Name].(*corev1.ConfigMap); ok {
			i.address = settings.Data["MYSQL_ADDRESS"]
		}
	}
	return i
}

func TestKubernetesSectionWalkedThrough(t *testing.T) {
	walkKubernetes(t, &paper{map[string]any{}}).applyAgain(t)
}
