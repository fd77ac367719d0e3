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
	program := versions(t, "cmd")
	for _, module := range []string{"demo", "test", "bench", "deploy"} {
		compared := 0
		for path, version := range versions(t, module) {
			if newest, has := program[path]; has {
				compared++
				if version != newest {
					t.Errorf("%s/go.mod has %s %s, cmd/go.mod %s: in %[1]s, go get %[2]s@%[4]s", module, path, version, newest)
				}
			}
		}
		if compared < 5 {
			t.Errorf("%s/go.mod has only %d of the modules that cmd/go.mod has", module, compared)
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
