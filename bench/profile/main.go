// Command profile draws a flame graph of CoreDNS with mysqldns. Told nothing, it starts a private MariaDB and CoreDNS, puts load
// on them for some seconds, and ends them; told where the *pprof* plugin of a running server listens, it looks at that one
// and puts no load on it. It writes the profile, for "go tool pprof", and the flame graph, a page that a browser shows
// without a network.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"
)

func main() {
	pprof := flag.String("pprof", "", "host:port where pprof of a running server listens; default: start a server of its own, under load")
	seconds := flag.Int("seconds", 10, "how long to look")
	names := flag.Int("names", 100_000, "how many names the server of its own has")
	out := flag.String("out", ".", "folder for cpu.prof and flame.html")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *pprof, *seconds, *names, *out); err != nil {
		fmt.Fprintln(os.Stderr, "profile:", err)
		os.Exit(1)
	}
}

// most is how long and of how much a profile may be.
const (
	mostSeconds = 300
	mostNames   = 1_000_000
)

// run takes a profile of the server whose pprof listens at addr, or of one of its own, and writes it to out.
func run(ctx context.Context, addr string, seconds, names int, out string) (err error) {
	if seconds < 1 || seconds > mostSeconds || names < 1 || names > mostNames {
		return fmt.Errorf("give 1 to %d seconds and 1 to %d names", mostSeconds, mostNames)
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	profile, page := filepath.Join(out, "cpu.prof"), filepath.Join(out, "flame.html")
	if addr != "" {
		err = fetch(ctx, addr, seconds, profile)
	} else {
		err = underLoad(ctx, names, seconds, func(addr string) error { return fetch(ctx, addr, seconds, profile) })
	}
	if err != nil {
		return err
	}
	if err := draw(ctx, profile, page); err != nil {
		return err
	}
	fmt.Printf("wrote %s (open it in a browser) and %s (go tool pprof %[2]s)\n", page, profile)
	return nil
}

// fetch has the server look at itself for so many seconds, and writes what it found to a file.
func fetch(ctx context.Context, addr string, seconds int, path string) error {
	fmt.Printf("profiling %s for %d seconds\n", addr, seconds)
	ctx, cancel := context.WithTimeout(ctx, time.Duration(seconds+30)*time.Second)
	defer cancel()
	profile, err := get(ctx, fmt.Sprintf("http://%s/debug/pprof/profile?seconds=%d", addr, seconds))
	if err != nil {
		return fmt.Errorf("%w; does its Corefile have pprof?", err)
	}
	return os.WriteFile(path, profile, 0o644)
}

// get is the body of a page.
func get(ctx context.Context, url string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s: %.200s", url, response.Status, body)
	}
	return body, err
}
