package table

import (
	"context"
	"strings"
)

// fact is a row of the answer to several questions that are asked together.
type fact struct {
	kind   string
	values []string // "" for NULL
}

// question is a SELECT of facts of one kind, and its arguments.
type question struct {
	kind   string
	values []string // expressions
	from   string   // what follows them
	args   []any
}

// factSeparator stands between the values of a fact. No name and no version has it.
const factSeparator = "\x1f"

// ask asks several questions in one statement, so in one round trip.
func (s *Session) ask(ctx context.Context, questions ...question) ([]fact, error) {
	var statement []string
	var args []any
	for _, q := range questions {
		statement = append(statement, q.sql())
		args = append(args, q.args...)
	}
	rows, err := s.QueryContext(ctx, strings.Join(statement, " UNION ALL "), args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var facts []fact
	for rows.Next() {
		var kind, values string
		if err := rows.Scan(&kind, &values); err != nil {
			return nil, err
		}
		facts = append(facts, fact{kind, strings.Split(values, factSeparator)})
	}
	return facts, rows.Err()
}

// sql is the question as a part of a UNION. Its values are octets there: their collations differ, and would not go together. They are in one column, since the
// embedded engine ends the connection at a UNION of several parts with columns in which some have nothing.
func (q question) sql() string {
	list := []string{"'" + factSeparator + "'"}
	for _, value := range q.values {
		list = append(list, "CAST(COALESCE("+value+", '') AS BINARY)")
	}
	return "SELECT '" + q.kind + "', CONCAT_WS(" + strings.Join(list, ", ") + ") " + q.from
}
