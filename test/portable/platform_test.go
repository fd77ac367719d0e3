// Package portable tests that the packages of plugin/ work wherever CoreDNS is released.
package portable

import (
	"os"
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
			loaded, err := packages.Load(&packages.Config{
				Dir: "../..", Env: append(os.Environ(), "GOOS="+system, "GOARCH="+machine, "CGO_ENABLED=0"),
				Mode: packages.NeedName | packages.NeedImports | packages.NeedDeps | packages.NeedSyntax | packages.NeedTypes | packages.NeedTypesSizes |
					packages.NeedFiles | packages.NeedCompiledGoFiles,
			}, "./plugin/...")
			if err != nil {
				t.Fatal(err)
			}
			if !slices.ContainsFunc(loaded, func(p *packages.Package) bool { return strings.HasSuffix(p.PkgPath, "/plugin/zonedb") }) {
				t.Fatalf("of %d packages, none is zonedb", len(loaded))
			}
			for _, p := range loaded {
				for _, err := range p.Errors {
					t.Error(err)
				}
			}
		})
	}
}
