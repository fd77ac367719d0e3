// Command probe asks an HTTP endpoint whether all is well, for the health checks of containers whose image has no shell and no
// curl. Its exit status is 0 for a reply of 200, and 1 for anything else.
package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"
)

// readiness is where the plugin ready listens unless its directive says otherwise.
const readiness = "http://127.0.0.1:8181/ready"

// timeout is shorter than what container runtimes give a health check by default, so that they get to see the reason.
const timeout = 3 * time.Second

func main() {
	url := readiness
	if len(os.Args) > 1 {
		url = os.Args[1]
	}
	if err := probe(url); err != nil {
		fmt.Fprintln(os.Stderr, "probe:", err)
		os.Exit(1)
	}
}

// probe returns nil if the reply is 200, and otherwise what was wrong.
func probe(url string) error {
	client := http.Client{Timeout: timeout}
	reply, err := client.Get(url)
	if err != nil {
		return err
	}
	defer reply.Body.Close()
	if reply.StatusCode != http.StatusOK {
		why, _ := io.ReadAll(io.LimitReader(reply.Body, 200)) // ready names the plugins that are not
		return fmt.Errorf("%s: %s: %s", url, reply.Status, strings.TrimSpace(string(why)))
	}
	return nil
}
