//go:build image

package deploy

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/frontend/dockerfile/dockerfile2llb"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	dockerparser "github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/frontend/dockerui"
	imagespec "github.com/moby/docker-image-spec/specs-go/v1"
	"github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

// built is what "docker build" would make of the Dockerfile, and what it would warn of.
func built(t *testing.T, text string) (imagespec.DockerOCIImageConfig, []string, error) {
	t.Helper()
	var warnings []string
	platform := ocispecs.Platform{OS: "linux", Architecture: "arm64"}
	result, err := dockerfile2llb.Dockerfile2LLB(context.Background(), []byte(text), dockerfile2llb.ConvertOpt{
		Config:         dockerui.Config{BuildPlatforms: []ocispecs.Platform{{OS: "linux", Architecture: "amd64"}}},
		TargetPlatform: &platform,
		MetaResolver:   golangImage{},
		Warn: func(rule, _, _, message string, _ []dockerparser.Range) {
			warnings = append(warnings, rule+": "+message)
		},
	})
	if err != nil {
		return imagespec.DockerOCIImageConfig{}, warnings, err
	}
	return result.Image.Config, warnings, nil
}

// golangImage stands for the registry: it has the image of Go.
type golangImage struct{}

func (golangImage) ResolveImageConfig(_ context.Context, ref string, _ sourceresolver.Opt) (string, digest.Digest, []byte, error) {
	if !strings.HasPrefix(ref, "docker.io/library/golang:") {
		return "", "", nil, fmt.Errorf("the Dockerfile is built from %s", ref)
	}
	config, err := json.Marshal(imagespec.DockerOCIImage{Image: ocispecs.Image{Platform: ocispecs.Platform{OS: "linux", Architecture: "amd64"}}})
	return ref, "", config, err
}

// What docker build itself makes of the Dockerfile, for which most of docker build is compiled.
func TestDockerfileBuildsAnImageWithoutAWarning(t *testing.T) {
	config, warnings, err := built(t, read(t, dockerfile))
	if err != nil || len(warnings) > 0 {
		t.Fatalf("error %v, warnings %q", err, warnings)
	}
	expectImage(t, config)
	if _, warnings, _ := built(t, strings.Replace(read(t, dockerfile), `ENTRYPOINT ["/coredns"]`, "ENTRYPOINT /coredns", 1)); len(warnings) == 0 {
		t.Errorf("no warning of %s", linter.RuleJSONArgsRecommended.Name)
	}
}
