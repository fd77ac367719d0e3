package table

import (
	"context"
	"database/sql"
	"strings"
)

// fact is a row of the answer to several questions that are asked together, each a SELECT that says of what kind its rows are.
type fact struct {
	kind   string
	values [factValues]string // "" for NULL
}

// factValues is how many values a fact may have.
const factValues = 6

// question is a SELECT of facts, and its arguments.
type question struct {
	kind   string
	values []string // expressions
	from   string   // what follows them
	args   []any
}

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
		var f fact
		var values [factValues]sql.NullString
		dest := []any{&f.kind}
		for i := range values {
			dest = append(dest, &values[i])
		}
		if err := rows.Scan(dest...); err != nil {
			return nil, err
		}
		for i := range values {
			f.values[i] = values[i].String
		}
		facts = append(facts, f)
	}
	return facts, rows.Err()
}

// sql is the question as a part of a UNION. Its values are octets there: their collations differ, and would not go together.
func (q question) sql() string {
	list := []string{"'" + q.kind + "'"}
	for i := range factValues {
		value := "NULL"
		if i < len(q.values) {
			value = "CAST(" + q.values[i] + " AS BINARY)"
		}
		list = append(list, value)
	}
	return "SELECT " + strings.Join(list, ", ") + " " + q.from
}
