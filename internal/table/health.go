package table

import (
	"context"
	"fmt"
	"strings"
)

// MissingTriggers are the events, of INSERT, UPDATE and DELETE, for which the table has no trigger although it has a change log. There are none of a
// view, whose tables have the triggers, and where the user may not see any.
func (s *Session) MissingTriggers(ctx context.Context) ([]string, error) {
	if !s.HasLog {
		return nil, nil
	}
	events := map[string]bool{}
	rows, err := s.QueryContext(ctx, "SELECT EVENT_MANIPULATION FROM information_schema.TRIGGERS WHERE EVENT_OBJECT_SCHEMA = COALESCE(?, DATABASE()) AND EVENT_OBJECT_TABLE = ?",
		s.Table.Schema(), s.Table.Table)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var event string
		if err := rows.Scan(&event); err != nil {
			return nil, err
		}
		events[strings.ToUpper(event)] = true
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	if len(events) == 0 {
		if sees, err := s.seesTriggers(ctx); err != nil || !sees {
			return nil, err
		}
	}
	var missing []string
	for _, event := range []string{"INSERT", "UPDATE", "DELETE"} {
		if !events[event] {
			missing = append(missing, event)
		}
	}
	return missing, nil
}

// seesTriggers reports whether it is a table, and whether this user has the right to see its triggers.
func (s *Session) seesTriggers(ctx context.Context) (bool, error) {
	var kind string
	err := s.QueryRowContext(ctx, "SELECT TABLE_TYPE FROM information_schema.TABLES WHERE TABLE_SCHEMA = COALESCE(?, DATABASE()) AND TABLE_NAME = ?",
		s.Table.Schema(), s.Table.Table).Scan(&kind)
	if err != nil || kind != "BASE TABLE" {
		return false, err
	}
	const who = "PRIVILEGE_TYPE = 'TRIGGER' AND GRANTEE = CONCAT('''', REPLACE(CURRENT_USER(), '@', '''@'''), '''')"
	var rights int
	err = s.QueryRowContext(ctx, fmt.Sprintf("SELECT (SELECT COUNT(*) FROM information_schema.USER_PRIVILEGES WHERE %[1]s)"+
		" + (SELECT COUNT(*) FROM information_schema.SCHEMA_PRIVILEGES WHERE %[1]s AND COALESCE(?, DATABASE()) LIKE TABLE_SCHEMA)"+
		" + (SELECT COUNT(*) FROM information_schema.TABLE_PRIVILEGES WHERE %[1]s AND TABLE_SCHEMA = COALESCE(?, DATABASE()) AND TABLE_NAME = ?)", who),
		s.Table.Schema(), s.Table.Schema(), s.Table.Table).Scan(&rights)
	return rights > 0, err
}
