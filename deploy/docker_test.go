package deploy

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	dockerparser "github.com/moby/buildkit/frontend/dockerfile/parser"
	imagespec "github.com/moby/docker-image-spec/specs-go/v1"
	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"
)

const dockerfile = "docker/Dockerfile"

// image is what the instructions of a Dockerfile say of its image, and what they are warned of.
func image(t *testing.T, text string) (imagespec.DockerOCIImageConfig, []string, error) {
	t.Helper()
	var config imagespec.DockerOCIImageConfig
	config.ExposedPorts, config.Labels = map[string]struct{}{}, map[string]string{}
	var warnings []string
	result, err := dockerparser.Parse(strings.NewReader(text))
	if err != nil {
		return config, nil, err
	}
	for _, warning := range result.Warnings {
		warnings = append(warnings, warning.Short)
	}
	stages, _, err := instructions.Parse(result.AST, linter.New(&linter.Config{
		Warn: func(rule, _, _, message string, _ []dockerparser.Range) {
			warnings = append(warnings, rule+": "+message)
		},
	}))
	if err != nil || len(stages) == 0 {
		return config, warnings, err
	}
	for _, command := range stages[len(stages)-1].Commands {
		switch command := command.(type) {
		case *instructions.UserCommand:
			config.User = command.User
		case *instructions.EntrypointCommand:
			config.Entrypoint = command.CmdLine
		case *instructions.CmdCommand:
			config.Cmd = command.CmdLine
		case *instructions.ExposeCommand:
			for _, port := range command.Ports {
				config.ExposedPorts[port] = struct{}{}
			}
		case *instructions.LabelCommand:
			for _, label := range command.Labels {
				config.Labels[label.Key] = label.Value
			}
		}
	}
	return config, warnings, nil
}

// expectImage checks what whoever runs the image relies on.
func expectImage(t *testing.T, config imagespec.DockerOCIImageConfig) {
	t.Helper()
	if config.User != "65532:65532" {
		t.Errorf("its user is %q; want a number that is not root's, or Kubernetes refuses it", config.User)
	}
	if !slices.Equal(config.Entrypoint, []string{"/coredns"}) || !slices.Equal(config.Cmd, []string{"-conf", "/etc/coredns/Corefile"}) {
		t.Errorf("it runs %q %q", config.Entrypoint, config.Cmd)
	}
	for _, label := range []string{"title", "description", "source", "licenses", "version", "revision"} {
		if _, ok := config.Labels["org.opencontainers.image."+label]; !ok {
			t.Errorf("the label %s is missing", label)
		}
	}
}

// make test-image makes the image of it, as far as that goes without a network.
func TestDockerfileIsOfInstructionsThatThereAre(t *testing.T) {
	config, warnings, err := image(t, read(t, dockerfile))
	if err != nil || len(warnings) > 0 {
		t.Fatalf("error %v, warnings %q", err, warnings)
	}
	expectImage(t, config)
	for kind, wrong := range map[string]string{"an instruction": "INSTALL x", "a flag": "COPY --form=build /a /b", "a value": "EXPOSE"} {
		if _, _, err := image(t, read(t, dockerfile)+wrong+"\n"); err == nil {
			t.Errorf("%s that is wrong is taken: %s", kind, wrong)
		}
	}
}

// instruction returns the text of all of the Dockerfile's instructions of a kind, on one line each.
func instruction(t *testing.T, kind string) string {
	t.Helper()
	result, err := dockerparser.Parse(strings.NewReader(read(t, dockerfile)))
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for _, node := range result.AST.Children {
		if strings.EqualFold(node.Value, kind) {
			texts = append(texts, node.Original)
		}
	}
	return strings.Join(texts, "\n")
}

func TestDockerfileKeepsToWhatTheImageIsFor(t *testing.T) {
	run := instruction(t, "RUN")
	for _, want := range []string{
		"CGO_ENABLED=0",                      // the last stage has no C library
		"-trimpath",                          // no paths of the machine that builds
		"cap_net_bind_service=+ep",           // and no other capability
		"--no-install-recommends",            //
		"GOOS=${TARGETOS}",                   // else the image for arm64 has programs for amd64
		"GOARCH=${TARGETARCH}",               //
		"go -C cmd build",                    //
		"./coredns ./mysqldns",               //
		"./deploy/docker/probe/main.go",      //
		"rm -rf /var/lib/apt/lists/*",        //
		"--mount=type=cache,target=/go/pkg/", //
	} {
		if !strings.Contains(run, want) {
			t.Errorf("no RUN has %s", want)
		}
	}
	if count := strings.Count(run, "cap_"); count != 1 {
		t.Errorf("%d capabilities are set, want 1", count)
	}
	if from := instruction(t, "FROM"); !strings.HasSuffix(from, "FROM scratch") || strings.Contains(from, ":latest") {
		t.Errorf("the last stage is not from scratch, or a stage is from latest:\n%s", from)
	}
	version := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(read(t, filepath.Join(root, "cmd/go.mod")))[1]
	if arg := instruction(t, "ARG"); !strings.Contains(arg, "GO_VERSION="+version) {
		t.Errorf("cmd/go.mod wants Go %s:\n%s", version, arg)
	}
}

// A variable that is not declared in its stage is empty in a shell, without a warning.
func TestDockerfileDeclaresItsVariables(t *testing.T) {
	args := instruction(t, "ARG")
	run := instruction(t, "RUN")
	for _, match := range regexp.MustCompile(`\$\{(\w+)\}`).FindAllStringSubmatch(run, -1) {
		if !regexp.MustCompile(`(?m)^ARG .*\b`+match[1]+`\b`).MatchString(args) && !strings.Contains(run, match[1]+"=") {
			t.Errorf("no ARG declares %s", match[1])
		}
	}
}

func TestDockerfileSetsVariablesThatExist(t *testing.T) {
	run := instruction(t, "RUN")
	path := regexp.MustCompile(`version=github\.com/mysqldns/mysqldns/(\S+)`).FindStringSubmatch(run)
	set := regexp.MustCompile(`-X \$\{version\}\.(\w+)=`).FindAllStringSubmatch(run, -1)
	if path == nil || len(set) != 2 {
		t.Fatalf("version and commit are not set in: %s", run)
	}
	declared := map[string]bool{}
	files, _ := filepath.Glob(filepath.Join(root, path[1], "*.go"))
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(node ast.Node) bool {
			if spec, ok := node.(*ast.ValueSpec); ok {
				for _, name := range spec.Names {
					declared[name.Name] = true
				}
			}
			return true
		})
	}
	for _, match := range set {
		if !declared[match[1]] {
			t.Errorf("%s has no variable %s: the linker would say nothing", path[1], match[1])
		}
	}
}

// buildContext copies what "docker build" would send.
func buildContext(t *testing.T) string {
	t.Helper()
	patterns, err := ignorefile.ReadAll(strings.NewReader(read(t, dockerfile+".dockerignore")))
	if err != nil {
		t.Fatal(err)
	}
	matcher, err := patternmatcher.New(patterns)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	err = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(root, path)
		if entry.IsDir() && (name == ".git" || name == "bin") {
			return fs.SkipDir // large, and no pattern lets them in
		}
		ignored, err := matcher.MatchesOrParentMatches(name)
		if err != nil || ignored || !entry.Type().IsRegular() {
			return err
		}
		to := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
			return err
		}
		return os.WriteFile(to, []byte(read(t, path)), 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestBuildContextIsEnoughAndNoMore(t *testing.T) {
	dir := buildContext(t)
	for _, never := range []string{"deploy/go.mod", "test", "bench", "README.md", "setup_test.go", "deploy/compose/secrets"} {
		if _, err := os.Stat(filepath.Join(dir, never)); err == nil {
			t.Errorf("%s is sent", never)
		}
	}
	for folder, packages := range map[string][]string{"cmd": {"./coredns", "./mysqldns"}, ".": {"deploy/docker/probe/main.go"}} {
		cmd := exec.Command("go", append([]string{"list", "-deps", "-f", "{{with .Error}}{{.}}{{end}}"}, packages...)...)
		cmd.Dir = filepath.Join(dir, folder)
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=-mod=readonly")
		if output, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s do not build from it: %v\n%s", packages, err, output)
		}
	}
}
