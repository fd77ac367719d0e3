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
	first := map[string]string{} // the go.mod that names a module first
	of := map[string]string{}    // and the version there
	for _, module := range []string{"cmd", "demo", "test", "bench", "deploy", "release", "test/lint"} {
		shared := 0
		for path, version := range versions(t, module) {
			if of[path] == "" {
				first[path], of[path] = module, version
				continue
			}
			shared++
			if version != of[path] {
				t.Errorf("%s/go.mod has %s %s, %s/go.mod %s: in %[1]s, go get %[2]s@%[5]s", module, path, version, first[path], of[path])
			}
		}
		if shared == 0 && module != "cmd" {
			t.Errorf("%s/go.mod has none of the modules that those before it have", module)
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
