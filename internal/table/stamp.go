package table

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/mysqldns/mysqldns/plugin/follow"
)

// stampText is a stamp as one text: a part of a statement that asks for more.
const stampText = "CONCAT_WS('|', TABLE_TYPE, COALESCE(CREATE_TIME, ''), COALESCE(UPDATE_TIME, ''), COALESCE(TIMESTAMPDIFF(SECOND, UPDATE_TIME, NOW()), '')," +
	" COALESCE(AUTO_INCREMENT, ''), COALESCE(TABLE_ROWS, ''))"

// fromStamp is where that is read from. Its arguments are Name.Schema and Name.Table.
const fromStamp = "FROM information_schema.TABLES WHERE TABLE_SCHEMA = COALESCE(?, DATABASE()) AND TABLE_NAME = ?"

// StampSQL returns an expression for the stamp of the table, which ParseStamp reads, what it is to be selected from, and the arguments of that.
func (s *Session) StampSQL() (text, from string, args []any) {
	return stampText, fromStamp, []any{s.Table.Schema(), s.Table.Table}
}

// ParseStamp reads what StampSQL selects.
func (s *Session) ParseStamp(text string) follow.Stamp {
	parts := strings.Split(text, "|")
	unknown := follow.Stamp{Rows: -1}
	if len(parts) != 6 {
		return unknown
	}
	s.Streams = parts[0] == "BASE TABLE"
	if !s.Streams || !s.About.Stamps {
		return unknown // a view has no stamp
	}
	stamp := follow.Stamp{Created: parts[1], Updated: parts[2], Rows: -1}
	if seconds, err := strconv.ParseInt(parts[3], 10, 64); err == nil {
		stamp.Age = time.Duration(seconds) * time.Second
	}
	stamp.NextID, _ = strconv.ParseUint(parts[4], 10, 64)
	if rows, err := strconv.ParseInt(parts[5], 10, 64); err == nil {
		stamp.Rows = rows
	}
	return stamp
}

// Stamp asks what the server says about when the table changed.
func (s *Session) Stamp(ctx context.Context) (follow.Stamp, error) {
	ctx, cancel := context.WithTimeout(ctx, s.Within(follow.QueryTimeout))
	defer cancel()
	var text string
	err := s.QueryRowContext(ctx, "SELECT "+stampText+" "+fromStamp, s.Table.Schema(), s.Table.Table).Scan(&text)
	return s.ParseStamp(text), err
}
