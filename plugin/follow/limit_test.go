package follow

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// limits are the constants that doc.go lists.
var limits = map[string]time.Duration{
	"ConnectTimeout":      ConnectTimeout,
	"QueryTimeout":        QueryTimeout,
	"RereadTimeout":       RereadTimeout,
	"StallTimeout":        StallTimeout,
	"PerEntryTimeout":     PerEntryTimeout,
	"PacketTimeout":       PacketTimeout,
	"leastPause":          leastPause,
	"mostPause":           mostPause,
	"refreshByLog":        refreshByLog,
	"refreshByStamp":      refreshByStamp,
	"checkInterval":       checkInterval,
	"farAway":             farAway,
	"stampWhileChanging":  stampWhileChanging,
	"auditInterval":       auditInterval,
	"preferInterval":      preferInterval,
	"peerInterval":        peerInterval,
	"peerGrace":           peerGrace,
	"peerTimeout":         peerTimeout,
	"leastHold":           leastHold,
	"mostHold":            mostHold,
	"stallMemory":         stallMemory,
	"replicationInterval": replicationInterval,
	"catchUpTimeout":      catchUpTimeout,
	"lostAfter":           lostAfter,
	"emptyAfter":          emptyAfter,
	"leastHeadStart":      leastHeadStart,
	"lateness":            lateness,
	"retryInterval":       retryInterval,
	"snapshotDelay":       snapshotDelay,
	"saveInterval":        saveInterval,
	"progressInterval":    progressInterval,
	"handoverStart":       handoverStart,
	"handoverPoll":        handoverPoll,
}

// documentedLimits reads the table in doc.go.
func documentedLimits(t *testing.T) map[string]time.Duration {
	t.Helper()
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	line := regexp.MustCompile(`(?m)^//\t(\w+(?:, \w+)*) +(\d+ \S+(?:, \d+ \S+)*)  `)
	documented := map[string]time.Duration{}
	for _, match := range line.FindAllStringSubmatch(string(doc), -1) {
		names, values := strings.Split(match[1], ", "), strings.Split(match[2], ", ")
		for n, name := range names {
			number, unit, _ := strings.Cut(values[n], " ")
			count, err := strconv.Atoi(number)
			if err != nil {
				t.Fatal(err)
			}
			units := map[string]time.Duration{"µs": time.Microsecond, "ms": time.Millisecond, "s": time.Second, "min": time.Minute, "h": time.Hour}
			documented[name] = time.Duration(count) * units[unit]
		}
	}
	return documented
}

func TestLimitsAreThoseOfTheDocumentation(t *testing.T) {
	documented := documentedLimits(t)
	for name, limit := range limits {
		if documented[name] != limit {
			t.Errorf("doc.go says of %s that it is %s, not %s", name, documented[name], limit)
		}
		delete(documented, name)
	}
	for name, limit := range documented {
		t.Errorf("doc.go lists %s (%s), which this test does not know", name, limit)
	}
}

// What is added to limit.go is added to doc.go.
func TestEveryLimitIsDocumented(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "limit.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, decl := range file.Decls {
		group, ok := decl.(*ast.GenDecl)
		if !ok || group.Tok != token.CONST {
			continue
		}
		for _, spec := range group.Specs {
			constant := spec.(*ast.ValueSpec)
			if _, number := constant.Values[0].(*ast.BasicLit); number {
				continue // a bound of work
			}
			found++
			if name := constant.Names[0].Name; limits[name] == 0 {
				t.Errorf("%s is not in doc.go's table", name)
			}
		}
	}
	if found < 15 {
		t.Errorf("found %d limits only", found)
	}
}
