package table

import (
	"context"
	"slices"
	"strings"

	"github.com/mysqldns/mysqldns/plugin/follow"
)

// Inspect finds out which columns the table has, whether it has a change log, and its stamp. Open has done so; a table may be altered since.
func (s *Session) Inspect(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, s.Within(follow.QueryTimeout))
	defer cancel()
	facts, err := s.ask(ctx, s.aboutTable()...)
	if err != nil {
		return err
	}
	return s.learn(ctx, facts)
}

// inspectFirst is Inspect, and finds out what is to be known of the server: in one statement, where the server takes that.
func (s *Session) inspectFirst(ctx context.Context) error {
	facts, err := s.ask(ctx, append(s.aboutTable(), aboutAccount, aboutServer())...)
	if IsRefusal(err) {
		return s.inspectPlainly(ctx)
	}
	if err != nil {
		return err
	}
	for _, f := range facts {
		switch f.kind {
		case kindAccount:
			s.account = accountFrom(f)
		case kindServer:
			s.About = serverFrom(f)
		}
	}
	if s.About.Uptime == 0 { // MySQL may have been told not to keep it where it was looked for
		if s.About.Uptime, err = s.uptime(ctx); err != nil {
			return err
		}
	}
	return s.learn(ctx, facts)
}

// inspectPlainly asks one thing at a time.
func (s *Session) inspectPlainly(ctx context.Context) (err error) {
	if s.account, err = s.readAccount(ctx); err != nil {
		return err
	}
	if s.About, err = s.askServer(ctx); err != nil {
		return err
	}
	facts, err := s.ask(ctx, s.aboutTable()...)
	if err != nil {
		return err
	}
	return s.learn(ctx, facts)
}

// learn takes what was found out about the table.
func (s *Session) learn(ctx context.Context, facts []fact) (err error) {
	s.Columns, s.index, s.logText = Columns{}, "", text{}
	s.Stamped, s.Streams = follow.Stamp{Rows: -1}, false
	var found, ofLog []string
	readable, mergeable := true, false
	for _, f := range facts {
		switch f.kind {
		case kindColumn:
			s.Columns.note(f)
			found = append(found, f.values[0])
			readable = readable && mayBeSelected(f)
		case kindLogColumn:
			column := strings.ToLower(f.values[0])
			if mayBeSelected(f) {
				ofLog = append(ofLog, column)
			}
			if column == wantedColumns[columnName] {
				s.logText = textOf(f)
			}
		case kindIndex:
			s.index = f.values[0]
		case kindView:
			mergeable = f.values[0] == "YES"
		case kindStamp:
			s.Stamped = s.ParseStamp(f.values[0])
		}
	}
	if err := s.checkColumns(ctx, s.Columns, found, readable); err != nil {
		return err
	}
	s.join = joinOf(s.Streams, s.index != "", mergeable)
	return s.findLog(ctx, ofLog)
}

// mayBeSelected reports whether this user may read a column.
func mayBeSelected(column fact) bool {
	return strings.Contains(strings.ToLower(column.values[4]), "select")
}

// findLog finds out whether there is a change log that this user may read, at least some columns of it.
func (s *Session) findLog(ctx context.Context, columns []string) (err error) {
	s.HasLog, s.LogGrant = true, ""
	for _, needed := range []string{"seq", "name", "changed_at"} {
		if !slices.Contains(columns, needed) {
			s.HasLog, err = s.probeLog(ctx)
			return err
		}
	}
	return nil
}
