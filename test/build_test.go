package test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"
)

// supported are the versions of CoreDNS that README.md names: the oldest, the newest, and one between.
var supported = []string{"1.12.4", "1.14.7", "1.15.0"}

// newest is compiled in every run; the others where MYSQLDNS_TEST_BUILDS is set, as by make test-builds, for their dependencies are compiled too.
var newest = supported[len(supported)-1]

// Builds each CoreDNS as its users do: its source, one line in its plugin.cfg, go generate, go build; and asks what comes out.
func TestCompiledIntoCoreDNS(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: compiles CoreDNS")
	}
	for _, version := range supported {
		t.Run(version, func(t *testing.T) {
			if version != newest && os.Getenv("MYSQLDNS_TEST_BUILDS") == "" {
				t.Skip("make test-builds compiles it: minutes")
			}
			src := source(t, version)
			keepPlugins(t, filepath.Join(src, "plugin.cfg"), "errors", "hosts", "forward", "whoami")
			insertPlugin(t, filepath.Join(src, "plugin.cfg"))
			require(t, src)
			run(t, src, "go", "generate", "coredns.go")
			binary := filepath.Join(src, "coredns")
			run(t, src, "go", "build", "-o", binary, ".")
			if plugins := run(t, src, binary, "-plugins"); !strings.Contains(plugins, "mysqldns") {
				t.Fatalf("coredns -plugins does not show mysqldns:\n%s", plugins)
			}
			onEach(t, func(t *testing.T, db *database) {
				db.insert(t, "www.lan A 192.0.2.1")
				askBinary(t, binary, db)
			})
		})
	}
}

// Whoever adds the line to plugin.cfg gets the CoreDNS that they had: no version of what it is made of moves, but that of the language.
func TestMovesNoVersionOfCoreDNS(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: fetches sources of CoreDNS")
	}
	added := []string{"filippo.io/edwards25519", "github.com/go-sql-driver/mysql", "github.com/mysqldns/mysqldns"}
	for _, version := range supported {
		t.Run(version, func(t *testing.T) {
			src := source(t, version)
			before := modules(t, src, "-mod=readonly")
			require(t, src)
			insertPlugin(t, filepath.Join(src, "plugin.cfg"))
			run(t, src, "go", "generate", "coredns.go")
			run(t, src, "go", "list", "-deps", ".")
			for path, now := range modules(t, src, "-mod=mod") {
				if was, had := before[path]; had && was != now {
					t.Errorf("%s moves from %s to %s", path, was, now)
				} else if !had && !slices.Contains(added, path) {
					t.Errorf("%s %s comes in", path, now)
				}
			}
		})
	}
}

// modules are the versions of all modules of a build.
func modules(t *testing.T, src, mode string) map[string]string {
	t.Helper()
	list := exec.Command("go", "list", mode, "-m", "-f", "{{.Path}} {{.Version}}", "all")
	list.Dir = src
	output, err := list.Output()
	if err != nil {
		t.Fatalf("%s: %v", list, err)
	}
	versions := map[string]string{}
	for line := range strings.Lines(string(output)) {
		path, version, _ := strings.Cut(strings.TrimSpace(line), " ")
		versions[path] = version
	}
	return versions
}

// source is a copy of a version of CoreDNS.
func source(t *testing.T, version string) (src string) {
	t.Helper()
	src = t.TempDir()
	described := run(t, src, "go", "mod", "download", "-json", "github.com/coredns/coredns@v"+version)
	var module struct{ Dir string }
	if err := json.Unmarshal([]byte(described[strings.Index(described, "{"):]), &module); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(src, os.DirFS(module.Dir)); err != nil {
		t.Fatal(err)
	}
	makeWritable(t, src)
	return src
}

// require names this repository in a go.mod.
func require(t *testing.T, src string) {
	t.Helper()
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	run(t, src, "go", "mod", "edit", "-require=github.com/mysqldns/mysqldns@v0.0.0", "-replace=github.com/mysqldns/mysqldns="+root)
}

// keepPlugins leaves some plugins in a plugin.cfg. The others take minutes to compile, and are not in the way.
func keepPlugins(t *testing.T, cfg string, names ...string) {
	t.Helper()
	text, err := os.ReadFile(cfg)
	if err != nil {
		t.Fatal(err)
	}
	kept := "\n"
	for line := range strings.Lines(string(text)) {
		if name, _, _ := strings.Cut(line, ":"); slices.Contains(names, name) {
			kept += line
		}
	}
	write(t, cfg, kept)
}

// askBinary starts a CoreDNS of its own and asks it for www.lan.
func askBinary(t *testing.T, binary string, db *database) {
	addr := "127.0.0.1:" + freePort(t)
	corefile := filepath.Join(t.TempDir(), "Corefile")
	write(t, corefile, strings.Replace(db.corefile("", ""), ".:0", ".:"+strings.TrimPrefix(addr, "127.0.0.1:"), 1))
	server := exec.Command(binary, "-conf", corefile)
	var output bytes.Buffer
	server.Stdout, server.Stderr = &output, &output
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		server.Process.Kill()
		server.Wait()
	}()
	answer := ""
	if !eventually(20*time.Second, func() bool {
		reply, err := dns.Exchange(question("www.lan", "A"), addr)
		if err == nil {
			answer = short(reply)
		}
		return answer == "NOERROR; A 192.0.2.1"
	}) {
		server.Process.Kill()
		server.Wait()
		t.Errorf("got %q from the compiled server:\n%s", answer, output.String())
	}
}

func insertPlugin(t *testing.T, cfg string) {
	t.Helper()
	text, err := os.ReadFile(cfg)
	if err != nil {
		t.Fatal(err)
	}
	line := "mysqldns:github.com/mysqldns/mysqldns\n"
	inserted := strings.Replace(string(text), "\nhosts:hosts\n", "\n"+line+"hosts:hosts\n", 1)
	if inserted == string(text) {
		t.Fatal("CoreDNS's plugin.cfg has no hosts to insert before")
	}
	write(t, cfg, inserted)
}

// makeWritable gives the owner the right to write, which the module cache takes away.
func makeWritable(t *testing.T, dir string) {
	t.Helper()
	run(t, dir, "chmod", "-R", "u+w", ".")
}

func run(t *testing.T, dir string, command ...string) string {
	t.Helper()
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod -buildvcs=false", "GOWORK=off")
	output, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(command, " "), err, output)
	}
	return string(output)
}
