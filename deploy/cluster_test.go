//go:build unix

package deploy

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
)

// apiServer is a real kube-apiserver with an etcd, without anything that runs Pods.
type apiServer struct {
	kubectl string
	config  string // for kubectl
	warned  string // what kubectl printed of warnings
}

// bearer lets in whoever shows it, as the cluster's administrator.
const bearer = "a-token-of-this-test"

// TestKubernetesSectionOnAnAPIServer is for make test-cluster, which compiles the programs.
func TestKubernetesSectionOnAnAPIServer(t *testing.T) {
	programs := os.Getenv("MYSQLDNS_CLUSTER")
	if programs == "" {
		t.Skip("make test-cluster runs this")
	}
	programs, err := filepath.Abs(programs)
	if err != nil {
		t.Fatal(err)
	}
	c := startAPIServer(t, programs)
	c.distribute(t)
	w := walkKubernetes(t, c)
	// What others have put into ConfigMaps of kube-system stays, beside what is ours.
	var custom, coredns corev1.ConfigMap
	c.get(t, "kube-system", "configmap", "coredns-custom", &custom)
	c.get(t, "kube-system", "configmap", "coredns", &coredns)
	if custom.Data["other.server"] == "" || coredns.Data["NodeHosts"] == "" {
		t.Errorf("what others had is gone: %v, %v", custom.Data, coredns.Data)
	}
	ours := "forward . " + w.address + "\n"
	if !strings.Contains(custom.Data["mysqldns.server"], ours) {
		t.Errorf("coredns-custom has %v", custom.Data)
	}
	if !strings.HasPrefix(coredns.Data["Corefile"], distributed) || !strings.Contains(coredns.Data["Corefile"], ours) {
		t.Errorf("the cluster's Corefile is\n%s", coredns.Data["Corefile"])
	}
	w.applyAgain(t)
	if c.warned != "" {
		t.Errorf("kubectl warned:\n%s", c.warned)
	}
}

// distributed is a Corefile that a cluster comes with.
const distributed = ".:53 {\n    errors\n    kubernetes cluster.local\n    forward . /etc/resolv.conf\n}\nimport custom/*.server\n"

// distribute puts there what a distribution comes with, and a block that somebody else has added.
func (c *apiServer) distribute(t *testing.T) {
	t.Helper()
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "Corefile"), distributed)
	c.run(t, dir, `kubectl -n kube-system create configmap coredns --from-file=Corefile --from-literal=NodeHosts=192.0.2.1
kubectl -n kube-system create deployment coredns --image=coredns
kubectl -n kube-system create configmap coredns-custom --from-literal=other.server=x --dry-run=client -o yaml > custom.yaml
kubectl apply -f custom.yaml
`)
}

func startAPIServer(t *testing.T, programs string) *apiServer {
	t.Helper()
	dir := t.TempDir()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	keyFile, tokens := filepath.Join(dir, "key"), filepath.Join(dir, "tokens")
	writeFile(t, keyFile, string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})))
	writeFile(t, tokens, bearer+",administrator,administrator,system:masters\n")
	etcd, peers, api := freeAddr(t), freeAddr(t), freeAddr(t)
	start(t, filepath.Join(programs, "server"), "--data-dir="+filepath.Join(dir, "etcd"), "--unsafe-no-fsync",
		"--listen-client-urls=http://"+etcd, "--advertise-client-urls=http://"+etcd,
		"--listen-peer-urls=http://"+peers, "--initial-advertise-peer-urls=http://"+peers, "--initial-cluster=default=http://"+peers)
	host, port, _ := strings.Cut(api, ":")
	log := start(t, filepath.Join(programs, "kube-apiserver"), "--etcd-servers=http://"+etcd, "--cert-dir="+dir, "--bind-address="+host, "--secure-port="+port,
		"--service-cluster-ip-range=10.96.0.0/16", "--authorization-mode=RBAC", "--token-auth-file="+tokens,
		"--service-account-issuer=https://kubernetes.default.svc", "--service-account-key-file="+keyFile, "--service-account-signing-key-file="+keyFile)
	awaitReady(t, "https://"+api, log)
	config := filepath.Join(dir, "kubeconfig")
	writeFile(t, config, fmt.Sprintf(`apiVersion: v1
kind: Config
current-context: test
contexts: [{name: test, context: {cluster: test, user: test}}]
clusters: [{name: test, cluster: {server: "https://%s", insecure-skip-tls-verify: true}}]
users: [{name: test, user: {token: %s}}]
`, api, bearer))
	return &apiServer{kubectl: filepath.Join(programs, "kubectl"), config: config}
}

// start starts a program that runs until the test ends, and returns the file of what it prints.
func start(t *testing.T, program string, args ...string) (log string) {
	t.Helper()
	log = filepath.Join(t.TempDir(), filepath.Base(program)+".log")
	output, err := os.Create(log)
	if err != nil {
		t.Fatal(err)
	}
	defer output.Close()
	cmd := exec.Command(program, args...)
	cmd.Stdout, cmd.Stderr = output, output
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	return log
}

func awaitReady(t *testing.T, url, log string) {
	t.Helper()
	// Its certificate is one that it has made for itself just now.
	client := http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	for deadline := time.Now().Add(3 * time.Minute); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		request, err := http.NewRequest(http.MethodGet, url+"/readyz", nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", "Bearer "+bearer)
		if reply, err := client.Do(request); err == nil {
			reply.Body.Close()
			if reply.StatusCode == http.StatusOK {
				return
			}
		}
	}
	text := read(t, log)
	t.Fatalf("the API server is not ready after 3 minutes; the end of its log:\n%s", text[max(0, len(text)-4000):])
}

// rollout waits for Pods, which nothing runs here.
var rollout = regexp.MustCompile(`(?m)^kubectl -n (\S+) rollout status (\w+) (\S+)$`)

// run runs a block in one shell. Before a line that waits for Pods, it says in their place that they are ready.
func (c *apiServer) run(t *testing.T, dir, lines string) {
	t.Helper()
	ready := rollout.ReplaceAllString(lines, `generation=$$(kubectl -n $1 get $2 $3 -o jsonpath={.metadata.generation})
kubectl -n $1 patch $2 $3 --subresource=status --type=merge -p '{"status":{"observedGeneration":'$$generation',"replicas":2,"updatedReplicas":2,"readyReplicas":2,"availableReplicas":2}}'
$0 --timeout=20s`)
	cmd := exec.Command("bash", "-euo", "pipefail", "-c", `kubectl() { "$KUBECTL" "$@"; }`+"\n"+ready)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "KUBECONFIG="+c.config, "KUBECTL="+c.kubectl)
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	err := cmd.Run()
	t.Logf("$ %s\n%s", strings.ReplaceAll(strings.TrimSpace(lines), "\n", "\n$ "), output.String())
	if err != nil {
		t.Errorf("%v", err)
	}
	for _, warning := range regexp.MustCompile(`(?m)^Warning: .*$`).FindAllString(output.String(), -1) {
		c.warned += lines + warning + "\n"
	}
}

// get reads an object, and reports whether there is one.
func (c *apiServer) get(t *testing.T, namespace, kind, name string, object any) bool {
	t.Helper()
	cmd := exec.Command(c.kubectl, "-n", namespace, "get", kind, name, "-o", "json")
	cmd.Env = append(os.Environ(), "KUBECONFIG="+c.config)
	text, err := cmd.Output()
	if err != nil {
		return false
	}
	if err := json.Unmarshal(text, object); err != nil {
		t.Fatal(err)
	}
	return true
}

func (c *apiServer) has(t *testing.T, kind, name string) bool {
	return c.get(t, "mysqldns", kind, name, new(any))
}

func (c *apiServer) installed(t *testing.T) (i installation) {
	t.Helper()
	var secret corev1.Secret
	c.get(t, "mysqldns", "secret", "mysqldns-database", &secret)
	var service corev1.Service
	c.get(t, "mysqldns", "service", "mysqldns", &service)
	i.password, i.service = string(secret.Data["password"]), service.Spec.ClusterIP
	var template corev1.PodTemplateSpec
	var deployment appsv1.Deployment
	var statefulSet appsv1.StatefulSet
	switch {
	case c.get(t, "mysqldns", "deployment", "mysqldns", &deployment):
		template = deployment.Spec.Template
	case c.get(t, "mysqldns", "statefulset", "mysqldns", &statefulSet):
		template = statefulSet.Spec.Template
	default:
		return i
	}
	var settings corev1.ConfigMap
	container := template.Spec.Containers[0]
	c.get(t, "mysqldns", "configmap", container.EnvFrom[0].ConfigMapRef.Name, &settings)
	i.image, i.address = container.Image, settings.Data["MYSQL_ADDRESS"]
	return i
}
