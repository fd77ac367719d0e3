package main

import (
	"bufio"
	"fmt"
	"math/rand/v2"

	"github.com/mysqldns/mysqldns/test/lab"
)

// Many small zones, with all kinds of answers.

// missShare is how many of the mixed questions are for names that do not exist.
const missShare = 0.15

// mixture is what is asked about zones, with the weight of each.
var mixture = []struct {
	weight       int // percent
	owner, qtype string
}{
	{35, "www.", "A"}, {20, "www.", "AAAA"}, {10, "shop.", "A"}, {5, "", "MX"}, {5, "any.user.", "A"}, {5, "host.sub.", "A"}, {5, "mail.", "AAAA"},
	{100 * missShare, "none.", "A"},
}

// writeMixedQueries writes what dnsperf asks: zones and kinds chosen at random, always the same ones.
func writeMixedQueries(path string, queries, zones int) error {
	random := rand.New(rand.NewPCG(3, uint64(zones))) //nolint:gosec // the same in every run
	return lab.WriteFile(path, func(out *bufio.Writer) {
		for range queries {
			draw, kind := random.IntN(100), 0
			for ; draw >= mixture[kind].weight; kind++ {
				draw -= mixture[kind].weight
			}
			fmt.Fprintf(out, "%s%s %s\n", mixture[kind].owner, lab.ZoneName(random.IntN(zones)), mixture[kind].qtype)
		}
	})
}
