package deploy

import (
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"
)

func itoa[N int32 | uint32](n N) string { return strconv.FormatInt(int64(n), 10) }

// configMapCorefile is the Corefile out of the ConfigMap that the Pods mount.
func configMapCorefile(t *testing.T) corefile {
	t.Helper()
	objects := build(t, "kubernetes/base")
	volumes := podTemplate(t, objects).Spec.Volumes
	config := only(t, objects, func(c *corev1.ConfigMap) bool { return c.Name == volumes[0].ConfigMap.Name })
	return parseCorefile(t, config.Data["Corefile"])
}

// settings are the environment variables that the Pods get from a ConfigMap.
func settings(t *testing.T, objects []runtime.Object) map[string]string {
	t.Helper()
	from := podTemplate(t, objects).Spec.Containers[0].EnvFrom
	if len(from) != 1 {
		t.Fatalf("envFrom has %d entries", len(from))
	}
	return only(t, objects, func(c *corev1.ConfigMap) bool { return c.Name == from[0].ConfigMapRef.Name }).Data
}

// portsOf maps the names of the container's ports to their numbers, and for what.
func portsOf(container corev1.Container) map[string]corev1.ContainerPort {
	ports := map[string]corev1.ContainerPort{}
	for _, port := range container.Ports {
		ports[port.Name] = port
	}
	return ports
}

func TestPortsAgreeFromTheServiceToTheCorefile(t *testing.T) {
	objects := build(t, "kubernetes/base")
	c := configMapCorefile(t)
	ports := portsOf(podTemplate(t, objects).Spec.Containers[0])
	for name, want := range map[string]string{
		"dns": c.port + "/UDP", "dns-tcp": c.port + "/TCP",
		"health": c.portOf(t, "health") + "/TCP", "ready": c.portOf(t, "ready") + "/TCP", "metrics": c.portOf(t, "prometheus") + "/TCP",
	} {
		if got := itoa(ports[name].ContainerPort) + "/" + string(ports[name].Protocol); got != want {
			t.Errorf("container port %s is %s, the Corefile has %s", name, got, want)
		}
	}
	service := only[*corev1.Service](t, objects, nil)
	var offered []string
	for _, port := range service.Spec.Ports {
		target, ok := ports[port.TargetPort.StrVal]
		if !ok || target.Protocol != port.Protocol {
			t.Errorf("the Service's port %s goes to %s, which is no such port of the container", port.Name, port.TargetPort.StrVal)
		}
		offered = append(offered, port.Name+" "+itoa(port.Port)+"/"+string(port.Protocol))
	}
	if want := []string{"dns 53/UDP", "dns-tcp 53/TCP", "metrics 9153/TCP"}; !slices.Equal(offered, want) {
		t.Errorf("the Service offers %q, want %q", offered, want)
	}
	annotations := podTemplate(t, objects).Annotations
	if annotations["prometheus.io/scrape"] != "true" || annotations["prometheus.io/port"] != c.portOf(t, "prometheus") {
		t.Errorf("Prometheus is told %v", annotations)
	}
	if len(service.Annotations) > 0 { // it would scrape some Pod or other
		t.Errorf("the Service has the annotations %v", service.Annotations)
	}
}

func TestProbesAskWhereTheCorefileListens(t *testing.T) {
	container := podTemplate(t, build(t, "kubernetes/base")).Spec.Containers[0]
	ports := portsOf(container)
	port := func(p *corev1.Probe) string { return itoa(ports[p.HTTPGet.Port.StrVal].ContainerPort) }
	c := configMapCorefile(t)
	r := c.run(t)
	r.check(t, container.LivenessProbe.HTTPGet.Path, port(container.LivenessProbe),
		container.ReadinessProbe.HTTPGet.Path, port(container.ReadinessProbe), itoa(ports["metrics"].ContainerPort))
}

func TestSelectorsFindThePods(t *testing.T) {
	objects := withComponents(t, "service-monitor")
	pod := labels.Set(podTemplate(t, objects).Labels)
	service := only[*corev1.Service](t, objects, nil)
	monitor := only[*monitoringv1.ServiceMonitor](t, objects, nil)
	deployment := only[*appsv1.Deployment](t, objects, nil)
	spread, affinity := deployment.Spec.Template.Spec.TopologySpreadConstraints, deployment.Spec.Template.Spec.Affinity.PodAntiAffinity
	for what, pair := range map[string]struct {
		selector *metav1.LabelSelector
		labels   labels.Set
	}{
		"Deployment":          {deployment.Spec.Selector, pod},
		"Service":             {&metav1.LabelSelector{MatchLabels: service.Spec.Selector}, pod},
		"PodDisruptionBudget": {only[*policyv1.PodDisruptionBudget](t, objects, nil).Spec.Selector, pod},
		"NetworkPolicy":       {&only[*networkingv1.NetworkPolicy](t, objects, nil).Spec.PodSelector, pod},
		"topology spread":     {spread[0].LabelSelector, pod},
		"anti-affinity":       {affinity.PreferredDuringSchedulingIgnoredDuringExecution[0].PodAffinityTerm.LabelSelector, pod},
		"ServiceMonitor":      {&monitor.Spec.Selector, labels.Set(service.Labels)},
	} {
		selector, err := metav1.LabelSelectorAsSelector(pair.selector)
		if err != nil || selector.Empty() || !selector.Matches(pair.labels) {
			t.Errorf("%s selects %s (%v), which does not find %v", what, selector, err, pair.labels)
		}
	}
	if !slices.ContainsFunc(service.Spec.Ports, func(p corev1.ServicePort) bool { return p.Name == monitor.Spec.Endpoints[0].Port }) {
		t.Errorf("the Service has no port %s, which the ServiceMonitor names", monitor.Spec.Endpoints[0].Port)
	}
	for _, components := range [][]string{{"service-monitor"}, {"persistent-snapshot", "service-monitor"}, {"service-monitor", "persistent-snapshot"}} {
		if _, scraped := podTemplate(t, withComponents(t, components...)).Annotations["prometheus.io/scrape"]; scraped {
			t.Errorf("%v: Prometheus would scrape twice", components)
		}
	}
}

func TestNetworkPolicyLetsThroughWhatIsNeeded(t *testing.T) {
	objects := build(t, "kubernetes/base")
	c := configMapCorefile(t)
	_, mysqlPort, _ := strings.Cut(settings(t, objects)["MYSQL_ADDRESS"], ":")
	spec := only[*networkingv1.NetworkPolicy](t, objects, nil).Spec
	var in, out []string
	for _, rule := range spec.Ingress {
		in = append(in, portsOfPolicy(rule.Ports)...)
	}
	for _, rule := range spec.Egress {
		out = append(out, portsOfPolicy(rule.Ports)...)
	}
	if want := []string{c.port + "/UDP", c.port + "/TCP", c.portOf(t, "prometheus") + "/TCP"}; !slices.Equal(in, want) {
		t.Errorf("ingress is %q, want %q", in, want)
	}
	if want := []string{mysqlPort + "/TCP", "53/UDP", "53/TCP"}; !slices.Equal(out, want) {
		t.Errorf("egress is %q, want %q", out, want)
	}
	if dns := spec.Ingress[0].From; len(dns) != 1 || dns[0].NamespaceSelector == nil || len(dns[0].NamespaceSelector.MatchLabels) > 0 || dns[0].PodSelector != nil {
		t.Errorf("not every Pod of the cluster may ask: %+v", dns)
	}
	if !slices.Equal(spec.PolicyTypes, []networkingv1.PolicyType{"Ingress", "Egress"}) {
		t.Errorf("policyTypes are %v", spec.PolicyTypes)
	}
}

func portsOfPolicy(ports []networkingv1.NetworkPolicyPort) []string {
	var texts []string
	for _, port := range ports {
		texts = append(texts, port.Port.String()+"/"+string(*port.Protocol))
	}
	return texts
}

// readmesSecret is the name of the Secret that README.md has one make, and of the key in it.
func readmesSecret(t *testing.T) (name, key string) {
	t.Helper()
	match := regexp.MustCompile(`create secret generic (\S+) --from-file=(\w+)=`).FindStringSubmatch(read(t, "README.md"))
	if match == nil {
		t.Fatal("README.md makes no Secret")
	}
	return match[1], match[2]
}

func TestVolumesAgree(t *testing.T) {
	for name, objects := range map[string][]runtime.Object{
		"Deployment":  build(t, "kubernetes/base"),
		"StatefulSet": withComponents(t, "persistent-snapshot"),
	} {
		spec := podTemplate(t, objects).Spec
		c := configMapCorefile(t)
		mounted := map[string]string{} // folder -> volume
		for _, mount := range spec.Containers[0].VolumeMounts {
			mounted[mount.MountPath] = mount.Name
		}
		sources := map[string]corev1.VolumeSource{}
		for _, volume := range spec.Volumes {
			sources[volume.Name] = volume.VolumeSource
		}
		passwordFile := c.after(t, "mysqldns", "password_file")
		volume := sources[mounted[path.Dir(passwordFile)]]
		secret, key := readmesSecret(t)
		if volume.Secret == nil || volume.Secret.SecretName != secret || path.Base(passwordFile) != key {
			t.Errorf("%s: %s is not out of the Secret %s that README.md makes", name, passwordFile, secret)
		} else if mode := *volume.Secret.DefaultMode; mode != 0o440 || *spec.SecurityContext.FSGroup != *spec.SecurityContext.RunAsGroup {
			t.Errorf("%s: the user may not read a file with mode %o and group %d", name, mode, *spec.SecurityContext.FSGroup)
		}
		if args := spec.Containers[0].Args; sources[mounted[path.Dir(args[1])]].ConfigMap == nil || args[0] != "-conf" || path.Base(args[1]) != "Corefile" {
			t.Errorf("%s: %q does not read the ConfigMap's Corefile", name, args)
		}
		snapshot := mounted[path.Dir(c.after(t, "mysqldns", "snapshot"))]
		if name == "StatefulSet" {
			claims := only[*appsv1.StatefulSet](t, objects, nil).Spec.VolumeClaimTemplates
			if len(claims) != 1 || claims[0].Name != snapshot || sources[snapshot].EmptyDir != nil {
				t.Errorf("the snapshot's volume %q is not claimed", snapshot)
			}
		} else if sources[snapshot].EmptyDir == nil {
			t.Errorf("the snapshot's volume %q is no emptyDir", snapshot)
		}
	}
}

func TestPodsRunAsTheImagesUser(t *testing.T) {
	config, _, err := image(t, read(t, dockerfile))
	if err != nil {
		t.Fatal(err)
	}
	security := podTemplate(t, build(t, "kubernetes/base")).Spec.SecurityContext
	if user := strconv.FormatInt(*security.RunAsUser, 10) + ":" + strconv.FormatInt(*security.RunAsGroup, 10); user != config.User {
		t.Errorf("Pods run as %s, the image as %s", user, config.User)
	}
	container := podTemplate(t, build(t, "kubernetes/base")).Spec.Containers[0]
	if !slices.Equal(container.Args, config.Cmd) || len(container.Command) > 0 {
		t.Errorf("Pods run %q %q, the image %q", container.Command, container.Args, config.Cmd)
	}
	if add := container.SecurityContext.Capabilities.Add; !slices.Equal(add, []corev1.Capability{"NET_BIND_SERVICE"}) || !*container.SecurityContext.ReadOnlyRootFilesystem {
		t.Errorf("capabilities %v; without NET_BIND_SERVICE the image's program does not start", add)
	}
}

func TestTimesAgree(t *testing.T) {
	spec := podTemplate(t, build(t, "kubernetes/base")).Spec
	grace := time.Duration(*spec.TerminationGracePeriodSeconds) * time.Second
	if lameduck := configMapCorefile(t).lameduck(t); grace < lameduck+10*time.Second {
		t.Errorf("Pods are killed after %s; the lameduck takes %s, and the snapshot has to be saved", grace, lameduck)
	}
	probe := spec.Containers[0].LivenessProbe
	if patience := time.Duration(probe.PeriodSeconds*probe.FailureThreshold) * time.Second; patience < 20*time.Second {
		t.Errorf("Pods are restarted after %s; start-up waits up to 10s for the table", patience)
	}
}

func TestGOMEMLIMITIsBelowTheLimit(t *testing.T) {
	container := podTemplate(t, build(t, "kubernetes/base")).Spec.Containers[0]
	i := slices.IndexFunc(container.Env, func(e corev1.EnvVar) bool { return e.Name == "GOMEMLIMIT" })
	if i < 0 || container.Env[i].ValueFrom == nil || container.Env[i].ValueFrom.ResourceFieldRef == nil {
		t.Fatal("no GOMEMLIMIT from the downward API")
	}
	from := container.Env[i].ValueFrom.ResourceFieldRef
	if !from.Divisor.IsZero() && from.Divisor.Cmp(resource.MustParse("1")) != 0 {
		t.Errorf("it is divided by %s; Go takes octets", &from.Divisor)
	}
	kind, name, _ := strings.Cut(from.Resource, ".")
	lists := map[string]corev1.ResourceList{"requests": container.Resources.Requests, "limits": container.Resources.Limits}
	value, limit := lists[kind][corev1.ResourceName(name)], container.Resources.Limits[corev1.ResourceMemory]
	if value.IsZero() || value.Value()*10 > limit.Value()*8 {
		t.Errorf("GOMEMLIMIT is %s and the limit %s: less than a fifth for what is not Go's heap", &value, &limit)
	}
	if _, throttled := container.Resources.Limits[corev1.ResourceCPU]; throttled {
		t.Error("there is a limit of CPU")
	}
}

func TestUpdatesAndDrainsLeaveAPodThatAnswers(t *testing.T) {
	objects := build(t, "kubernetes/base")
	deployment := only[*appsv1.Deployment](t, objects, nil)
	if *deployment.Spec.Replicas < 2 || *deployment.Spec.Strategy.RollingUpdate.MaxUnavailable != intstr.FromInt32(0) {
		t.Errorf("%d replicas, strategy %+v", *deployment.Spec.Replicas, deployment.Spec.Strategy.RollingUpdate)
	}
	budget := only[*policyv1.PodDisruptionBudget](t, objects, nil).Spec
	if budget.MaxUnavailable == nil || budget.MaxUnavailable.IntVal >= *deployment.Spec.Replicas || *budget.UnhealthyPodEvictionPolicy != policyv1.AlwaysAllow {
		t.Errorf("the budget is %+v", budget)
	}
}
