package mysqldns

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/mysqldns/mysqldns/plugin/record"
	"github.com/mysqldns/mysqldns/plugin/update"
)

// rowsNamed is the rows at some names. It implements update.Table.
type rowsNamed struct {
	records map[string][]update.Record
	rows    map[uint64]record.Row
}

// At implements update.Table.
func (r *rowsNamed) At(name string) []update.Record { return r.records[name] }

// read reads the rows at some names, however these are spelled. Rows that are no records are left alone.
func (u *updater) read(ctx context.Context, s *updateSession, names []string) (*rowsNamed, error) {
	found := &rowsNamed{map[string][]update.Record{}, map[uint64]record.Row{}}
	wanted := map[string]bool{}
	for _, name := range names {
		wanted[name] = true
	}
	err := s.RowsNamed(ctx, u.copy.follower.Spellings(names), func(row *record.Row) error {
		rr, err := record.Parse(*row, u.ttl)
		if err != nil || !wanted[rr.Header().Name] {
			return nil // SQL also finds names that DNS tells apart
		}
		was, twice := found.rows[row.ID]
		if twice && was == *row {
			return nil // SQL also takes two spellings for one
		}
		if twice || row.ID == 0 || len(found.rows) == updateRows {
			return fmt.Errorf("row %d of %s: its id is not its own, or the names of this update have more than %d rows", row.ID, s.Table, updateRows)
		}
		name := rr.Header().Name
		found.rows[row.ID] = *row
		found.records[name] = append(found.records[name], update.Record{Row: row.ID, RR: rr})
		return nil
	})
	for _, records := range found.records {
		slices.SortFunc(records, func(a, b update.Record) int { return cmp.Compare(a.Row, b.Row) })
	}
	return found, err
}

// write writes changes.
func (s *updateSession) write(ctx context.Context, was *rowsNamed, changes *update.Changes) error {
	for _, r := range changes.Delete {
		if err := s.writer.Delete(ctx, r.Row); err != nil {
			return err
		}
	}
	for _, rr := range changes.Insert {
		row, err := record.Format(rr)
		if err != nil {
			return err
		}
		if err := s.writer.Insert(ctx, row); err != nil {
			return err
		}
	}
	if err := s.writer.Flush(ctx); err != nil {
		return err
	}
	byTTL := map[uint32][]uint64{}
	for _, r := range changes.SetTTL {
		ttl := r.RR.Header().Ttl
		byTTL[ttl] = append(byTTL[ttl], r.Row)
	}
	for ttl, ids := range byTTL {
		if err := s.writer.SetTTL(ctx, ttl, ids); err != nil {
			return err
		}
	}
	for _, r := range changes.Rewrite {
		row, err := record.Format(r.RR)
		if err != nil {
			return err
		}
		if err := s.writer.Rewrite(ctx, was.rows[r.Row], row.Record); err != nil {
			return err
		}
	}
	return nil
}
