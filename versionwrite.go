package mysqldns

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/mysqldns/mysqldns/internal/table"
	"github.com/mysqldns/mysqldns/plugin/journal"
	"github.com/mysqldns/mysqldns/plugin/record"

	"github.com/miekg/dns"
)

// newVersion is one that is to be taken.
type newVersion struct {
	zone   string
	had    bool // there is one in the database, which is
	was    uint32
	serial uint32
	digest journal.Digest
	steps  []journalRow // the last one leads to it
	linked bool         // the first begins at the version that there is; if not, all others are to be deleted
	oldest uint32       // the step before which all are to be deleted …
	cut    bool         // … if this is set
	owners bool         // the serial is the owner's

	pending journal.Delta // what the copy has more than the version before, where that is known

	check map[string][]journal.Record // what the version before has at names where the copy has something else; nil to look at none
	blind bool                        // what the version before has is not known
}

// errTaken means that somebody else took a version first.
var errTaken = errors.New("another version was taken first")

// errCopyBehind means that the table has what the version has, so that the copy is behind both.
var errCopyBehind = errors.New("the copy is behind the version")

// take takes versions, and says of each how it went: nil, errTaken or errCopyBehind. An error means that none was taken.
func (t *versionTable) take(ctx context.Context, versions []newVersion) (results []error, err error) {
	ctx, cancel := context.WithTimeout(ctx, versionTimeout)
	defer cancel()
	s, writes, err := t.open(ctx)
	if err != nil {
		return nil, err
	}
	if !writes {
		return nil, t.writeErr
	}
	err = s.Transaction(ctx, func() (err error) {
		lags := false
		if slices.ContainsFunc(versions, func(v newVersion) bool { return v.blind }) {
			if lags, err = t.lags(ctx, s); err != nil {
				return err
			}
		}
		results = results[:0]
		for _, v := range versions {
			if v.blind && lags {
				results = append(results, errCopyBehind)
				continue
			}
			err := t.takeOne(ctx, s, v)
			if err != nil && !errors.Is(err, errTaken) && !errors.Is(err, errCopyBehind) {
				return err
			}
			results = append(results, err)
		}
		return nil
	})
	return results, t.done(err)
}

// takeOne takes a version if the one before is still that which it is to follow.
func (t *versionTable) takeOne(ctx context.Context, s *table.Session, v newVersion) error {
	if behind, err := t.behind(ctx, s, v.check); err != nil || behind {
		return errors.Join(err, map[bool]error{true: errCopyBehind}[behind])
	}
	var result sql.Result
	var err error
	zones := t.table.Zones().Quoted()
	if v.had {
		result, err = s.ExecContext(ctx, "UPDATE "+zones+" SET serial = ?, digest = ? WHERE zone = ? AND serial = ?", v.serial, v.digest[:], v.zone, v.was)
	} else { // a row that others lock the zone by may be there
		result, err = s.ExecContext(ctx, "INSERT INTO "+zones+" (zone, serial, digest) VALUES (?, ?, ?) ON DUPLICATE KEY UPDATE"+
			" digest = IF(serial IS NULL, VALUES(digest), digest), serial = COALESCE(serial, VALUES(serial))", v.zone, v.serial, v.digest[:])
	}
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, errTaken)
	}
	journal := t.table.Journal().Quoted()
	// The serial may be there already where somebody changed the row of tb_dns_zones by hand.
	serials := []any{v.zone}
	for _, step := range v.steps {
		from := sql.NullInt64{Int64: int64(step.from), Valid: step.known}
		if _, err := s.ExecContext(ctx, "REPLACE INTO "+journal+" (zone, serial, from_serial, delta) VALUES (?, ?, ?, ?)", v.zone, step.serial, from, step.delta); err != nil {
			return err
		}
		serials = append(serials, step.serial)
	}
	switch {
	case !v.linked:
		_, err = s.ExecContext(ctx, "DELETE FROM "+journal+" WHERE zone = ? AND serial NOT IN ("+marks(len(v.steps))+")", serials...)
	case v.cut:
		_, err = s.ExecContext(ctx, "DELETE old FROM "+journal+" AS old JOIN "+journal+" AS kept ON kept.zone = old.zone AND kept.serial = ?"+
			" WHERE old.zone = ? AND old.made_at < kept.made_at", v.oldest, v.zone)
	}
	return err
}

// isBehind reports whether the table has at one of the names just what the version before has, while the copy has something else: then the copy
// has not seen yet what whoever took that version has seen.
func (t *versionTable) isBehind(ctx context.Context, s *table.Session, check map[string][]journal.Record) (bool, error) {
	if len(check) == 0 {
		return false, nil
	}
	now := map[string][]dns.RR{}
	take := func(row *record.Row) error {
		owner, _ := record.Owner(row.Name)
		if _, asked := check[owner]; !asked {
			return nil
		}
		if rr, err := record.Parse(*row, t.ttl); err == nil {
			now[rr.Header().Name] = append(now[rr.Header().Name], rr)
		}
		return nil
	}
	if err := t.visit(ctx, s, check, take); err != nil {
		return false, err
	}
	for name, version := range check {
		if journal.Same(version, now[name]) {
			return true, nil
		}
	}
	return false, nil
}

// copyLags is lags outside of a transaction.
func (t *versionTable) copyLags(ctx context.Context) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, versionTimeout)
	defer cancel()
	s, _, err := t.open(ctx)
	if err != nil {
		return false, err
	}
	lags, err := t.lags(ctx, s)
	return lags, t.done(err)
}

// lagMost is how old an entry of the change log may be that the copy has not seen yet.
const lagMost = time.Second

// lags reports whether the copy has not seen yet what is in the change log for some time. Without one that is not known.
func (t *versionTable) lags(ctx context.Context, s *table.Session) (bool, error) {
	if !s.HasLog || t.position == nil {
		return false, nil
	}
	var newest uint64
	err := s.QueryRowContext(ctx, "SELECT seq FROM "+t.table.Changes().Quoted()+" WHERE changed_at <= NOW(6) - INTERVAL ? MICROSECOND ORDER BY seq DESC LIMIT 1",
		lagMost.Microseconds()).Scan(&newest)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	position := t.position()
	if position != nil && position.Newest.Seq == 0 {
		return false, nil // the copy is not followed by the log
	}
	return position == nil || position.Newest.Seq < newest, nil
}

// visit passes the rows of names to take, and maybe others: of very many names all rows of the table are read sooner than those.
func (t *versionTable) visit(ctx context.Context, s *table.Session, names map[string][]journal.Record, take func(*record.Row) error) error {
	if len(names) > mostNamed {
		return s.Rows(ctx, take)
	}
	var spellings []string
	for name := range names {
		spellings = append(spellings, name, strings.TrimSuffix(name, "."))
	}
	return s.RowsNamed(ctx, spellings, take)
}
