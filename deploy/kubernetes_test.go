package deploy

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	certmanagerv1 "github.com/cert-manager/cert-manager/pkg/apis/certmanager/v1"
	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	psa "k8s.io/pod-security-admission/api"
	psapolicy "k8s.io/pod-security-admission/policy"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

// decode reads one manifest as the API server does, but refuses fields that it does not know or that are given twice.
var decode = func() func(text []byte) (runtime.Object, error) {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		appsv1.AddToScheme, corev1.AddToScheme, networkingv1.AddToScheme, policyv1.AddToScheme, rbacv1.AddToScheme, monitoringv1.AddToScheme, certmanagerv1.AddToScheme,
	} {
		if err := add(scheme); err != nil {
			panic(err)
		}
	}
	decoder := serializer.NewCodecFactory(scheme, serializer.EnableStrict).UniversalDeserializer()
	return func(text []byte) (runtime.Object, error) {
		object, _, err := decoder.Decode(text, nil, nil)
		return object, err
	}
}()

// build is "kubectl kustomize" of a folder, decoded.
func build(t *testing.T, dir string) []runtime.Object {
	t.Helper()
	built, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), dir)
	if err != nil {
		t.Fatalf("%s: %v", dir, err)
	}
	var objects []runtime.Object
	for _, resource := range built.Resources() {
		text, err := resource.AsYAML()
		if err != nil {
			t.Fatal(err)
		}
		object, err := decode(text)
		if err != nil {
			t.Fatalf("%s: %v in:\n%s", dir, err, text)
		}
		objects = append(objects, object)
	}
	return objects
}

// only returns the one object of a type, of those that match.
func only[T runtime.Object](t *testing.T, objects []runtime.Object, match func(T) bool) T {
	t.Helper()
	var found []T
	for _, object := range objects {
		if typed, ok := object.(T); ok && (match == nil || match(typed)) {
			found = append(found, typed)
		}
	}
	if len(found) != 1 {
		var none T
		t.Fatalf("there are %d objects %T, want 1", len(found), none)
	}
	return found[0]
}

// withComponents is an overlay of the base with components, as users write it.
func withComponents(t *testing.T, names ...string) []runtime.Object {
	t.Helper()
	overlay := filepath.Join(copyOfKubernetes(t), "overlays", "test")
	text := "resources: [../../base]\ncomponents:\n"
	for _, name := range names {
		text += "  - ../../components/" + name + "\n"
	}
	if err := os.Mkdir(overlay, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(overlay, "kustomization.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return build(t, overlay)
}

// copyOfKubernetes is the folder kubernetes, for overlays to be added.
func copyOfKubernetes(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("kubernetes")); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestManifestsDecodeStrictly(t *testing.T) {
	decoded := 0
	err := filepath.WalkDir("kubernetes", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".yaml" || filepath.Base(path) == "kustomization.yaml" {
			return err
		}
		decoded++
		if _, err := decode([]byte(read(t, path))); err != nil {
			t.Errorf("%s: %v", path, err)
		}
		return nil
	})
	if err != nil || decoded < 6 {
		t.Fatalf("%d manifests found: %v", decoded, err)
	}
	if _, err := decode([]byte("apiVersion: v1\nkind: Service\nmetadata: {name: x}\nspec: {port: []}\n")); err == nil {
		t.Error("a Service with an unknown field decodes")
	}
}

// What is applied again and again must hold nothing that is made once and then belongs to its owner.
func TestBaseHasNeitherSecretNorNamespace(t *testing.T) {
	for _, object := range build(t, "kubernetes/base") {
		switch object.(type) {
		case *corev1.Secret, *corev1.Namespace:
			t.Errorf("the base has a %T", object)
		}
	}
	if objects := build(t, "kubernetes/namespace"); len(objects) != 1 {
		t.Errorf("beside the namespace there are %d objects more", len(objects)-1)
	}
}

func TestKustomizationsBuild(t *testing.T) {
	err := filepath.WalkDir("kubernetes", func(path string, _ fs.DirEntry, err error) error {
		if err == nil && filepath.Base(path) == "kustomization.yaml" && !strings.Contains(path, "components") {
			build(t, filepath.Dir(path))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// podSpec is that of the workload, whichever kind it is.
func podTemplate(t *testing.T, objects []runtime.Object) *corev1.PodTemplateSpec {
	t.Helper()
	for _, object := range objects {
		switch workload := object.(type) {
		case *appsv1.Deployment:
			return &workload.Spec.Template
		case *appsv1.StatefulSet:
			return &workload.Spec.Template
		}
	}
	t.Fatal("there is no workload")
	return nil
}

func TestPodsMeetTheStandardThatTheirNamespaceEnforces(t *testing.T) {
	for name, objects := range map[string][]runtime.Object{
		"Deployment":  build(t, "kubernetes/base"),
		"StatefulSet": withComponents(t, "persistent-snapshot"),
	} {
		level := only[*corev1.Namespace](t, build(t, "kubernetes/namespace"), nil).Labels[psa.EnforceLevelLabel]
		if level != string(psa.LevelRestricted) {
			t.Errorf("the namespace enforces %q, want restricted", level)
		}
		template := podTemplate(t, objects)
		results := evaluate(t, template, psa.LevelRestricted)
		if forbidden := psapolicy.AggregateCheckResults(results); !forbidden.Allowed {
			t.Errorf("%s: %s", name, forbidden.ForbiddenDetail())
		}
		template.Spec.Containers[0].SecurityContext.Capabilities.Add = []corev1.Capability{"NET_ADMIN"}
		if psapolicy.AggregateCheckResults(evaluate(t, template, psa.LevelRestricted)).Allowed {
			t.Errorf("%s: the standard allows NET_ADMIN", name)
		}
	}
}

func evaluate(t *testing.T, template *corev1.PodTemplateSpec, level psa.Level) []psapolicy.CheckResult {
	t.Helper()
	evaluator, err := psapolicy.NewEvaluator(psapolicy.DefaultChecks(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return evaluator.EvaluatePod(psa.LevelVersion{Level: level, Version: psa.LatestVersion()}, &template.ObjectMeta, &template.Spec)
}
