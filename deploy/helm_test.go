package deploy

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/yaml"
)

// chartValues are the keys of CoreDNS's Helm chart 1.36 that values.yaml sets, with the types that its templates put them into.
type chartValues struct {
	Image struct {
		Repository, Tag string
	}
	ReplicaCount     int32
	IsClusterService bool
	Rbac             struct{ Create bool }
	Servers          []chartServer
	Prometheus       struct {
		Service struct{ Enabled bool }
	}
	AutomountServiceAccountToken  *bool
	ExtraVolumes                  []corev1.Volume
	ExtraVolumeMounts             []corev1.VolumeMount
	Resources                     corev1.ResourceRequirements
	Env                           []corev1.EnvVar
	PodSecurityContext            *corev1.PodSecurityContext
	SecurityContext               *corev1.SecurityContext
	LivenessProbe, ReadinessProbe chartProbe
	TerminationGracePeriodSeconds int64
	RollingUpdate                 struct{ MaxUnavailable, MaxSurge intstr.IntOrString }
	PodDisruptionBudget           policyv1.PodDisruptionBudgetSpec
	Affinity                      corev1.Affinity
	TopologySpreadConstraints     []corev1.TopologySpreadConstraint
}

type chartServer struct {
	Zones []struct {
		Zone, Scheme string
		UseTCP       bool `json:"use_tcp"`
	}
	Port    int32
	Plugins []struct{ Name, Parameters, ConfigBlock string }
}

type chartProbe struct {
	Enabled                                                                                bool
	InitialDelaySeconds, PeriodSeconds, TimeoutSeconds, FailureThreshold, SuccessThreshold int32
}

func helmValues(t *testing.T) chartValues {
	t.Helper()
	var values chartValues
	// Not strict here: "cpu: null", which takes away a default of the chart, is nothing that Kubernetes's types know.
	text := strings.Replace(read(t, "helm/values.yaml"), "    cpu: null", "    #", 1)
	if err := yaml.UnmarshalStrict([]byte(text), &values); err != nil {
		t.Fatal(err)
	}
	return values
}

// corefile is what the chart's template writes.
func (v chartValues) corefile() string {
	var text strings.Builder
	for _, server := range v.Servers {
		for i, zone := range server.Zones {
			if i > 0 {
				text.WriteString(" ")
			}
			text.WriteString(zone.Scheme + zone.Zone)
		}
		fmt.Fprintf(&text, ":%d {\n", server.Port)
		for _, plugin := range server.Plugins {
			text.WriteString(strings.TrimSuffix("    "+plugin.Name+" "+plugin.Parameters, " "))
			if plugin.ConfigBlock != "" {
				text.WriteString(" {\n        " + strings.ReplaceAll(plugin.ConfigBlock, "\n", "\n        ") + "\n    }")
			}
			text.WriteString("\n")
		}
		text.WriteString("}\n")
	}
	return text.String()
}

// The chart and the kustomize base run the same image: what is not the chart's own has to be the same.
func TestHelmValuesAgreeWithTheKustomizeBase(t *testing.T) {
	values := helmValues(t)
	template := podTemplate(t, build(t, "kubernetes/base"))
	container := template.Spec.Containers[0]
	for what, pair := range map[string][2]any{
		"resources":                     {values.Resources, container.Resources},
		"securityContext":               {values.SecurityContext, container.SecurityContext},
		"podSecurityContext":            {values.PodSecurityContext, template.Spec.SecurityContext},
		"env":                           {values.Env, container.Env},
		"automountServiceAccountToken":  {values.AutomountServiceAccountToken, template.Spec.AutomountServiceAccountToken},
		"terminationGracePeriodSeconds": {values.TerminationGracePeriodSeconds, *template.Spec.TerminationGracePeriodSeconds},
		"image":                         {values.Image.Repository + ":" + values.Image.Tag, container.Image},
		"lameduck":                      {parseCorefile(t, values.corefile()).lameduck(t), configMapCorefile(t).lameduck(t)},
		"volume mounts":                 {values.ExtraVolumeMounts, container.VolumeMounts[1:]}, // the first is the chart's
		"volumes":                       {values.ExtraVolumes, template.Spec.Volumes[1:]},
	} {
		if !reflect.DeepEqual(pair[0], pair[1]) {
			t.Errorf("%s: %+v in Helm's values, %+v in the base", what, pair[0], pair[1])
		}
	}
	for _, server := range values.Servers {
		for _, zone := range server.Zones {
			if zone.Scheme != "dns://" || !zone.UseTCP {
				t.Errorf("the chart's Service would have no TCP for %+v", zone)
			}
		}
	}
	// These stand in the chart's template.
	c := parseCorefile(t, values.corefile())
	if c.portOf(t, "health") != "8080" || c.portOf(t, "ready") != "8181" {
		t.Error("the chart's probes ask health at 8080 and ready at 8181")
	}
}
