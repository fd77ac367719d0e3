package zonedb

// diffShards counts the names by which two shards differ; either may be nil, which is an empty one. They are the same if
// none does and also the empty non-terminals and what their entries count are equal.
func diffShards(was, is *shard, e *editor) (c Changed, same bool) {
	switch {
	case is == nil && was == nil:
		return c, true
	case is == nil:
		return Changed{Removed: int(was.owners)}, false
	case was == nil:
		return Changed{Added: int(is.owners)}, false
	}
	same = was.names == is.names
	kept := 0 // owners of both
	is.each(func(_ uint32, now entry) {
		_, off, ok := was.find(e.hash(now.name()), now.name())
		if !ok {
			same = false
			if len(now.content()) > 0 {
				c.Added++
			}
			return
		}
		then := was.entry(off)
		same = same && then.kids() == now.kids()
		switch before, after := then.content(), now.content(); {
		case len(before) == 0 && len(after) > 0:
			c.Added++
		case len(before) > 0 && len(after) > 0:
			kept++
			if !sameContent(before, after) {
				c.Modified++
			}
		}
	})
	c.Removed = int(was.owners) - kept
	return c, same && !c.Any()
}
