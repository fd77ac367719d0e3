package table

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"github.com/mysqldns/mysqldns/plugin/record"

	"github.com/miekg/dns"
)

// Bounds of one statement. It holds locks while it runs, and the server takes no more than its max_allowed_packet.
const (
	writeBatch  = 1000    // rows
	writeOctets = 1 << 20 // of text
)

// Writer deletes and inserts rows, many in one statement. Deletions that come before an insertion are done before it. It is used within
// Session.Transaction, whose goroutine it is.
type Writer struct {
	session *Session
	most    int // octets of a statement
	into    string
	columns []int // that it writes

	deletes []any
	inserts []any
	size    int // of inserts, in octets
}

// NewWriter looks whether rows can be written in a transaction, and in which form.
func (s *Session) NewWriter(ctx context.Context) (*Writer, error) {
	if err := s.checkTransactions(ctx); err != nil {
		return nil, err
	}
	w := &Writer{session: s, most: writeOctets}
	var packet int
	if err := s.QueryRowContext(ctx, "SELECT @@max_allowed_packet").Scan(&packet); err == nil {
		w.most = min(w.most, packet/2)
	}
	// A server that is not strict cuts what is too long for a column.
	if err := s.try(ctx, "SET SESSION sql_mode = CONCAT(@@SESSION.sql_mode, ',STRICT_ALL_TABLES')"); err != nil {
		return nil, err
	}
	var names []string
	for i, column := range s.Columns.names {
		switch {
		case i == columnID:
			continue
		case column == "" && i == columnTTL:
			return nil, fmt.Errorf("%s has no column ttl, or this user may not read it: add the column", s.Table)
		case column == "":
			continue // class, which then is IN
		}
		names = append(names, Quote(column))
		w.columns = append(w.columns, i)
	}
	w.into = "INSERT INTO " + s.Table.Quoted() + " (" + strings.Join(names, ", ") + ") VALUES "
	return w, nil
}

// checkTransactions reports whether the table is one whose changes can be rolled back.
func (s *Session) checkTransactions(ctx context.Context) error {
	var kind string
	var engine, transactions sql.NullString
	err := s.QueryRowContext(ctx, "SELECT TABLE_TYPE, ENGINE, (SELECT MAX(TRANSACTIONS) FROM information_schema.ENGINES e WHERE e.ENGINE = t.ENGINE)"+
		" FROM information_schema.TABLES t WHERE TABLE_SCHEMA = COALESCE(?, DATABASE()) AND TABLE_NAME = ?", s.Table.Schema(), s.Table.Table).
		Scan(&kind, &engine, &transactions)
	switch {
	case err != nil:
		return err
	case kind != "BASE TABLE":
		return fmt.Errorf("%s is a view, and views such as those of ptr.sql and disabled.sql cannot be written: name the table behind it, such as tb_dns", s.Table)
	case strings.EqualFold(transactions.String, "NO"):
		return fmt.Errorf("%s is kept by %s, which has no transactions: ALTER TABLE %s ENGINE = InnoDB", s.Table, engine.String, s.Table.Quoted())
	}
	return nil
}

// Delete deletes the row with this id.
func (w *Writer) Delete(ctx context.Context, id uint64) error {
	w.deletes = append(w.deletes, id)
	if len(w.deletes) < writeBatch {
		return nil
	}
	return w.flushDeletes(ctx)
}

func (w *Writer) flushDeletes(ctx context.Context) error {
	if len(w.deletes) == 0 {
		return nil
	}
	result, err := w.session.ExecContext(ctx, "DELETE FROM "+w.session.Table.Quoted()+" WHERE "+Quote(w.session.Columns.names[columnID])+
		" IN (?"+strings.Repeat(",?", len(w.deletes)-1)+")", w.deletes...)
	if err != nil {
		return err
	}
	if gone, err := result.RowsAffected(); err == nil && gone != int64(len(w.deletes)) {
		return ErrChanged
	}
	w.deletes = w.deletes[:0]
	return nil
}

// Insert inserts a row, as record.Format makes one; its ID is the server's choice.
func (w *Writer) Insert(ctx context.Context, row record.Row) error {
	size := 2*(len(row.Name)+len(row.Record)) + 100 // each octet may need a backslash
	if len(w.inserts) > 0 && (w.size+size > w.most || len(w.inserts) == writeBatch*len(w.columns)) {
		if err := w.Flush(ctx); err != nil {
			return err
		}
	}
	w.size += size
	for _, column := range w.columns {
		w.inserts = append(w.inserts, w.value(row, column))
	}
	return nil
}

// value is what a column takes of a row.
func (w *Writer) value(row record.Row, column int) any {
	numeric := w.session.Columns.numeric[column]
	switch column {
	case columnName:
		return row.Name
	case columnType:
		if t, err := record.Type(row.Type); err == nil && numeric {
			return t
		}
		return row.Type
	case columnClass:
		if numeric {
			return dns.ClassINET
		}
		return row.Class
	case columnTTL:
		return row.TTL
	}
	return row.Record
}

// SetTTL gives rows another TTL than they have, at once.
func (w *Writer) SetTTL(ctx context.Context, ttl uint32, ids []uint64) error {
	for batch := range slices.Chunk(ids, writeBatch) {
		args := []any{ttl}
		for _, id := range batch {
			args = append(args, id)
		}
		err := w.update(ctx, len(batch), "SET "+w.column(columnTTL)+" = ? WHERE "+w.column(columnID)+" IN (?"+strings.Repeat(",?", len(batch)-1)+")", args...)
		if err != nil {
			return err
		}
	}
	return nil
}

// Rewrite gives a row another RDATA than it has, at once, unless somebody else did since the row was read.
func (w *Writer) Rewrite(ctx context.Context, was record.Row, rdata string) error {
	return w.update(ctx, 1, "SET "+w.column(columnRecord)+" = ? WHERE "+w.column(columnID)+" = ? AND "+w.column(columnRecord)+" = ?", rdata, was.ID, was.Record)
}

// update executes an UPDATE that changes so many rows.
func (w *Writer) update(ctx context.Context, rows int, set string, args ...any) error {
	result, err := w.session.ExecContext(ctx, "UPDATE "+w.session.Table.Quoted()+" "+set, args...)
	if err != nil {
		return err
	}
	if changed, err := result.RowsAffected(); err == nil && changed != int64(rows) {
		return ErrChanged
	}
	return nil
}

func (w *Writer) column(i int) string { return Quote(w.session.Columns.names[i]) }

// Discard forgets what Delete and Insert have put off.
func (w *Writer) Discard() { w.deletes, w.inserts, w.size = w.deletes[:0], w.inserts[:0], 0 }

// Flush does what Delete and Insert have put off.
func (w *Writer) Flush(ctx context.Context) error {
	if err := w.flushDeletes(ctx); err != nil || len(w.inserts) == 0 {
		return err
	}
	row := "(?" + strings.Repeat(",?", len(w.columns)-1) + ")"
	rows := len(w.inserts) / len(w.columns)
	_, err := w.session.ExecContext(ctx, w.into+row+strings.Repeat(","+row, rows-1), w.inserts...)
	w.inserts, w.size = w.inserts[:0], 0
	return err
}

// Announce makes those who follow the change log read the whole table at once after the commit: by a row that is named Everything, which
// comes and goes. It is to be the last that a long transaction writes. Else they see first those changes that were made shortly before the
// commit, and the others only when they find out.
func (w *Writer) Announce(ctx context.Context) error {
	if err := w.Flush(ctx); err != nil {
		return err
	}
	if err := w.Insert(ctx, record.Row{Name: Everything, Type: "TXT", Class: "IN", TTL: "0", Record: "all of the table changed"}); err != nil {
		return err
	}
	if err := w.Flush(ctx); err != nil {
		return err
	}
	_, err := w.session.ExecContext(ctx, "DELETE FROM "+w.session.Table.Quoted()+" WHERE "+Quote(w.session.Columns.names[columnName])+" = ?", Everything)
	return err
}
