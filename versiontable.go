package mysqldns

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/mysqldns/mysqldns/internal/table"
	"github.com/mysqldns/mysqldns/plugin/follow"
	"github.com/mysqldns/mysqldns/plugin/journal"
)

// versionTable reads and writes the versions of zones in the database. One goroutine uses it.
type versionTable struct {
	table   table.Name
	ttl     uint32 // of rows without one
	readers *writers
	writers *writers // nil: it never writes

	// behind reports whether the copy is behind the table at some names, given what the version before has there.
	behind func(ctx context.Context, s *table.Session, check map[string][]journal.Record) (bool, error)

	position func() *follow.Position // of the copy; nil where there is none to compare

	session  *table.Session // nil while none is open
	host     int            // that was to be had for session, where that does not write
	writes   bool           // over session
	tryWrite time.Time      // when to try again to open one that writes
	writeErr error          // why none could be opened that writes
}

const (
	versionBatch   = 100 // zones in a statement
	writeRetry     = 5 * time.Second
	mostNamed      = 2000             // names whose rows are asked for by name
	versionTimeout = 10 * time.Second // of one look, or of one transaction
)

// versionRow is a version as the database has it.
type versionRow struct {
	serial uint32
	digest journal.Digest
}

// journalRow is how a version came from the one before it; if that is known.
type journalRow struct {
	serial, from uint32
	known        bool
	delta        []byte
}

// errNoVersions means that there are no tables of versions, or no right to read them.
var errNoVersions = errors.New("the versions of zones cannot be read")

// open returns a session: one that writes, where there are servers for that and one can be had.
func (t *versionTable) open(ctx context.Context) (s *table.Session, writes bool, err error) {
	if !t.writes && (t.host != t.readers.preferred() || t.writers != nil && time.Now().After(t.tryWrite)) {
		t.close()
	}
	if t.session != nil {
		return t.session, t.writes, nil
	}
	if t.writers != nil && time.Now().After(t.tryWrite) {
		if t.session, err = t.writers.connect(ctx); err == nil {
			t.writes = true
			return t.session, true, nil
		}
		t.tryWrite, t.writeErr = time.Now().Add(writeRetry), err
	}
	t.host = t.readers.preferred()
	session, readErr := t.readers.connect(ctx)
	if readErr != nil {
		return nil, false, errors.Join(err, readErr)
	}
	t.session, t.writes = session, false
	return session, false, nil
}

// close ends the session. The next one is opened when it is needed.
func (t *versionTable) close() {
	if t.session != nil {
		t.session.Conn.Close()
		t.session, t.writes = nil, false
	}
}

// closeAll ends everything.
func (t *versionTable) closeAll() {
	t.close()
	t.readers.close()
	t.writers.close()
}

// done closes the session after an error that it may not survive.
func (t *versionTable) done(err error) error {
	if err == nil {
		return nil
	}
	switch {
	case !table.IsRefusal(err):
		t.close()
		return err
	case table.IsClosed(err):
		return fmt.Errorf("%w: %w", errNoVersions, t.explain(err, t.table.Zones()))
	case table.IsReadOnly(err): // it has become so
		t.close()
	}
	return t.explain(err, t.table)
}

// explain adds to an error what to do about it; name is the table that it is about.
func (t *versionTable) explain(err error, name table.Name) error {
	if t.session == nil {
		return table.Explain(err, name)
	}
	return t.session.Explain(err, name)
}

// look reads versions of zones, and how they came to be: from the serials that are known already, or of fresh ones the whole journal. Of others it reads the
// version and no more. What it says of one zone is of one state of the database.
func (t *versionTable) look(ctx context.Context, known map[string]uint32, fresh, others []string) (rows map[string]versionRow, steps map[string][]journalRow, err error) {
	ctx, cancel := context.WithTimeout(ctx, versionTimeout)
	defer cancel()
	s, _, err := t.open(ctx)
	if err != nil {
		return nil, nil, err
	}
	if rows, steps, err = t.newest(ctx, s, known, others); err != nil {
		return nil, nil, t.done(err)
	}
	whole := slices.Clone(fresh)
	for zone, serial := range known {
		if row, ok := rows[zone]; ok && row.serial != serial && !follows(steps[zone], serial) {
			whole = append(whole, zone)
		}
	}
	if len(whole) > 0 {
		err = s.Snapshot(ctx, func() error { return t.whole(ctx, s, whole, rows, steps) })
	}
	return rows, steps, t.done(err)
}

// follows reports whether the step that led to a version began at the serial, or is not known.
func follows(steps []journalRow, serial uint32) bool {
	return len(steps) == 1 && (!steps[0].known || steps[0].from == serial)
}

// newest reads the versions of zones, and of those that have another than the known one the step that led to it: one is the rule.
func (t *versionTable) newest(ctx context.Context, s *table.Session, known map[string]uint32, others []string) (map[string]versionRow, map[string][]journalRow, error) {
	rows, err := t.rows(ctx, s, others)
	steps := map[string][]journalRow{}
	if err != nil {
		return rows, steps, err
	}
	for some := range slices.Chunk(slices.Collect(maps.Keys(known)), versionBatch) {
		var of []any
		for _, zone := range some {
			of = append(of, zone, known[zone])
		}
		result, err := s.QueryContext(ctx, "SELECT z.zone, z.serial, z.digest, j.serial, j.from_serial, j.delta FROM "+t.table.Zones().Quoted()+" AS z LEFT JOIN "+
			t.table.Journal().Quoted()+" AS j ON j.zone = z.zone AND j.serial = z.serial AND (z.zone, z.serial) NOT IN ((?, ?)"+strings.Repeat(", (?, ?)", len(some)-1)+")"+
			" WHERE z.serial IS NOT NULL AND z.zone IN ("+marks(len(some))+")", append(of, anys(some)...)...)
		if err != nil {
			return rows, steps, err
		}
		err = each(result, func() error {
			var zone string
			var row versionRow
			var digest []byte
			var serial, from sql.Null[uint32]
			var delta []byte
			if err := result.Scan(&zone, &row.serial, &digest, &serial, &from, &delta); err != nil {
				return err
			}
			copy(row.digest[:], digest)
			rows[zone] = row
			if serial.Valid {
				steps[zone] = append(steps[zone], journalRow{serial.V, from.V, from.Valid, delta})
			}
			return nil
		})
		if err != nil {
			return rows, steps, err
		}
	}
	return rows, steps, nil
}

// whole reads the versions of zones and all of their journals, and puts these in place of what was read before.
func (t *versionTable) whole(ctx context.Context, s *table.Session, zones []string, rows map[string]versionRow, steps map[string][]journalRow) error {
	for _, zone := range zones {
		delete(rows, zone)
		delete(steps, zone)
	}
	read, err := t.rows(ctx, s, zones)
	if err != nil {
		return err
	}
	maps.Copy(rows, read)
	for some := range slices.Chunk(slices.Collect(maps.Keys(read)), versionBatch) {
		if err := t.journals(ctx, s, steps, some); err != nil {
			return err
		}
	}
	return nil
}

// rows reads the versions of zones.
func (t *versionTable) rows(ctx context.Context, s *table.Session, zones []string) (map[string]versionRow, error) {
	all := map[string]versionRow{}
	for len(zones) > 0 {
		some := zones[:min(len(zones), versionBatch)]
		zones = zones[len(some):]
		result, err := s.QueryContext(ctx, "SELECT zone, serial, digest FROM "+t.table.Zones().Quoted()+" WHERE serial IS NOT NULL AND zone IN ("+marks(len(some))+")", anys(some)...)
		if err != nil {
			return nil, err
		}
		err = each(result, func() error {
			var zone string
			var row versionRow
			var digest []byte
			if err := result.Scan(&zone, &row.serial, &digest); err != nil {
				return err
			}
			copy(row.digest[:], digest)
			all[zone] = row
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

// journals reads how versions of some zones came to be, as far as that is kept.
func (t *versionTable) journals(ctx context.Context, s *table.Session, all map[string][]journalRow, zones []string) error {
	result, err := s.QueryContext(ctx, "SELECT zone, serial, from_serial, delta FROM "+t.table.Journal().Quoted()+" WHERE zone IN ("+marks(len(zones))+")", anys(zones)...)
	if err != nil {
		return err
	}
	return each(result, func() error {
		var zone string
		var serial uint32
		var from sql.Null[uint32]
		var delta []byte
		err := result.Scan(&zone, &serial, &from, &delta)
		all[zone] = append(all[zone], journalRow{serial, from.V, from.Valid, delta})
		return err
	})
}

// each calls scan for each row of a result, and closes it.
func each(rows *sql.Rows, scan func() error) error {
	defer rows.Close()
	for rows.Next() {
		if err := scan(); err != nil {
			return err
		}
	}
	return rows.Err()
}

func marks(n int) string { return "?" + strings.Repeat(",?", n-1) }

func anys(strings []string) []any {
	all := make([]any, len(strings))
	for i, s := range strings {
		all[i] = s
	}
	return all
}
