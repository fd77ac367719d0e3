// Package portable tests that the packages of plugin/ work wherever CoreDNS is released.
package portable

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/go/packages"
)

// platforms are those that CoreDNS has releases for.
var platforms = []string{
	"linux/amd64", "linux/arm64", "linux/arm", "linux/mips64le", "linux/ppc64le", "linux/riscv64", "linux/s390x", "darwin/amd64", "darwin/arm64", "windows/amd64",
}

// TestTypeChecksOnEveryPlatform finds constants that overflow, and calls that a system does not have. It compiles nothing, for that would take the standard library
// of each platform too.
func TestTypeChecksOnEveryPlatform(t *testing.T) {
	for _, platform := range platforms {
		t.Run(platform, func(t *testing.T) {
			system, machine, _ := strings.Cut(platform, "/")
			checkTypes(t, "github.com/mysqldns/mysqldns/plugin/zonedb", "./plugin/...", false, "GOOS="+system, "GOARCH="+machine)
		})
	}
}

// TestTypeChecksWithTheLowestVersions finds what the versions do not have yet that go.mod in the root names, and that a CoreDNS may have which the plugin is compiled
// into. make test-builds runs the tests with them.
func TestTypeChecksWithTheLowestVersions(t *testing.T) {
	checkTypes(t, "github.com/mysqldns/mysqldns", "./...", true)
}

// checkTypes checks packages of the module in the root, of which one must be there, and their tests if they are wanted.
func checkTypes(t *testing.T, one, pattern string, tests bool, env ...string) {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	loaded, err := packages.Load(&packages.Config{
		ParseFile: func(files *token.FileSet, name string, src []byte) (*ast.File, error) {
			file, err := parser.ParseFile(files, name, src, parser.SkipObjectResolution)
			if file != nil && !strings.HasPrefix(name, root) {
				dropBodies(file)
			}
			return file, err
		},
		Dir:   root,
		Env:   append(append(os.Environ(), "CGO_ENABLED=0"), env...),
		Tests: tests,
		Mode: packages.NeedName | packages.NeedImports | packages.NeedDeps | packages.NeedSyntax | packages.NeedTypes | packages.NeedTypesSizes |
			packages.NeedFiles | packages.NeedCompiledGoFiles,
	}, pattern)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(loaded, func(p *packages.Package) bool { return p.PkgPath == one }) {
		t.Fatalf("of %d packages, none is %s", len(loaded), one)
	}
	for _, p := range loaded {
		if strings.HasSuffix(p.PkgPath, ".test") { // the function main that the go command writes
			continue
		}
		for _, err := range p.Errors {
			t.Error(err)
		}
	}
}

// dropBodies leaves the declarations, which are all that matters of what the packages import: most of the standard library need not be checked.
func dropBodies(file *ast.File) {
	for _, declaration := range file.Decls {
		if function, ok := declaration.(*ast.FuncDecl); ok {
			function.Body = nil
		}
	}
}
