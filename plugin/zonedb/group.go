package zonedb

import "math/bits"

// fan is the number of groups of a View, and of shards in a group. Copying the way from the root to one shard costs at most
// 7 KB.
const fan = 64

// group is the shards of a group that are not empty, side by side, so that the way from a View to an index is as short as can
// be: at 1,000,000 names all of them are 256 KB, which stay in a processor's cache.
type group struct {
	has    uint64 // a bit for each shard that is not empty
	shards []shard
}

// at returns a shard; nil if it is empty.
func (g *group) at(i int) *shard {
	if g.has>>i&1 == 0 {
		return nil
	}
	return &g.shards[g.place(i)]
}

// place is where in shards one is, or would be.
func (g *group) place(i int) int { return bits.OnesCount64(g.has & (1<<i - 1)) }
