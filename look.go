package mysqldns

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/mysqldns/mysqldns/internal/table"
	"github.com/mysqldns/mysqldns/plugin/follow"
	"github.com/mysqldns/mysqldns/plugin/record"
)

// Bounds of what a look reads. More is read by the long way, whose answers come in parts with limits of time of their own.
const (
	lookRows   = 500
	lookOctets = 1 << 20 // of records
)

// Kinds of rows of the answer to a look.
const (
	lookEntry   = iota + 1 // an entry, and a row of its name if there is one
	lookRow                // the number of an entry, and a row of its name
	lookStamp              // in text
	lookSettled            // in text
)

// errLookTooBig is returned when a look finds more than it reads.
var errLookTooBig = errors.New("more than one look reads")

// Look implements follow.ChangeLog.
func (s *mysqlSession) Look(ctx context.Context, ask follow.Ask) (follow.Look, error) {
	if s.plain {
		return s.lookPlainly(ctx, ask)
	}
	found, err := s.lookAtOnce(ctx, ask)
	if !table.IsRefusal(err) {
		return found, err
	}
	found, err = s.lookPlainly(ctx, ask)
	s.plain = err == nil // it refused the form of the question, until Inspect says otherwise
	return found, err
}

// lookPlainly asks in several statements, each of which any server takes.
func (s *mysqlSession) lookPlainly(ctx context.Context, ask follow.Ask) (found follow.Look, err error) {
	sent := time.Now()
	if found.Counts, err = s.Count(ctx, ask.Seen.Marks); err != nil {
		return found, err
	}
	s.NoteAnswer(sent)
	if ask.Stamp {
		stamp, err := s.Stamp(ctx)
		if err != nil {
			return found, err
		}
		found.Stamp = &stamp
	}
	if ask.Settled != nil {
		counted, err := s.CountSince(ctx, ask.Settled.Since, ask.Settled.UpTo)
		if err != nil {
			return found, err
		}
		found.Settled = &counted
	}
	return found, nil
}

// lookAtOnce asks in one statement.
func (s *mysqlSession) lookAtOnce(ctx context.Context, ask follow.Ask) (found follow.Look, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	limit := s.Within(follow.QueryTimeout)
	if s.Join() == table.JoinByScan {
		limit = s.Within(follow.RereadTimeout) // the first row may take as long as all
	}
	timer := time.AfterFunc(limit, cancel)
	defer timer.Stop()
	sent := time.Now()
	statement, args := s.lookStatement(ask)
	rows, err := s.QueryContext(ctx, statement, args...)
	if err != nil {
		return found, err
	}
	defer rows.Close()
	s.NoteAnswer(sent)
	timer.Reset(s.Within(follow.RereadTimeout)) // it answers
	a := lookAnswer{seen: ask.Seen, session: s.Session, index: map[uint64]int{}}
	for rows.Next() && err == nil {
		err = a.take(rows)
	}
	if errors.Is(err, errLookTooBig) {
		rows.Close()
		return s.lookPlainly(ctx, ask)
	}
	if err = cmp.Or(err, rows.Err()); err != nil {
		return found, err
	}
	if ask.Stamp && a.found.Stamp == nil {
		return found, fmt.Errorf("%s is no table any more: %w", s.Table, sql.ErrNoRows)
	}
	return a.look(), nil
}

// lookStatement is the statement of a look. Its parts are SELECTs of the same columns: kind, two counts, an entry, a row, a text.
func (s *mysqlSession) lookStatement(ask follow.Ask) (statement string, args []any) {
	const entry = "e.seq, UNIX_TIMESTAMP(e.changed_at), TIMESTAMPDIFF(MICROSECOND, e.changed_at, NOW(6)), e.name"
	const noRow = "NULL, NULL, NULL, NULL, NULL, NULL"
	row, tail := s.RowColumns("r"), s.tailSQL(ask.Seen)
	same, other := s.MatchName("e.name"), s.MatchName(otherForm("e.name"))
	part := func(kind int, columns, from string) string {
		return fmt.Sprintf("(SELECT %d, %s FROM %s LIMIT %d)", kind, columns, from, lookRows+1)
	}
	rowsNamed := func(name string) string {
		return part(lookRow, "NULL, NULL, e.seq, NULL, NULL, NULL, "+row+", NULL", tail.fresh+" STRAIGHT_JOIN "+s.JoinedTable("r", name)+" WHERE "+tail.isFresh)
	}
	var parts []string
	if s.Join() == table.JoinByIndex {
		name := fmt.Sprintf("IF(e.seq > %d, %s, NULL)", ask.Seen.Low, same)
		parts = append(parts, part(lookEntry, tail.counts+", "+entry+", "+row+", NULL", tail.all+" LEFT JOIN "+s.JoinedTable("r", name)+tail.where))
	} else {
		parts = append(parts, part(lookEntry, tail.counts+", "+entry+", "+noRow+", NULL", tail.all+tail.where))
	}
	if s.Join() == table.JoinByScan {
		parts = append(parts, rowsNamed(same))
	}
	if ask.BothForms && s.Join() != table.NoJoin {
		parts = append(parts, rowsNamed(other))
	}
	const text = "SELECT %d, NULL, NULL, NULL, NULL, NULL, NULL, " + noRow + ", %s %s"
	if ask.Stamp {
		stamp, from, named := s.StampSQL()
		parts, args = append(parts, fmt.Sprintf(text, lookStamp, stamp, from)), named
	}
	if ask.Settled != nil {
		counted, from := s.settledSQL(ask.Settled.Since, ask.Settled.UpTo)
		parts = append(parts, fmt.Sprintf(text, lookSettled, "CONCAT_WS('|', "+counted+")", from))
	}
	return strings.Join(parts, " UNION ALL "), args
}

// tailSQL is the end of the change log as parts of a SELECT.
type tailSQL struct {
	all, where     string // the entry at our position, and what may be new
	counts         string // of all: how many entries there are between the marks
	fresh, isFresh string // what may be new
}

// tailSQL is the end of the change log, from our position on. Where no number is missing between that and the highest that was seen, what is beyond is new. Otherwise
// what the server counts between the marks says from where on all is wanted.
func (s *mysqlSession) tailSQL(seen follow.Seen) tailSQL {
	log := s.Table.Changes().Quoted() + " AS e"
	if seen.Low == seen.High {
		return tailSQL{all: log, where: fmt.Sprintf(" WHERE e.seq >= %d", seen.Low), counts: "0, 0", fresh: log, isFresh: fmt.Sprintf("e.seq > %d", seen.Low)}
	}
	count := func(above, upTo uint64) string {
		return fmt.Sprintf("(SELECT COUNT(*) FROM %s WHERE seq > %d AND seq <= %d)", s.Table.Changes().Quoted(), above, upTo)
	}
	counted := "(SELECT " + count(seen.Low, seen.Young) + " AS old, " + count(seen.Young, seen.High) + " AS recent) AS c"
	beyond := fmt.Sprintf("e.seq > CASE WHEN c.old > %d THEN %d WHEN c.recent > %d THEN %d ELSE %d END", seen.Old, seen.Low, seen.Recent, seen.Young, seen.High)
	return tailSQL{
		all:     fmt.Sprintf("%s LEFT JOIN %s ON e.seq >= %d AND (e.seq = %d OR %s)", counted, log, seen.Low, seen.Low, beyond),
		counts:  "c.old, c.recent",
		fresh:   counted + " STRAIGHT_JOIN " + log,
		isFresh: fmt.Sprintf("e.seq > %d AND %s", seen.Low, beyond),
	}
}

// otherForm is the expression for a name without the final dot if it has one, and otherwise with one.
func otherForm(name string) string {
	return "IF(RIGHT(" + name + ", 1) = '.', LEFT(" + name + ", CHAR_LENGTH(" + name + ") - 1), CONCAT(" + name + ", '.'))"
}

// lookAnswer is the answer to a look, as it comes.
type lookAnswer struct {
	session      *table.Session
	seen         follow.Seen
	found        follow.Look
	old, recent  int            // entries between the marks
	index        map[uint64]int // of an entry in found.Changes, by its number
	rows, octets int
	named        []numberedRow
}

// numberedRow is a row of the name in the entry with a number.
type numberedRow struct {
	seq uint64
	record.Row
}

// take takes a row of the answer.
func (a *lookAnswer) take(rows *sql.Rows) error {
	var kind int
	var old, recent, age sql.NullInt64
	var seq sql.Null[uint64]
	var at, name, text sql.RawBytes
	var raw table.RawRow
	dest := append([]any{&kind, &old, &recent, &seq, &at, &age, &name}, raw.Dest()...)
	if err := rows.Scan(append(dest, &text)...); err != nil {
		return err
	}
	switch kind {
	case lookStamp:
		stamp := a.session.ParseStamp(string(text))
		a.found.Stamp = &stamp
		return nil
	case lookSettled:
		return a.takeSettled(string(text))
	case lookEntry:
		a.old, a.recent = int(old.Int64), int(recent.Int64)
		if err := a.takeEntry(seq.V, string(at), string(name), age.Int64); err != nil {
			return err
		}
	}
	if raw.IsRow() && seq.V > a.seen.Low {
		row := numberedRow{seq: seq.V}
		raw.Fill(&row.Row)
		a.octets += len(row.Record)
		a.named = append(a.named, row)
	}
	if a.rows++; a.rows > lookRows || a.octets > lookOctets {
		return errLookTooBig
	}
	return nil
}

// takeEntry takes an entry, which comes once for each row of its name; one with the number 0 is none.
func (a *lookAnswer) takeEntry(seq uint64, at, name string, age int64) error {
	if _, again := a.index[seq]; again || seq == 0 {
		return nil
	}
	microseconds, err := microsecondsOf(at)
	if err != nil {
		return err
	}
	e := follow.Entry{Seq: seq, At: microseconds}
	if seq == a.seen.Low {
		a.found.Counts.Low = e
		return nil
	}
	a.index[seq] = len(a.found.Changes)
	change := follow.Change{Entry: e, Name: name, All: name == table.Everything, Age: time.Duration(age) * time.Microsecond}
	a.found.Changes = append(a.found.Changes, follow.ChangedRows{Change: change})
	if seq > a.seen.High {
		a.found.Counts.BeyondHigh++
	}
	return nil
}

// takeSettled takes the count of settled entries.
func (a *lookAnswer) takeSettled(text string) error {
	var c follow.SinceCount
	if _, err := fmt.Sscanf(text, "%d|%d|%d", &c.Whole.Entries, &c.Half.Since, &c.Half.Entries); err != nil {
		return fmt.Errorf("count of the settled entries: %w", err)
	}
	a.found.Settled = &c
	return nil
}

// look is the answer when all of it has come.
func (a *lookAnswer) look() follow.Look {
	c := &a.found.Counts
	c.BeyondYoung = c.BeyondHigh + a.recent
	c.FromLow = c.BeyondYoung + a.old
	if c.Low.Seq != 0 {
		c.FromLow++
	}
	if a.found.Whole = a.session.Join() != table.NoJoin; !a.found.Whole {
		a.found.Changes = nil
		return a.found
	}
	for _, row := range a.named {
		if i, ok := a.index[row.seq]; ok {
			a.found.Changes[i].Rows = append(a.found.Changes[i].Rows, row.Row)
		}
	}
	return a.found
}
