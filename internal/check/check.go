// Package check finds what is wrong with a table: rows that are no records, and records that make no sense together. It sorts the records
// and walks over them twice, so that the size of the table does not matter.
//
// Reading the source: Checker (check.go) takes rows. owner.go walks over the records in canonical order, where the names above come
// first, and looks at what each name has; it notes which names records point to. target.go walks over those and the records once more.
// path.go knows in which zone we are, and whether a cut or a DNAME is above us.
package check

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/mysqldns/mysqldns/internal/order"
	"github.com/mysqldns/mysqldns/plugin/record"
	"github.com/mysqldns/mysqldns/plugin/wire"
)

// Checker looks for what is wrong with a table. It is not safe for concurrent use.
type Checker struct {
	Rows, Records, Zones int // so far; Zones after Finish

	ttl           uint32
	caseSensitive bool
	records       *order.Sorter
	targets       *order.Spool // names that records point to
	findings      *order.Spool
	counts        map[Kind]int
	versions      versions
}

// New makes a Checker of a table whose rows without TTL have this one, and whose name column tells upper from lower case or does not.
func New(ttl uint32, caseSensitive bool) *Checker {
	return &Checker{
		ttl:           ttl,
		caseSensitive: caseSensitive,
		records:       order.NewSorter(order.Memory),
		targets:       order.NewSpool(order.Memory),
		findings:      order.NewSpool(order.Memory),
		counts:        map[Kind]int{},
	}
}

// Close gives back what the Checker holds.
func (c *Checker) Close() error {
	return errors.Join(c.records.Close(), c.targets.Close(), c.findings.Close())
}

// Row takes a row, which it does not keep.
func (c *Checker) Row(r *record.Row) error {
	c.Rows++
	rr, err := record.Parse(*r, c.ttl)
	var wrong *record.Error
	switch {
	case errors.As(err, &wrong):
		return c.find(wire.Key(r.Name), Finding{Kind: BadRow, Owner: r.Name, Type: clip(r.Type), Problem: wrong.Problem, Advice: wrong.Advice}, row(r.ID))
	case err != nil:
		return err
	}
	c.Records++
	if err := c.checkName(r, rr.Header().Name); err != nil {
		return err
	}
	return c.records.Add(rr, r.ID)
}

// checkName looks whether SQL finds a row by its owner name, with or without the final dot.
func (c *Checker) checkName(r *record.Row, owner string) error {
	spelling := r.Name
	if !c.caseSensitive {
		spelling = strings.ToLower(spelling)
	}
	short := strings.TrimSuffix(owner, ".")
	key, err := wire.ParseKey(owner)
	if err != nil {
		return err
	}
	if ascii := aLabels(octetsOf(key)); ascii != "" {
		return c.find(key, Finding{
			Kind: UnicodeName, Owner: owner, Type: r.Type,
			Problem: "the name is written in Unicode, and clients ask for its A-labels", Advice: "write it as " + clip(ascii),
		}, row(r.ID))
	}
	if spelling == owner || spelling == short {
		return nil
	}
	if short == "" {
		short = owner
	}
	return c.find(key, Finding{
		Kind: UnusualName, Owner: owner, Type: r.Type,
		Problem: fmt.Sprintf("the name is written as %q, so a search for %q does not find it", clip(r.Name), clip(short)),
		Advice:  fmt.Sprintf("write it as %s", clip(short)),
	}, row(r.ID))
}

// About notes a finding about the table as a whole.
func (c *Checker) About(kind Kind, problem, advice string) error {
	return c.find(nil, Finding{Kind: kind, Problem: problem, Advice: advice}, rows{})
}

// clip shortens what a row has for a message.
func clip(s string) string {
	const most = 100
	if len(s) > most {
		return s[:most] + "..."
	}
	return s
}

// Work is how many steps Finish will take.
func (c *Checker) Work() int64 { return 2 * int64(c.Records) }

// Finish looks at the records together. All rows must have been taken. It calls step with the number of steps done since the last call.
func (c *Checker) Finish(ctx context.Context, step func(int64)) error {
	w := watch{ctx: ctx, step: step}
	if err := c.walkOwners(&w); err != nil {
		return err
	}
	return c.walkTargets(&w)
}

// watch tells how far a walk is, and ends it with its context.
type watch struct {
	ctx  context.Context
	step func(int64)
	n    int64
}

// pass notes one step.
func (w *watch) pass() error {
	const often = 1000
	if w.n++; w.n%often != 0 {
		return nil
	}
	w.step(often)
	return w.ctx.Err()
}

// find notes a finding, to come in the order of kinds and, within one, of names.
func (c *Checker) find(at wire.Key, f Finding, about rows) error {
	f.Rows, f.Count = about.ids, about.count
	if f.Rows == nil {
		f.Rows = []uint64{}
	}
	value, err := json.Marshal(f)
	if err != nil {
		return err
	}
	c.counts[f.Kind]++
	return c.findings.Add(append([]byte{place(f.Kind)}, at...), value)
}

// Count is how many findings there are of a kind.
func (c *Checker) Count(k Kind) int { return c.counts[k] }

// Found is how many there are in all.
func (c *Checker) Found() int { return c.findings.Len() }

// Each calls visit with every finding, in the order of Kinds and within one of owner names.
func (c *Checker) Each(visit func(*Finding) error) error {
	all := c.findings.Read()
	for all.Next() {
		var f Finding
		if err := json.Unmarshal(all.Value(), &f); err != nil {
			return err
		}
		if err := visit(&f); err != nil {
			return err
		}
	}
	return all.Err()
}

// target is a name that a record points to, or the owner of an address below a cut, which may be glue.
type target struct {
	name  wire.Key
	kind  targetKind
	from  uint16 // type of the record
	id    uint64 // of its row
	owner wire.Key
	zone  wire.Key // that the owner is in; nil outside
}

type targetKind byte

const (
	nameServer targetKind = iota // of the name servers come first, so that who asks for glue knows of them
	glue                         // an address below a cut
	other
)

// Entries of targets: the key is name, zero, kind; the value type, id, the length of the zone's
// key, owner, whose beginning is the zone's key.

func (c *Checker) addTarget(t target) error {
	key := append(append(slices.Clone(t.name), 0), byte(t.kind))
	value := binary.BigEndian.AppendUint16(nil, t.from)
	value = binary.AppendUvarint(value, t.id)
	value = binary.AppendUvarint(value, uint64(len(t.zone)))
	return c.targets.Add(key, append(value, t.owner...))
}

func readTarget(key, value []byte) target {
	end := len(key) - 2
	t := target{name: wire.Key(key[:end]), kind: targetKind(key[end+1]), from: binary.BigEndian.Uint16(value)}
	value = value[2:]
	id, n := binary.Uvarint(value)
	zone, m := binary.Uvarint(value[n:])
	t.id, t.owner = id, wire.Key(value[n+m:])
	t.zone = t.owner[:zone]
	return t
}
