package plugin_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const project = "github.com/mysqldns/mysqldns"

// allowed is README.md's drawing: which packages under plugin/ each of them may import.
var allowed = map[string][]string{
	"record":  {"wire"},
	"zonedb":  {"answer", "cut", "record", "wire"},
	"answer":  {"wire"},
	"follow":  {"record", "zonedb"},
	"update":  {"cut", "record", "wire"},
	"journal": {"cut", "record", "wire", "zonedb"},
	"catalog": {},
	"cut":     {},
	"wire":    {},
}

// forbidden says why a package under plugin/ must not import path, "" if it may.
func forbidden(pkg, path string) string {
	first, _, _ := strings.Cut(path, "/")
	switch {
	case path == "database/sql" || strings.HasPrefix(path, "database/sql/"):
		return "SQL is the business of internal/table and of mysql.go at the root; whatever is under plugin/ works on records, wherever they come from"
	case strings.HasPrefix(path, "github.com/coredns/"):
		return "CoreDNS is the business of the root; whatever is under plugin/ can be used and tested without a server"
	case slices.Contains(allowed[pkg], strings.TrimPrefix(path, project+"/plugin/")):
		return ""
	case path == project || strings.HasPrefix(path, project+"/"):
		return "the packages under plugin/ know of each other what README.md draws; only the root, internal/ and cmd/ join them"
	case path == "C" || path == "plugin":
		return "the plugin is compiled into CoreDNS builds without cgo"
	case !strings.Contains(first, "."): // the standard library
		return ""
	case path == "github.com/miekg/dns" || strings.HasPrefix(path, "golang.org/x/"):
		return ""
	}
	return "whoever compiles the plugin into CoreDNS is to get no dependency that they do not have"
}

func TestImports(t *testing.T) {
	for pkg := range allowed {
		files := 0
		err := filepath.WalkDir(pkg, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			files++
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
			if err != nil {
				return err
			}
			for _, spec := range file.Imports {
				imported, err := strconv.Unquote(spec.Path.Value)
				if err != nil {
					return err
				}
				if why := forbidden(pkg, imported); why != "" {
					t.Errorf("plugin/%s must not import %s: %s", filepath.ToSlash(path), imported, why)
				}
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
		if files == 0 {
			t.Errorf("plugin/%s has no Go files", pkg)
		}
	}
}

// Whoever adds a package says in allowed, and draws in README.md, what it may import.
func TestAllPackagesAreDrawn(t *testing.T) {
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !e.IsDir() {
			continue
		}
		if _, ok := allowed[e.Name()]; !ok {
			t.Errorf("plugin/%s is not in allowed", e.Name())
		}
		if !strings.Contains(string(readme), "["+e.Name()+"]("+e.Name()+"/)") {
			t.Errorf("plugin/%s is not in README.md", e.Name())
		}
	}
}

func TestForbidden(t *testing.T) {
	for _, c := range []struct {
		pkg, path string
		ok        bool
	}{
		{"record", "net/netip", true},
		{"record", "github.com/miekg/dns", true},
		{"record", "golang.org/x/net/idna", true},
		{"zonedb", project + "/plugin/answer", true},
		{"answer", project + "/plugin/zonedb", false},
		{"update", project + "/plugin/record", true},
		{"update", project + "/plugin/zonedb", false},
		{"zonedb", project + "/plugin/record", true},
		{"record", project + "/plugin/answer", false},
		{"record", project + "/plugin/wire", true},
		{"wire", project + "/plugin/record", false},
		{"cut", project + "/plugin/wire", false},
		{"answer", project, false},
		{"answer", "github.com/coredns/coredns/request", false},
		{"zonedb", "database/sql", false},
		{"zonedb", "database/sql/driver", false},
		{"record", "github.com/go-sql-driver/mysql", false},
		{"record", "github.com/miekg/dns/dnsutil", false},
		{"follow", project + "/plugin/zonedb", true},
		{"follow", project + "/plugin/answer", false},
		{"follow", project + "/internal/table", false},
		{"follow", "database/sql", false},
		{"follow", "github.com/prometheus/client_golang/prometheus", false},
		{"answer", "C", false},
	} {
		if why := forbidden(c.pkg, c.path); (why == "") != c.ok {
			t.Errorf("%s imports %s: %q", c.pkg, c.path, why)
		}
	}
}
