package mysqldns

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/mysqldns/mysqldns/internal/table"
	"github.com/mysqldns/mysqldns/plugin/follow"
)

// replicationRights is what this user may see of how its server gets what others write. What was refused once is not asked for again in a session.
type replicationRights struct{ noReplica, noGroup bool }

// Replication implements follow.Node. The rights that it needs beyond SELECT on the table are in docs/operations.md; without them nothing is known.
func (s *mysqlSession) Replication(ctx context.Context) (follow.Replication, error) {
	ctx, cancel := context.WithTimeout(ctx, s.Within(follow.QueryTimeout))
	defer cancel()
	if !s.rights.noGroup {
		stopped, err := s.groupState(ctx)
		s.rights.noGroup = table.IsRefusal(err)
		if err != nil && !s.rights.noGroup || stopped != "" {
			return follow.Replication{Stopped: stopped}, err
		}
	}
	if s.rights.noReplica {
		return follow.Replication{}, nil
	}
	r, err := s.replicaState(ctx)
	if s.rights.noReplica = table.IsRefusal(err); s.rights.noReplica {
		return follow.Replication{}, nil
	}
	return r, err
}

// groupState is why a member of a group (MySQL Group Replication) gets nothing; "" if it does, or is none.
func (s *mysqlSession) groupState(ctx context.Context) (stopped string, err error) {
	var members int
	var unreachable sql.NullInt64
	var own sql.NullString
	err = s.QueryRowContext(ctx, "SELECT COUNT(*), SUM(MEMBER_STATE = 'UNREACHABLE'), MAX(IF(MEMBER_ID = @@server_uuid, MEMBER_STATE, NULL))"+
		" FROM performance_schema.replication_group_members").Scan(&members, &unreachable, &own)
	switch {
	case err != nil || !own.Valid:
		return "", err
	case own.String != "ONLINE":
		return "it is " + own.String + " in its group", nil
	case 2*int(unreachable.Int64) >= members:
		return "it has lost the majority of its group", nil
	}
	return "", nil
}

// replicaState is how a replica gets what its source writes.
func (s *mysqlSession) replicaState(ctx context.Context) (r follow.Replication, err error) {
	rows, err := s.QueryContext(ctx, "SHOW REPLICA STATUS")
	if err != nil {
		return r, err
	}
	defer rows.Close()
	for rows.Next() {
		status, err := scanStatus(rows)
		if err != nil {
			return r, err
		}
		if strings.HasPrefix(status["channel_name"], "group_replication_") {
			continue
		}
		if channel := channelState(status); channel.Stopped != "" || channel.Lag > r.Lag && r.Stopped == "" {
			r = channel
		}
	}
	return r, rows.Err()
}

// scanStatus reads a row of SHOW REPLICA STATUS by the names of its columns, in lower case and in MySQL's words: MariaDB and older servers have others.
func scanStatus(rows *sql.Rows) (map[string]string, error) {
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	values := make([]sql.NullString, len(columns))
	dest := make([]any, len(columns))
	for i := range values {
		dest[i] = &values[i]
	}
	if err := rows.Scan(dest...); err != nil {
		return nil, err
	}
	status := map[string]string{}
	words := strings.NewReplacer("slave", "replica", "master", "source")
	for i, column := range columns {
		status[words.Replace(strings.ToLower(column))] = values[i].String
	}
	return status, nil
}

// channelState is the state of one channel, by which a replica gets what one source writes.
func channelState(status map[string]string) (r follow.Replication) {
	source := status["source_host"] + ":" + status["source_port"]
	switch {
	case status["replica_sql_running"] != "Yes":
		r.Stopped = because("it applies nothing of what "+source+" writes", status["last_sql_error"])
	case status["replica_io_running"] == "No":
		r.Stopped = because("it receives nothing of what "+source+" writes", status["last_io_error"])
	case status["replica_io_running"] != "Yes":
		r.Stopped = because("it has no connection to "+source, status["last_io_error"])
	default:
		seconds, err := strconv.Atoi(status["seconds_behind_source"])
		if err == nil {
			r.Lag = time.Duration(seconds) * time.Second
		}
	}
	return r
}

func because(what, why string) string {
	if why == "" {
		return what
	}
	return fmt.Sprintf("%s (%s)", what, oneLine(errors.New(why)))
}
