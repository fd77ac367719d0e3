package main

import (
	"net/http"
	"net/http/httptest"
	"net/http/pprof"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// busily keeps a processor busy until it is stopped; the flame graph must show it.
func busily(stop <-chan struct{}) (sum int) {
	for {
		select {
		case <-stop:
			return sum
		default:
			for i := range 1000 {
				sum += i
			}
		}
	}
}

func TestFlameGraphOfARunningServer(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	server := httptest.NewServer(mux)
	defer server.Close()
	stop, working := make(chan struct{}), sync.WaitGroup{}
	working.Go(func() { busily(stop) })
	defer working.Wait()
	defer close(stop)

	dir := filepath.Join(t.TempDir(), "new")
	if err := run(t.Context(), strings.TrimPrefix(server.URL, "http://"), 1, 1, dir); err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join(dir, "flame.html"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"stackViewer(", "profile.busily"} {
		if !strings.Contains(string(page), want) {
			t.Errorf("%s is not in it:\n%.300s", want, page)
		}
	}
	if loads := regexp.MustCompile(`<(?:script|link|img)[^>]*(?:src|href)=[^>]*>`).FindAll(page, -1); len(loads) > 0 {
		t.Errorf("it is not complete without %s", loads)
	}
}

func TestServerWithoutPprof(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	err := run(t.Context(), strings.TrimPrefix(server.URL, "http://"), 1, 1, t.TempDir())
	if err == nil || !strings.Contains(err.Error(), "does its Corefile have pprof?") {
		t.Errorf("error is %v", err)
	}
}

func TestLimits(t *testing.T) {
	for _, test := range []struct{ seconds, names int }{{0, 1}, {mostSeconds + 1, 1}, {1, 0}, {1, mostNames + 1}} {
		if err := run(t.Context(), "127.0.0.1:1", test.seconds, test.names, t.TempDir()); err == nil || !strings.Contains(err.Error(), "give 1 to") {
			t.Errorf("%d seconds, %d names: error is %v", test.seconds, test.names, err)
		}
	}
}
