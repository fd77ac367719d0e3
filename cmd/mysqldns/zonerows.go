package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/mysqldns/mysqldns/internal/order"
	"github.com/mysqldns/mysqldns/internal/zone"
	"github.com/mysqldns/mysqldns/plugin/record"
	"github.com/mysqldns/mysqldns/plugin/wire"

	"github.com/miekg/dns"
)

// readRows sorts the rows that a file is compared with: with --replace all of its zone, else those that have names of the file, and SOAs above these.
// It costs in their number, and not in that of the table.
func (i *importer) readRows(ctx context.Context, s *source) error {
	progress := i.progress("reading "+s.Table.String(), -1, false)
	defer progress.done()
	m := i.merger()
	visit := func(row *record.Row) error {
		progress.step(1)
		return i.takeRow(s, m, row)
	}
	switch names := i.file.owners; {
	case i.index != nil:
		names, err := i.index.names(ctx, s, i.file)
		if err != nil {
			return err
		}
		seen := map[uint64]bool{} // the log may spell a name otherwise, which SQL takes for the same
		return s.RowsNamed(ctx, names, func(row *record.Row) error {
			if seen[row.ID] && row.ID != 0 {
				return nil
			}
			seen[row.ID] = true
			return visit(row)
		})
	case i.replace:
		return s.RowsBelow(ctx, m.Origin.Name(), visit)
	case names == nil || s.Columns.CaseSensitive:
		return s.Rows(ctx, visit)
	default:
		return s.RowsNamed(ctx, spellings(names, m), visit)
	}
}

// takeRow takes a row if it is one that the file is compared with.
func (i *importer) takeRow(s *source, m *zone.Merger, row *record.Row) error {
	owner, err := record.Owner(row.Name)
	if err != nil {
		return nil // of no zone
	}
	key, err := wire.ParseKey(owner)
	if err != nil || !m.Anywhere && !m.Origin.Holds(key) {
		return err
	}
	if !i.replace && i.file.owners != nil && !i.file.owners[string(key)] && !looksLikeSOA(row) {
		return nil
	}
	rr, err := record.Parse(*row, s.ttl)
	if err == nil && rr.Header().Rrtype == dns.TypeSOA && i.replace && i.file.apex == "" && key.Equal(m.Origin) {
		return fmt.Errorf("row %d makes %s a zone, and %s has no SOA for it: add one", row.ID, owner, i.file.name)
	}
	var wrong *record.Error
	switch {
	case errors.As(err, &wrong) && wrong.Reason == record.ReasonClass:
		return nil // another's business
	case err != nil:
		return i.rows.AddItem(&order.Item{Owner: key, Type: zone.Bad, ID: row.ID})
	}
	if spelled, err := record.Spelling(row.Name); err == nil {
		rr.Header().Name = spelled
	}
	return i.rows.Add(rr, row.ID)
}

// spellings are the names of owners, and of those above them that may be the apex of a child zone, as rows usually spell them.
func spellings(owners map[string]bool, m *zone.Merger) []string {
	all := make(map[string]bool, len(owners))
	for owner := range owners {
		for key := wire.Key(owner); !all[string(key)]; key = key.Parent() {
			all[string(key)] = true
			if m.Anywhere || len(key) <= len(m.Origin) {
				break
			}
		}
	}
	names := make([]string, 0, 2*len(all))
	for key := range all {
		name := wire.Key(key).Name()
		if names = append(names, name); name != "." {
			names = append(names, strings.TrimSuffix(name, "."))
		}
	}
	return names
}

// zoneIndex has the names of the rows of several zones. One walk over the names of the table makes it, where each zone would need one of its own. What
// is written meanwhile, the change log tells.
type zoneIndex struct {
	byZone map[string][]string // names as the rows spell them, by the key of an apex
	logged bool
	mark   uint64 // in the change log
}

func indexZones(ctx context.Context, s *source, files []*masterFile) (*zoneIndex, error) {
	x := &zoneIndex{byZone: map[string][]string{}, logged: s.HasLog}
	for _, f := range files {
		x.byZone[string(f.scope())] = nil
	}
	var err error
	if s.HasLog {
		if x.mark, err = s.LogMark(ctx); err != nil {
			return nil, err
		}
	}
	return x, s.Names(ctx, func(spelling string) bool {
		owner, err := record.Owner(spelling)
		if err != nil {
			return ctx.Err() == nil
		}
		key, err := wire.ParseKey(owner)
		for ; err == nil; key = key.Parent() {
			if names, ok := x.byZone[string(key)]; ok {
				x.byZone[string(key)] = append(names, spelling)
			}
			if len(key) == 0 {
				break
			}
		}
		return ctx.Err() == nil
	})
}

// names are those of the rows of a file's zone.
func (x *zoneIndex) names(ctx context.Context, s *source, f *masterFile) ([]string, error) {
	apex := f.scope()
	if !x.logged {
		names, all, err := s.NamesBelow(ctx, apex.Name())
		if all {
			return x.byZone[string(apex)], err // what came meanwhile is not known
		}
		return names, err
	}
	changed, err := s.LoggedBelow(ctx, x.mark, apex.Name())
	return append(changed, x.byZone[string(apex)]...), err
}
