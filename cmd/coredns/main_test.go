package main

import (
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coredns/caddy"
	"github.com/coredns/coredns/core/dnsserver"
)

// TestMain is the program itself when a test asks for it.
func TestMain(m *testing.M) {
	if os.Getenv("MYSQLDNS_TEST_PROGRAM") != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

func TestWhatTheProgramSaysOfItself(t *testing.T) {
	for flag, want := range map[string]string{
		"-version": `^CoreDNS-\d+\.\d+\.\d+ with mysqldns-\S+\n`,
		"-plugins": `\n *mysqldns\n`,
	} {
		program := exec.Command(os.Args[0], flag)
		program.Env = append(os.Environ(), "MYSQLDNS_TEST_PROGRAM=1")
		output, err := program.CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", flag, err, output)
		}
		if !regexp.MustCompile(want).Match(output) {
			t.Errorf("%s: no %q in\n%s", flag, want, output)
		}
	}
}

// Whoever raises the version of CoreDNS adds its new plugins to lean.go.
func TestWhichPluginsThereAre(t *testing.T) {
	var missing []string
	for _, directive := range dnsserver.Directives {
		if _, err := caddy.DirectiveAction("dns", directive); err != nil {
			missing = append(missing, directive)
		}
	}
	slices.Sort(missing)
	if !slices.Equal(missing, leftOut) {
		t.Errorf("the program has none of %q, and should have none of %q", missing, leftOut)
	}
}

// A goroutine of package stack is there after a garbage collection, which asking for this profile makes first.
func TestStacksAreRaised(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := listener.Addr().String()
	listener.Close()
	corefile := filepath.Join(t.TempDir(), "Corefile")
	if err := os.WriteFile(corefile, []byte(".:0 {\nbind 127.0.0.1\npprof "+addr+"\n}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	program := exec.Command(os.Args[0], "-conf", corefile)
	program.Env = append(os.Environ(), "MYSQLDNS_TEST_PROGRAM=1")
	if err := program.Start(); err != nil {
		t.Fatal(err)
	}
	defer program.Wait()
	defer program.Process.Kill()
	page := ""
	for deadline := time.Now().Add(30 * time.Second); !strings.Contains(page, "mysqldns/stack.use"); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("no goroutine that uses much stack among:\n%s", page)
		}
		if _, err := get("http://" + addr + "/debug/pprof/heap?gc=1"); err == nil {
			page, _ = get("http://" + addr + "/debug/pprof/goroutine?debug=1")
		}
	}
}

func get(url string) (string, error) {
	response, err := http.Get(url)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return string(body), err
}
