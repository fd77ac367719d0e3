package zonedb

import (
	"bytes"
	"hash/maphash"
)

// whose says who reads a shard: only the writer of its DB may look at what its entries count.
type whose bool

const (
	published whose = false
	own       whose = true
)

// diffShards counts the names by which two shards differ; either may be nil, which is an empty one. They are the same if
// none does and also the empty non-terminals and, as far as the caller may look at that, what their entries count are equal.
func diffShards(was, is *shard, seed maphash.Seed, reader whose, names *differing) (c Changed, same bool) {
	switch {
	case is == nil && was == nil:
		return c, true
	case is == nil:
		was.eachOwner(func(e entry) { names.note(e.name(), true, false) })
		return Changed{Removed: int(was.owners)}, false
	case was == nil:
		is.eachOwner(func(e entry) { names.note(e.name(), false, true) })
		return Changed{Added: int(is.owners)}, false
	}
	same = was.names == is.names
	kept := 0 // owners of both
	is.each(func(_ uint32, now entry) {
		_, off, ok := was.find(hashOf(seed, now.name()), now.name())
		if !ok {
			same = false
			if len(now.content()) > 0 {
				c.Added++
				names.note(now.name(), false, true)
			}
			return
		}
		then := was.entry(off)
		same = same && reader == own && then.kids() == now.kids()
		switch before, after := then.content(), now.content(); {
		case len(before) == 0 && len(after) > 0:
			c.Added++
			names.note(now.name(), false, true)
		case len(before) > 0 && len(after) > 0:
			kept++
			if !sameContent(before, after) {
				c.Modified++
				names.note(now.name(), true, true)
			}
		}
	})
	c.Removed = int(was.owners) - kept
	if c.Removed > 0 {
		was.eachOwner(func(e entry) {
			if _, off, ok := is.find(hashOf(seed, e.name()), e.name()); !ok || len(is.entry(off).content()) == 0 {
				names.note(e.name(), true, false)
			}
		})
	}
	return c, same && !c.Any()
}

// differing collects the owner names that two states differ by, unless there are more than most: all of them, or those that have records in one of the two only.
type differing struct {
	most  int
	all   bool
	noted int
	names []string // if all
	moved []moved  // if not
	over  bool
}

// note notes a name that had records before, or has some now, or both.
func (d *differing) note(name []byte, had, has bool) {
	if d.over || d.noted == d.most {
		d.over, d.names, d.moved = true, nil, nil
		return
	}
	d.noted++
	switch {
	case d.all:
		d.names = append(d.names, nameString(name))
	case had != has:
		d.moved = append(d.moved, moved{bytes.Clone(name), has})
	}
}
