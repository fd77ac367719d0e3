package mysqldns

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mysqldns/mysqldns/internal/table"
	"github.com/mysqldns/mysqldns/plugin/follow"
)

// entryColumns are what an entry of a change log is read from.
const entryColumns = "seq, UNIX_TIMESTAMP(changed_at)"

// newestFirst is which entry has the highest number.
const newestFirst = "ORDER BY seq DESC LIMIT 1"

// Newest implements follow.ChangeLog.
func (s *mysqlSession) Newest(ctx context.Context) (follow.Entry, error) {
	return s.oneEntry(ctx, newestFirst)
}

// Find implements follow.ChangeLog.
func (s *mysqlSession) Find(ctx context.Context, e follow.Entry) (follow.Relation, error) {
	ctx, cancel := context.WithTimeout(ctx, s.Within(follow.QueryTimeout))
	defer cancel()
	var at sql.NullString
	var first sql.Null[uint64]
	var before bool
	changes := s.Table.Changes().Quoted()
	err := s.QueryRowContext(ctx, "SELECT (SELECT UNIX_TIMESTAMP(changed_at) FROM "+changes+" WHERE seq = ?), (SELECT MIN(seq) FROM "+changes+"),"+
		" EXISTS (SELECT 1 FROM "+changes+" WHERE seq < ? AND changed_at <= FROM_UNIXTIME(? / 1000000))", e.Seq, e.Seq, e.At).
		Scan(&at, &first, &before)
	if err != nil {
		return follow.Unrelated, err
	}
	there, err := microsecondsOf(at.String)
	switch {
	case err != nil:
		return follow.Unrelated, err
	case at.Valid && there == e.At, first.Valid && e.Seq < first.V:
		return follow.Having, nil
	case before:
		return follow.Lacking, nil
	}
	return follow.Unrelated, nil
}

// lacksMost is how many entries a statement asks for.
const lacksMost = 5000

// Lacks implements follow.ChangeLog.
func (s *mysqlSession) Lacks(ctx context.Context, entries []follow.Entry) (bool, error) {
	for some := range slices.Chunk(entries, lacksMost) {
		missing := map[follow.Entry]bool{}
		var numbers strings.Builder
		for _, e := range some {
			missing[e] = true
			fmt.Fprintf(&numbers, ",%d", e.Seq)
		}
		there, err := s.entries(ctx, "WHERE seq IN ("+numbers.String()[1:]+")")
		if err != nil {
			return false, err
		}
		for _, e := range there {
			delete(missing, e)
		}
		if len(missing) == 0 {
			continue
		}
		first, err := s.oneEntry(ctx, "ORDER BY seq LIMIT 1")
		if err != nil {
			return false, err
		}
		for e := range missing {
			if e.Seq >= first.Seq {
				return true, nil
			}
		}
	}
	return false, nil
}

// Kinds of rows of the answer to End.
const (
	endRecent = iota + 1
	endBefore
	endSettled
	endStamp
)

// End implements follow.ChangeLog.
func (s *mysqlSession) End(ctx context.Context, age time.Duration, most int, settledAge time.Duration) (end follow.LogEnd, err error) {
	if s.plain {
		return s.endPlainly(ctx, age, most, settledAge)
	}
	ctx, cancel := context.WithTimeout(ctx, s.Within(follow.QueryTimeout))
	defer cancel()
	stamp, fromStamp, args := s.StampSQL()
	changes := s.Table.Changes().Quoted()
	since := func(age time.Duration) string { return fmt.Sprintf("(UNIX_TIMESTAMP() - %d)", int64(age.Seconds())) }
	first := "(SELECT MIN(seq) FROM " + changes + " WHERE changed_at >= FROM_UNIXTIME(" + since(age) + "))"
	before := "COALESCE(" + first + ", 18446744073709551615)" // all, if there is none
	rows, err := s.QueryContext(ctx, fmt.Sprintf("(SELECT %d, seq, UNIX_TIMESTAMP(changed_at), NULL FROM %s WHERE seq >= %s ORDER BY seq DESC LIMIT %d)"+
		" UNION ALL (SELECT %d, seq, UNIX_TIMESTAMP(changed_at), NULL FROM %s WHERE seq < %s ORDER BY seq DESC LIMIT 1)"+
		" UNION ALL SELECT %d, COUNT(*), %s, NULL FROM %s WHERE changed_at >= FROM_UNIXTIME(%s) AND seq < %s"+
		" UNION ALL SELECT %d, 0, NULL, %s %s",
		endRecent, changes, first, most, endBefore, changes, before, endSettled, since(settledAge), changes, since(settledAge), before, endStamp, stamp, fromStamp), args...)
	if err != nil {
		return end, err
	}
	defer rows.Close()
	for rows.Next() {
		var kind int
		var number uint64
		var at, text sql.NullString
		if err := rows.Scan(&kind, &number, &at, &text); err != nil {
			return end, err
		}
		e := follow.Entry{Seq: number}
		if e.At, err = microsecondsOf(at.String); err != nil {
			return end, err
		}
		switch kind {
		case endRecent:
			end.Recent = append(end.Recent, e)
		case endBefore:
			end.Before = e
		case endSettled:
			end.Settled = follow.Tally{Since: e.At / 1e6, Entries: int(number)}
		case endStamp:
			end.Stamp = s.ParseStamp(text.String)
		}
	}
	slices.Reverse(end.Recent)
	return end, rows.Err()
}

// endPlainly asks in several statements, each of which any server takes.
func (s *mysqlSession) endPlainly(ctx context.Context, age time.Duration, most int, settledAge time.Duration) (end follow.LogEnd, err error) {
	first := "(SELECT MIN(seq) FROM " + s.Table.Changes().Quoted() + " WHERE changed_at >= FROM_UNIXTIME(UNIX_TIMESTAMP() - ?))"
	seconds := int64(age.Seconds())
	if end.Recent, err = s.entries(ctx, "WHERE seq >= "+first+" ORDER BY seq DESC LIMIT ?", seconds, most); err != nil {
		return end, err
	}
	slices.Reverse(end.Recent)
	if end.Before, err = s.oneEntry(ctx, "WHERE seq < COALESCE("+first+", 18446744073709551615) ORDER BY seq DESC LIMIT 1", seconds); err != nil {
		return end, err
	}
	counted, err := s.CountSince(ctx, -int64(settledAge.Seconds()), end.Before.Seq)
	if err != nil {
		return end, err
	}
	end.Settled = counted.Whole
	end.Stamp, err = s.Stamp(ctx)
	return end, err
}

// entries reads some of the change log.
func (s *mysqlSession) entries(ctx context.Context, which string, args ...any) (entries []follow.Entry, err error) {
	ctx, cancel := context.WithTimeout(ctx, s.Within(follow.QueryTimeout))
	defer cancel()
	rows, err := s.QueryContext(ctx, "SELECT "+entryColumns+" FROM "+s.Table.Changes().Quoted()+" "+which, args...)
	if err != nil {
		return nil, err
	}
	err = each(rows, func() (err error) {
		var e follow.Entry
		var at string
		if err := rows.Scan(&e.Seq, &at); err != nil {
			return err
		}
		e.At, err = microsecondsOf(at)
		entries = append(entries, e)
		return err
	})
	return entries, err
}

// oneEntry reads one of the change log, the zero Entry if there is none.
func (s *mysqlSession) oneEntry(ctx context.Context, which string, args ...any) (follow.Entry, error) {
	entries, err := s.entries(ctx, which, args...)
	if err != nil || len(entries) == 0 {
		return follow.Entry{}, err
	}
	return entries[0], nil
}

// Count implements follow.ChangeLog.
func (s *mysqlSession) Count(ctx context.Context, m follow.Marks) (c follow.Counts, err error) {
	ctx, cancel := context.WithTimeout(ctx, s.Within(follow.QueryTimeout))
	defer cancel()
	var at string
	changes := s.Table.Changes().Quoted()
	err = s.QueryRowContext(ctx, "SELECT COUNT(*), COALESCE(SUM(seq > ?), 0), COALESCE(SUM(seq > ?), 0), COALESCE(MIN(seq), 0),"+
		" COALESCE((SELECT UNIX_TIMESTAMP(changed_at) FROM "+changes+" WHERE seq = ?), '') FROM "+changes+" WHERE seq >= ?",
		m.Young, m.High, m.Low, m.Low).Scan(&c.FromLow, &c.BeyondYoung, &c.BeyondHigh, &c.Low.Seq, &at)
	if err != nil {
		return c, err
	}
	c.Low.At, err = microsecondsOf(at)
	return c, err
}

// Read implements follow.ChangeLog.
func (s *mysqlSession) Read(ctx context.Context, after uint64, expected int, visit func(follow.Change) error) error {
	ctx, cancel := context.WithTimeout(ctx, s.Within(follow.QueryTimeout)+time.Duration(expected)*follow.PerEntryTimeout)
	defer cancel()
	rows, err := s.QueryContext(ctx, "SELECT name, "+entryColumns+", TIMESTAMPDIFF(MICROSECOND, changed_at, NOW(6)) FROM "+
		s.Table.Changes().Quoted()+" WHERE seq > ?", after)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var name, at sql.RawBytes
		var c follow.Change
		var age int64 // microseconds
		if err := rows.Scan(&name, &c.Seq, &at, &age); err != nil {
			return err
		}
		if c.At, err = microsecondsOf(string(at)); err != nil {
			return err
		}
		c.Name, c.Age = string(name), time.Duration(age)*time.Microsecond
		c.All = c.Name == table.Everything
		if err := visit(c); err != nil {
			return err
		}
	}
	return rows.Err()
}

// CountSince implements follow.ChangeLog.
func (s *mysqlSession) CountSince(ctx context.Context, since int64, upTo uint64) (c follow.SinceCount, err error) {
	ctx, cancel := context.WithTimeout(ctx, s.Within(follow.QueryTimeout))
	defer cancel()
	if since < 0 {
		if err := s.QueryRowContext(ctx, "SELECT UNIX_TIMESTAMP() + ?", since).Scan(&since); err != nil {
			return c, err
		}
	}
	c.Whole.Since = since
	counted, from := s.settledSQL(since, upTo)
	err = s.QueryRowContext(ctx, "SELECT "+counted+" "+from).Scan(&c.Whole.Entries, &c.Half.Since, &c.Half.Entries)
	return c, err
}

// settledSQL is what a SinceCount is made of, three expressions, and what they are to be selected from.
func (s *mysqlSession) settledSQL(since int64, upTo uint64) (counted, from string) {
	half := fmt.Sprintf("(%d + UNIX_TIMESTAMP()) DIV 2", since)
	return "COUNT(*), " + half + ", COALESCE(SUM(changed_at >= FROM_UNIXTIME(" + half + ")), 0)",
		fmt.Sprintf("FROM %s WHERE changed_at >= FROM_UNIXTIME(%d) AND seq <= %d", s.Table.Changes().Quoted(), since, upTo)
}

// microsecondsOf reads what UNIX_TIMESTAMP returns: seconds, with a fraction or without; nothing is 0.
func microsecondsOf(timestamp string) (int64, error) {
	if timestamp == "" {
		return 0, nil
	}
	whole, fraction, _ := strings.Cut(timestamp, ".")
	microseconds, err := strconv.ParseInt(whole+(fraction + "000000")[:6], 10, 64)
	if err != nil {
		return 0, fmt.Errorf("changed_at: %q is no time", timestamp)
	}
	return microseconds, nil
}
