// Command coredns is CoreDNS with all its stock plugins and mysqldns.
package main

import (
	"github.com/coredns/coredns/coremain"

	_ "github.com/mysqldns/mysqldns/internal/chain" // CoreDNS's plugins and mysqldns, in order
)

func main() { coremain.Run() }
