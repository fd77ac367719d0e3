package zonedb

import (
	"bytes"
	"slices"
	"sort"

	"github.com/mysqldns/mysqldns/plugin/wire"
)

// order is the owner names of a View in canonical order (RFC 4034, 6.1), in which the names of a zone stand side by side: so that one zone can
// be listed without looking at the others. It holds the names' hashes only; the View says whose they are. Once published it does not
// change; the order of the next View shares the runs that did not change.
type order struct{ runs []*run }

// run is some names that follow one another.
type run struct {
	first  []byte // a key: not behind that of the first name, and behind those of all runs before; empty in the first run
	hashes []hash // at least one
}

const (
	longestRun = 512 // names; a longer one is cut in two
	newRun     = 384 // names of a run when all are put in order at once
	sampleOf   = 512 // when all are put in order, one in so many says where the parts begin that are sorted one by one
)

// entryOfHash returns the entry of the name with a hash; nil if there is none.
func (v *View) entryOfHash(h hash) entry {
	s := v.shard(h)
	if s == nil {
		return nil
	}
	for slot := h.home(s.index.len()); s.index.mark(slot) != 0; slot = s.index.next(slot) {
		if s.index.mark(slot) != h.fingerprint() {
			continue
		}
		if e := s.entry(s.index.offset(slot)); hashOf(v.seed, e.name()) == h {
			return e
		}
	}
	return nil
}

// InOrder returns the same state with its names in order, for who lists several zones: itself if they are, as with DB.KeepOrder.
func (v *View) InOrder() *View {
	if v.order != nil {
		return v
	}
	other := v.edit().view()
	other.order = newOrder(other, func() {})
	return other
}

// keyOf is the key of the name with a hash, appended to buf.
func (v *View) keyOf(buf []byte, h hash) []byte { return wire.AppendKey(buf, v.entryOfHash(h).name()) }

// newOrder puts all owner names of a view in order, calling pause now and then. It returns nil if two names have one hash, and so cannot
// be told apart by it: of 10,000,000 names that is one chance in 300,000.
func newOrder(v *View, pause func()) *order {
	o := new(order)
	for _, part := range roughly(v, pause) {
		pause()
		type keyed struct {
			key  []byte
			hash hash
		}
		names := make([]keyed, len(part))
		for i, h := range part {
			names[i] = keyed{v.keyOf(nil, h), h}
		}
		slices.SortFunc(names, func(a, b keyed) int { return bytes.Compare(a.key, b.key) })
		for some := range slices.Chunk(names, newRun) {
			r := &run{hashes: make([]hash, len(some))}
			if len(o.runs) > 0 {
				r.first = some[0].key
			}
			for i, n := range some {
				r.hashes[i] = n.hash
				if i > 0 && bytes.Equal(n.key, some[i-1].key) { // one of two names with one hash was found twice
					return nil
				}
			}
			o.runs = append(o.runs, r)
		}
	}
	return o
}

// roughly returns the hashes of all owner names in parts. The parts are in canonical order; the names within one are not.
func roughly(v *View, pause func()) [][]hash {
	var seps [][]byte
	n := 0
	v.eachOwner(func(e entry) {
		if n++; n%sampleOf == 0 {
			seps = append(seps, wire.AppendKey(nil, e.name()))
		}
	})
	slices.SortFunc(seps, bytes.Compare)
	parts := make([][]hash, len(seps)+1)
	var key []byte
	n = 0
	v.eachOwner(func(e entry) {
		if n++; n%sampleOf == 0 {
			pause()
		}
		key = wire.AppendKey(key[:0], e.name())
		i, found := slices.BinarySearchFunc(seps, key, bytes.Compare)
		if found {
			i++
		}
		parts[i] = append(parts[i], hashOf(v.seed, e.name()))
	})
	return parts
}

// eachOwner calls f for each name that has records.
func (v *View) eachOwner(f func(e entry)) {
	for s := range v.shards() {
		s.eachOwner(f)
	}
}

func (s *shard) eachOwner(f func(e entry)) {
	s.each(func(_ uint32, e entry) {
		if len(e.content()) > 0 {
			f(e)
		}
	})
}

// moved is a name that got its first record, or lost its last.
type moved struct {
	name []byte
	came bool
}

// after returns the order of view, which differs from that of before by these names. It returns nil if that cannot be told.
func (o *order) after(names []moved, before, view *View) *order {
	next := &order{runs: slices.Clone(o.runs)}
	own := map[*run]bool{}
	var key, other []byte
	at := func(r *run, i int) []byte { // the key of a name, which may have come or gone
		from := view
		if from.entryOfHash(r.hashes[i]) == nil {
			from = before
		}
		other = from.keyOf(other[:0], r.hashes[i])
		return other
	}
	for _, n := range names {
		key = wire.AppendKey(key[:0], n.name)
		h := hashOf(view.seed, n.name)
		in := next.runOf(key)
		if in < 0 {
			next.runs, in = []*run{{}}, 0
		}
		r := next.runs[in]
		if !own[r] {
			r = &run{r.first, slices.Clone(r.hashes)}
			own[r] = true
			next.runs[in] = r
		}
		i := sort.Search(len(r.hashes), func(i int) bool { return bytes.Compare(at(r, i), key) >= 0 })
		has := i < len(r.hashes) && bytes.Equal(at(r, i), key)
		switch {
		case has == n.came, n.came && view.entryOfHash(h).isOther(n.name):
			return nil
		case n.came:
			r.hashes = slices.Insert(r.hashes, i, h)
		default:
			r.hashes = slices.Delete(r.hashes, i, i+1)
		}
		next.balance(in, own, at)
	}
	return next
}

// isOther reports whether an entry is there that has another name.
func (e entry) isOther(name []byte) bool { return e != nil && !bytes.Equal(e.name(), name) }

// balance cuts a run in two if it is too long, and takes it away if it is empty.
func (o *order) balance(in int, own map[*run]bool, at func(*run, int) []byte) {
	r := o.runs[in]
	switch n := len(r.hashes); {
	case n > longestRun:
		second := &run{bytes.Clone(at(r, n/2)), slices.Clone(r.hashes[n/2:])}
		r.hashes = slices.Clip(r.hashes[:n/2])
		own[second] = true
		o.runs = slices.Insert(o.runs, in+1, second)
	case n == 0:
		o.runs = slices.Delete(o.runs, in, in+1)
		if in == 0 && len(o.runs) > 0 && !own[o.runs[0]] {
			o.runs[0] = &run{nil, slices.Clone(o.runs[0].hashes)}
			own[o.runs[0]] = true
		}
		if in == 0 && len(o.runs) > 0 {
			o.runs[0].first = nil
		}
	}
}

// runOf is the index of the run that a name with this key is in, or would be; -1 if there are no runs.
func (o *order) runOf(key []byte) int {
	return sort.Search(len(o.runs), func(i int) bool { return bytes.Compare(o.runs[i].first, key) > 0 }) - 1
}

// walk calls visit for the entry of each owner name that is apex or below it, in canonical order. Where visit returns false it goes past what
// is below the name. An empty apex is above all.
func (o *order) walk(v *View, apex []byte, visit func(e entry) (below bool)) {
	var from []byte
	if len(apex) > 0 {
		from = wire.AppendKey(nil, apex)
	}
	var key []byte
	for in, i := o.seek(v, from); in < len(o.runs); {
		r := o.runs[in]
		if i == len(r.hashes) {
			in, i = in+1, 0
			continue
		}
		e := v.entryOfHash(r.hashes[i])
		if len(apex) > 0 && !isBelow(e.name(), apex) {
			return
		}
		if visit(e) {
			i++
			continue
		}
		key = wire.AppendKey(key[:0], e.name())
		if len(key) == 0 { // all is below the root
			return
		}
		key[len(key)-1]++ // a label ends with 0, and what else has the key for its beginning is below
		in, i = o.seek(v, key)
	}
}

// seek is where the first name is that is not before a key.
func (o *order) seek(v *View, key []byte) (in, i int) {
	in = o.runOf(key)
	if in < 0 {
		return len(o.runs), 0
	}
	var buf []byte
	r := o.runs[in]
	i = sort.Search(len(r.hashes), func(i int) bool {
		buf = v.keyOf(buf[:0], r.hashes[i])
		return bytes.Compare(buf, key) >= 0
	})
	return in, i
}

// bytes is how much memory the order takes.
func (o *order) bytes() int64 {
	n := int64(0)
	for _, r := range o.runs {
		n += int64(8 + 48 + cap(r.first) + 8*cap(r.hashes))
	}
	return n
}
