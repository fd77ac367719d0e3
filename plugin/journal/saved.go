package journal

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
	return all
}

// Restore makes the last of some versions known that follow one another, and those before it the history. Where the copy has just what one of them had,
// the content of the last is known too.
func (z *Zone) Restore(chain []Saved) {
	from := len(chain) - 1 // the version whose content the copy has, or is assumed to have
	for i := from; i >= 0; i-- {
		if chain[i].Digest == z.copied {
			from = i
			break
		}
	}
	z.Assume(chain[from].Serial, chain[from].Digest)
	for _, v := range chain[from+1:] {
		d, err := DecodeDelta(v.Delta)
		if err != nil { // of a release that writes others
			z.Assume(chain[len(chain)-1].Serial, chain[len(chain)-1].Digest)
			return
		}
		z.AdvanceEncoded(v.Serial, v.Digest, d, v.Delta)
	}
	for i := from; i >= 0; i-- {
		if v := chain[i]; !v.Known || !z.Remember(v.From, v.Serial, v.Delta) {
			return
		}
	}
}
