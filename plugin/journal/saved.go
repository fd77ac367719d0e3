package journal

import "maps"

// SavedSince returns the versions that came behind the one with a serial, up to the one known; all that the history has, if there is no way from there.
// Broken says of the one known what Saved does.
func (z *Zone) SavedSince(serial uint32, broken bool) (all []Saved) {
	steps, ok := z.history.since(serial)
	if !ok {
		steps = z.history.steps
	}
	for _, s := range steps {
		all = append(all, Saved{Zone: z.apex, Serial: s.to, Known: true, From: s.from, Delta: s.delta})
	}
	if len(all) == 0 {
		all = []Saved{{Zone: z.apex, Serial: z.serial}}
	}
	newest := &all[len(all)-1]
	newest.Digest, newest.Broken = z.digest, broken
	if newest.Known && z.newest != nil {
		newest.Delta = z.newest
	}
	return all
}

// Restore makes the last of some versions known that follow one another, and those before it the history. Its content is known too where the copy has just what
// one of them had, or had something between two of them.
func (z *Zone) Restore(chain []Saved) {
	deltas := make([]Delta, len(chain))
	for i, v := range chain {
		if !v.Known {
			continue
		}
		var err error
		if deltas[i], err = DecodeDelta(v.Delta); err != nil { // of a release that writes others
			newest := chain[len(chain)-1]
			z.Assume(newest.Serial, newest.Digest)
			return
		}
	}
	from := len(chain) - 1
	for i := from; i >= 0; i-- {
		if chain[i].Digest == z.copied {
			from = i
			break
		}
	}
	z.Assume(chain[from].Serial, chain[from].Digest)
	for i, v := range chain[from+1:] {
		z.AdvanceEncoded(v.Serial, v.Digest, deltas[from+1+i], v.Delta)
	}
	if !z.Has() {
		z.replay(deltas)
	}
	for i := from; i >= 0; i-- {
		if v := chain[i]; !v.Known || !z.Remember(v.From, v.Serial, deltas[i].history()) {
			return
		}
	}
}

// replay finds the content of the version known where the copy is older, and had something between two of the versions that these deltas lead to: what a delta
// names is as the last one says, and what none names is as the copy has it. That is so unless the copy is newer; the digest tells.
func (z *Zone) replay(deltas []Delta) {
	contents := map[string][]Record{}
	for _, d := range deltas {
		for owner, change := range d.byOwner() {
			is, ok := contents[owner]
			if !ok {
				is = z.copiedAt(owner)
			}
			contents[owner] = join(subtract(is, change.Removed), change.Added)
		}
		maps.Copy(contents, d.Held)
	}
	for owner, is := range contents {
		copied := z.copiedAt(owner)
		z.content.subtract(subtract(copied, is)...)
		z.content.add(subtract(is, copied)...)
		z.setDiffer(owner, is, copied)
	}
	if !z.Has() {
		z.content, z.differ = z.copied, map[string][]Record{}
	}
}

// copiedAt is what the copy has at an owner name of the zone.
func (z *Zone) copiedAt(owner string) []Record {
	return contentAt(z.view, z.apex, owner, z.targets[owner] > 0)
}
