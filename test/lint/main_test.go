package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/suite/vet"
)

// All that go vet looks for, it looks for.
func TestGoVetIsInIt(t *testing.T) {
	help, err := exec.Command("go", "tool", "vet", "help").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, help)
	}
	_, list, _ := strings.Cut(string(help), "Registered analyzers:")
	list, _, _ = strings.Cut(list, "By default")
	names := regexp.MustCompile(`(?m)^ +(\w+) `).FindAllStringSubmatch(list, -1)
	if len(names) < 30 {
		t.Fatalf("only %d checks in:\n%s", len(names), help)
	}
	for _, name := range names {
		if !slices.ContainsFunc(vet.Suite, func(a *analysis.Analyzer) bool { return a.Name == name[1] }) {
			t.Errorf("go vet has the check %s: get a newer golang.org/x/tools", name[1])
		}
	}
}

// A module with a fault of each kind: a check of its own package, one that needs to know of another package, one of a file that is left out, one of staticcheck's, and
// what is unused.
func TestFaultsAreFound(t *testing.T) {
	dir := t.TempDir()
	program := filepath.Join(dir, "lint")
	if output, err := exec.Command("go", "build", "-race=false", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	for path, text := range map[string]string{
		"go.mod":                     "module faulty\n\ngo 1.26\n",
		"a.go":                       "package faulty\n\nimport \"faulty/say\"\n\nfunc init() { say.It(\"%d\", \"no number\") }\n\nfunc init() { x := 1; x = x }\n\nfunc nobody() {}\n",
		"say/say.go":                 "package say\n\nimport \"fmt\"\n\nfunc It(format string, args ...any) { fmt.Printf(format, args...) }\n",
		"out.go":                     "//go:build never\n\npackage faulty\n\n//go:build too_late\n",
		"regular.go":                 "package faulty\n\nimport \"regexp\"\n\nvar _ = regexp.MustCompile(\"(\")\n",
		"fine/fine.go":               "package fine\n",
		"fine/fine_windows.go":       "package fine\n",
		"fine/fine_test.go":          "package fine\n\nimport \"testing\"\n\nfunc TestNothing(t *testing.T) {}\n",
		"fine/other_package_test.go": "package fine_test\n\nimport \"testing\"\n\nfunc TestNothing(t *testing.T) {}\n",
	} {
		path = filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	run := func(pattern string) (string, error) {
		cmd := exec.Command(program, "-checks", "all,-ST1000", pattern)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GOFLAGS="+os.Getenv("GOFLAGS")+" -race") // so make lint has learned of the standard library what there is
		output, err := cmd.CombinedOutput()
		return string(output), err
	}
	found, err := run("./...")
	if err == nil {
		t.Error("it does not fail")
	}
	for _, want := range []string{
		`a\.go:5:.* format %d .*\(printf\)`, `a\.go:7:.* self-assignment .*\(assign\)`, `a\.go:9:.* unused \(U1000\)`, `out\.go:5:.*\(buildtag\)`, `regular\.go:5:.*\(SA1000\)`,
	} {
		if lines := regexp.MustCompile(`(?m)^.*`+want).FindAllString(found, -1); len(lines) != 1 {
			t.Errorf("%d lines match %s in:\n%s", len(lines), want, found)
		}
	}
	if found, err := run("./fine"); err != nil || found != "" {
		t.Errorf("%v:\n%s", err, found)
	}
}
