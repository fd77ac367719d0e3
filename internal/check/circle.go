package check

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/mysqldns/mysqldns/plugin/record"
	"github.com/mysqldns/mysqldns/plugin/wire"
)

// mostLinks bounds the aliases to aliases that are kept in memory.
const mostLinks = 200_000

// link is an alias to another alias.
type link struct {
	to   string // key of the other's owner
	from uint16 // CNAME or DNAME
	id   uint64
}

// chain notes that an alias leads to another one.
func (w *targetWalk) chain(t target, to wire.Key) {
	if len(w.links) < mostLinks {
		w.links[string(t.owner)] = link{string(to), t.from, t.id}
	}
}

// walkCircles tells of aliases in a circle: each circle once, at the first of its names.
func (w *targetWalk) walkCircles() error {
	done := map[string]bool{}
	starts := make([]string, 0, len(w.links))
	for owner := range w.links {
		starts = append(starts, owner)
	}
	slices.Sort(starts)
	for _, start := range starts {
		var way []string
		for at := start; !done[at]; at = w.links[at].to {
			if _, ok := w.links[at]; !ok {
				break
			}
			if i := slices.Index(way, at); i >= 0 {
				if err := w.circle(way[i:]); err != nil {
					return err
				}
				break
			}
			way = append(way, at)
		}
		for _, at := range way {
			done[at] = true
		}
	}
	return nil
}

// circle tells of one.
func (w *targetWalk) circle(way []string) error {
	first := slices.Index(way, slices.Min(way))
	way = slices.Concat(way[first:], way[:first])
	var names []string
	var about rows
	for _, at := range way {
		about.add(w.links[at].id)
		if len(names) < mostTypes {
			names = append(names, clip(wire.Key(at).Name()))
		}
	}
	if len(names) < len(way) {
		names = append(names, "...")
	}
	owner := wire.Key(way[0])
	names = append(names, clip(owner.Name()))
	return w.find(owner, Finding{
		Kind: AliasCircle, Owner: owner.Name(), Type: record.TypeName(w.links[way[0]].from),
		Problem: fmt.Sprintf("it is an alias that leads back to itself: %s", strings.Join(names, " -> ")),
		Advice:  "let one of them lead to a name that has the records",
	}, about)
}

// dnameAt is the owner of a DNAME at a name or above it, in its zone; nil if there is none.
func (w *targetWalk) dnameAt(name wire.Key) wire.Key {
	for i := max(w.path.zone(), 0); i < len(w.path); i++ {
		if w.path[i].dname && w.path[i].name.Holds(name) {
			return w.path[i].name
		}
	}
	return nil
}

// wildcardOf is the wildcard below a name.
func wildcardOf(encloser wire.Key) wire.Key { return append(bytes.Clone(encloser), '*', 0) }
