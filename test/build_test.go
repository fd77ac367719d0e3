package test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"
)

// Builds CoreDNS as its users do: its source, one line in its plugin.cfg, go generate, go build; and asks what comes out.
func TestCompiledIntoCoreDNS(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: compiles all of CoreDNS")
	}
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	src := t.TempDir()
	module := strings.TrimSpace(run(t, root, "go", "list", "-m", "-f", "{{.Dir}}", "github.com/coredns/coredns"))
	if err := os.CopyFS(src, os.DirFS(module)); err != nil {
		t.Fatal(err)
	}
	makeWritable(t, src)
	insertPlugin(t, filepath.Join(src, "plugin.cfg"))
	run(t, src, "go", "mod", "edit", "-require=github.com/mysqldns/mysqldns@v0.0.0", "-replace=github.com/mysqldns/mysqldns="+root)
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
