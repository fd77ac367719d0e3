package journal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// Delta is the difference between two contents of a zone. Both lists are sorted; no record is in both.
type Delta struct {
	Removed, Added []Record

	// Held is the whole content, after the delta, of each owner name whose rows changed since the version before, though the records may be what they were.
	// Who read the table between the two versions has by it, and by what they read of other names, the content of the later one.
	Held map[string][]Record
}

// The encoded form of a delta:
//
//	form     1 octet, deltaForm
//	removed  a uvarint of number, then the records, each in wire form
//	added    the same
//	held     a uvarint of number, then for each owner name the name in wire form and, as above, those of its records that are not in added
const deltaForm = 1

// MaxDelta is the most octets of an encoded delta. What is more is better transferred as a whole zone.
const MaxDelta = 8 << 20

// Encode returns the delta as the database keeps it.
func (d Delta) Encode() []byte {
	b := []byte{deltaForm}
	for _, records := range [][]Record{d.Removed, d.Added} {
		b = binary.AppendUvarint(b, uint64(len(records)))
		for _, r := range records {
			b = append(b, r...)
		}
	}
	b = binary.AppendUvarint(b, uint64(len(d.Held)))
	for _, owner := range slices.Sorted(maps.Keys(d.Held)) {
		b = appendName(b, owner)
		kept := subtract(d.Held[owner], d.Added)
		b = binary.AppendUvarint(b, uint64(len(kept)))
		for _, r := range kept {
			b = append(b, r...)
		}
	}
	return b
}

// history is the encoded form without what is of use just now only.
func (d Delta) history() []byte { return Delta{Removed: d.Removed, Added: d.Added}.Encode() }

// Errors of what the database has as deltas.
var (
	// errDelta is returned when octets are no delta in the form that this release writes.
	errDelta = errors.New("not a delta of this release")

	// errRecord is returned when octets do not begin with a record in wire form.
	errRecord = errors.New("not a record in wire form")
)

// DecodeDelta reads what Encode made, which nothing is known of: all records are valid then, sorted, and in one of the lists only.
func DecodeDelta(b []byte) (d Delta, err error) {
	if len(b) == 0 || b[0] != deltaForm {
		return d, errDelta
	}
	if len(b) > MaxDelta {
		return d, fmt.Errorf("%w: more than %d octets", errDelta, MaxDelta)
	}
	b = b[1:]
	if d.Removed, b, err = decodeRecords(b); err != nil {
		return Delta{}, err
	}
	if d.Added, b, err = decodeRecords(b); err != nil {
		return Delta{}, err
	}
	if d.Held, b, err = decodeHeld(b, d.Added); err != nil {
		return Delta{}, err
	}
	if len(b) > 0 || len(subtract(d.Added, d.Removed)) != len(d.Added) {
		return Delta{}, errDelta
	}
	return d, nil
}

func decodeRecords(b []byte) (records []Record, rest []byte, err error) {
	n, size := binary.Uvarint(b)
	if size <= 0 || n > uint64(len(b)) {
		return nil, nil, errDelta
	}
	for b = b[size:]; n > 0; n-- {
		r, rest, err := readRecord(b)
		if err != nil {
			return nil, nil, errDelta
		}
		if len(records) > 0 && records[len(records)-1] >= r {
			return nil, nil, errDelta
		}
		records = append(records, r)
		b = rest
	}
	return records, b, nil
}

func decodeHeld(b []byte, added []Record) (held map[string][]Record, rest []byte, err error) {
	n, size := binary.Uvarint(b)
	if size <= 0 || n > uint64(len(b)) {
		return nil, nil, errDelta
	}
	b = b[size:]
	if n == 0 {
		return nil, b, nil
	}
	by := Delta{Added: added}.byOwner()
	held = map[string][]Record{}
	for ; n > 0; n-- {
		owner, rest, ok := readName(b)
		if _, twice := held[owner]; !ok || twice {
			return nil, nil, errDelta
		}
		var kept []Record
		if kept, b, err = decodeRecords(rest); err != nil {
			return nil, nil, err
		}
		for _, r := range kept {
			if r.Owner() != owner {
				return nil, nil, errDelta
			}
		}
		held[owner] = join(kept, by[owner].Added)
	}
	return held, b, nil
}

// condense makes one delta of several that follow one another.
func condense(deltas []Delta) Delta {
	net := map[Record]bool{} // whether it came
	note := func(records []Record, came bool) {
		for _, r := range records {
			if was, ok := net[r]; ok && was != came {
				delete(net, r)
			} else {
				net[r] = came
			}
		}
	}
	for _, d := range deltas {
		note(d.Removed, false)
		note(d.Added, true)
	}
	var all Delta
	for r, came := range net {
		if came {
			all.Added = append(all.Added, r)
		} else {
			all.Removed = append(all.Removed, r)
		}
	}
	slices.Sort(all.Added)
	slices.Sort(all.Removed)
	return all
}

// byOwner splits a delta into those of its owner names.
func (d Delta) byOwner() map[string]Delta {
	all := map[string]Delta{}
	for _, r := range d.Removed {
		one := all[r.Owner()]
		one.Removed = append(one.Removed, r)
		all[r.Owner()] = one
	}
	for _, r := range d.Added {
		one := all[r.Owner()]
		one.Added = append(one.Added, r)
		all[r.Owner()] = one
	}
	return all
}
