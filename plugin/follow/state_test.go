package follow

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"time"
)

// The table in doc.go is what happens.
func TestTransitionsAreThoseOfTheDocumentation(t *testing.T) {
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	row := regexp.MustCompile(`(?m)^//\t([A-Z][a-z]+) +\S.*?  +([A-Z][a-z]+) +([A-Z][a-z]+)$`)
	documented := map[string][]string{}
	for _, match := range row.FindAllStringSubmatch(string(doc), -1) {
		documented[match[1]] = match[2:]
	}
	if len(documented) != int(states) {
		t.Fatalf("doc.go has %d states, expected %d: %v", len(documented), states, documented)
	}
	for before := range states {
		for what := range turns {
			var c connection
			c.state.Store(uint32(before))
			was, is := c.take(what)
			name := before.String()
			name = strings.ToUpper(name[:1]) + name[1:]
			if expected := documented[name][what]; was != before || !strings.EqualFold(is.String(), expected) || c.now() != is {
				t.Errorf("%s, turn %d: became %s, expected %s", before, what, is, expected)
			}
		}
	}
}

func TestStates(t *testing.T) {
	play(t, 1, func(sc *scene) {
		sc.servers[0].suffers(hangs("Dial"))
		f := sc.follow(Config{})
		f.never(ConnectTimeout-time.Second, "knows anything", func() bool { return f.State() != Starting })
		f.within(2*time.Second, "fails", func() bool { return f.State() == Failing })
		sc.servers[0].suffers(nil)
		f.within(time.Second, "follows", func() bool { return f.State() == Following })

		sc.servers[0].cut()
		sc.servers[0].suffers(hangs("Dial"))
		f.within(time.Second, "tries again, and knows nothing yet", func() bool { return f.State() == Reconnecting })
		f.within(ConnectTimeout, "fails", func() bool { return f.State() == Failing })
		sc.servers[0].suffers(nil)
		f.within(time.Second, "follows", func() bool { return f.State() == Following })

		var before []State
		for _, e := range of[Followed](f.events) {
			before = append(before, e.Before)
		}
		if len(before) != 2 || before[0] != Failing || before[1] != Failing {
			t.Errorf("followed after the states %v", before)
		}
	})
}
