package test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/modfile"
)

// spread are modules that most of what is compiled imports. With two versions of one of them, most is compiled twice.
var spread = []string{
	"github.com/coredns/", "github.com/miekg/dns", "github.com/prometheus/client_", "github.com/prometheus/common", "go.opentelemetry.io/otel", "golang.org/x/", "google.golang.org/",
}

func TestModulesShareWhatIsCompiled(t *testing.T) {
	type first struct{ folder, version string } // of those whose go.mod names a module
	has := map[string]first{}
	for _, module := range []struct {
		folder string
		least  int // modules that others before it have
	}{{"cmd", 0}, {"demo", 5}, {"test", 5}, {"bench", 5}, {"deploy", 5}, {"release", 2}, {"test/lint", 2}} {
		shared := 0
		for path, version := range versions(t, module.folder) {
			before, shares := has[path]
			if !shares {
				has[path] = first{module.folder, version}
				continue
			}
			shared++
			if version != before.version {
				t.Errorf("%s/go.mod has %s %s, %s/go.mod %s: in %[1]s, go get %[2]s@%[5]s", module.folder, path, version, before.folder, before.version)
			}
		}
		if shared < module.least {
			t.Errorf("%s/go.mod has only %d of the modules that those before it have", module.folder, shared)
		}
	}
}

// versions are those that the go.mod in a folder has of the spread modules.
func versions(t *testing.T, folder string) map[string]string {
	t.Helper()
	path := filepath.Join("..", folder, "go.mod")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	file, err := modfile.Parse(path, text, nil)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, require := range file.Require {
		for _, prefix := range spread {
			if strings.HasPrefix(require.Mod.Path, prefix) {
				found[require.Mod.Path] = require.Mod.Version
			}
		}
	}
	return found
}
