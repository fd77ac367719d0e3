// Command coredns is CoreDNS with all its stock plugins (with the build tag lean: most of them) and mysqldns.
package main

import (
	"github.com/coredns/caddy"
	"github.com/coredns/coredns/coremain"

	_ "github.com/mysqldns/mysqldns/internal/chain" // mysqldns, in its place
	"github.com/mysqldns/mysqldns/internal/version"
	"github.com/mysqldns/mysqldns/stack"
)

func main() {
	// "-version", the first line of the log, chaos and dnstap then name both: "CoreDNS-1.15.0 with mysqldns-0.1.0".
	caddy.AppVersion = coremain.CoreVersion + " with mysqldns-" + version.Number()
	if coremain.GitCommit == "" {
		coremain.GitCommit = version.Commit()
	}
	stack.Raise(stack.Question) // as long as the program runs
	coremain.Run()
}
