package differential

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Report counts what came out of a comparison.
type Report struct {
	Tables  int // asked about
	Refused int // tables with a zone that some reference refused
	Dropped int // those of them that were not asked about, because too few references were left
	Asked   int // questions
	Agreed  int // questions that all references answer alike
	Joined  int // questions that they answer alike if those that end at an alias into another zone are asked on

	Different map[string]*Class // where ours differs from what the references agree on, by what differs
	Classes   map[string]*Class
}

// Class is one manner in which the references disagree.
type Class struct {
	Count   int
	Ours    map[string]int // how often ours is the same as those references
	Example string         // the shortest
	Alone   string         // the shortest where ours is like none
}

// add counts an exchange.
func (r *Report) add(e exchange) {
	r.Asked++
	want, ok := e.expected()
	switch {
	case !ok:
		sort(&r.Classes, e.class(), e)
		return
	case want != e.ours():
		sort(&r.Different, Disagreement([]string{"all", "ours"}, []Reply{want, e.ours()}), e)
	}
	r.Agreed++
}

// sort counts an exchange in its class, and keeps it if it is the shortest one.
func sort(classes *map[string]*Class, name string, e exchange) {
	if *classes == nil {
		*classes = map[string]*Class{}
	}
	c := (*classes)[name]
	if c == nil {
		c = &Class{Ours: map[string]int{}}
		(*classes)[name] = c
	}
	c.Count++
	like, text := e.likeOurs(), e.String()
	c.Ours[like]++
	if c.Example == "" || len(text) < len(c.Example) {
		c.Example = text
	}
	if like == "none" && (c.Alone == "" || len(text) < len(c.Alone)) {
		c.Alone = text
	}
}

// Differences counts the questions that ours answers in another way than all references.
func (r *Report) Differences() int {
	n := 0
	for _, c := range r.Different {
		n += c.Count
	}
	return n
}

// String is the counts, and a table of the disagreements.
func (r *Report) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d tables, %d questions (%d tables are refused by a reference, %d of these left out)\n",
		r.Tables, r.Asked, r.Refused, r.Dropped)
	fmt.Fprintf(&b, "%d answered alike by all references (%d of them joined over an alias into another zone), %d not\n",
		r.Agreed, r.Joined, r.Asked-r.Agreed)
	fmt.Fprintf(&b, "%d differences\n", r.Differences())
	for _, name := range ordered(r.Classes) {
		c := r.Classes[name]
		fmt.Fprintf(&b, "%7d  %s; ours is that of", c.Count, name)
		for _, like := range slices.Sorted(maps.Keys(c.Ours)) {
			fmt.Fprintf(&b, " %s (%d)", like, c.Ours[like])
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// Examples shows exchanges of each class, the most frequent first.
func Examples(classes map[string]*Class) string {
	var b strings.Builder
	for _, name := range ordered(classes) {
		c := classes[name]
		fmt.Fprintf(&b, "=== %d times: %s\n%s\n", c.Count, name, c.Example)
		if c.Alone != "" && c.Alone != c.Example {
			fmt.Fprintf(&b, "=== %d times, and ours like none of them: %s\n%s\n", c.Ours["none"], name, c.Alone)
		}
	}
	return b.String()
}

// ordered lists the names of classes, the most frequent first.
func ordered(classes map[string]*Class) []string {
	return slices.SortedFunc(maps.Keys(classes), func(a, b string) int {
		if n := classes[b].Count - classes[a].Count; n != 0 {
			return n
		}
		return strings.Compare(a, b)
	})
}
