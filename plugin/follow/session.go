package follow

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/mysqldns/mysqldns/plugin/record"
)

// Errors that a Dialer or a Session returns, wrapped in what happened and what to do about it.
var (
	// ErrRefused is returned when the server answered and did not do what it was asked, in contrast to a connection that gave no answer.
	ErrRefused = errors.New("the server refused")

	// ErrBehind is returned when a server has not got what the copy has, or what its own cluster has.
	ErrBehind = errors.New("behind")

	// ErrNodeBehind is ErrBehind, of a node that did not catch up with its cluster.
	ErrNodeBehind = fmt.Errorf("the node is %w its cluster and has not caught up in %s", ErrBehind, QueryTimeout)
)

// Dialer opens sessions with the hosts that may have the table. Its methods are safe for concurrent use.
type Dialer interface {
	// Hosts is how many hosts there are, at least one. They are numbered from 0 in the order of preference.
	Hosts() int

	// Dial opens a session with one host and finds out what is to be known of its server and of the table. Its errors name the host and say what
	// to do. It returns before ConnectTimeout and QueryTimeout are over.
	Dial(ctx context.Context, host int) (Session, error)

	// Close closes all that Dial opened.
	Close()
}

// Session is a connection with one server. One goroutine at a time uses it.
type Session interface {
	Table
	ChangeLog
	Node

	// Server is what was found out about the server when the session was opened.
	Server() Server

	// RoundTrip is how long the server takes to answer at least, as far as that was seen.
	RoundTrip() time.Duration

	// Explain adds to an error of the session which host it came from, and what to do about it.
	Explain(err error) error

	Close()
}

// Server is what a session knows of its server.
type Server struct {
	Host   int           // as the Dialer numbers them
	Addr   string        // of the host
	ID     string        // tells servers apart that answer at one address, and runs of different versions of one
	Uptime time.Duration // when the session was opened; 0 where the server does not say
	Copies bool          // it takes no writes, as a replica of another
}

// Table reads the table.
type Table interface {
	// Shape is how the table was when Dial or Inspect looked last.
	Shape() Shape

	// Inspect finds out how the table is now, since it may have been altered, and when it changed last. Just after Dial it returns what that found out.
	Inspect(ctx context.Context) (Stamp, error)

	// Stamp asks what the server says about when the table changed. Its cost does not depend on the size of the table.
	Stamp(ctx context.Context) (Stamp, error)

	// Snapshot calls read, in which all methods of the session see one state of the database. It returns read's error, or its own.
	Snapshot(ctx context.Context, read func() error) error

	// Rows passes all rows of the table to visit, which must not keep the row itself; its strings it may. They are of one state of the table. An error of
	// visit ends the read and is returned.
	Rows(ctx context.Context, visit func(*record.Row) error) error

	// RowsNamed is Rows for the rows with these names, as the server compares names: it may find more than was asked for. The name "" is also that of
	// rows whose name is NULL. The rows are of one state of the table only within Snapshot.
	RowsNamed(ctx context.Context, names []string, visit func(*record.Row) error) error
}

// Shape is what matters of how a table is made.
type Shape struct {
	HasLog        bool   // it has a change log, and the user may read that
	LogGrant      string // what would let the user read a change log, if there is one; "" where the server does not forbid it
	CaseSensitive bool   // the server tells the names WWW and www apart
}

// ChangeLog reads the change log of a table whose Shape says that it has one. Numbers of entries are given out when a change is made and are seen when it is
// committed, so a lower one may be seen after a higher one.
type ChangeLog interface {
	// Look reads by one statement what is new, with the rows of the names in it. It costs one round trip, and little if nothing is new.
	Look(ctx context.Context, ask Ask) (Look, error)

	// Newest is the entry with the highest number; the zero Entry if there is none.
	Newest(ctx context.Context) (Entry, error)

	// Find says how the log stands to an entry.
	Find(ctx context.Context, e Entry) (Relation, error)

	// Lacks reports whether the log lacks one of some entries. Those with numbers below that of its first one it may have had.
	Lacks(ctx context.Context, entries []Entry) (bool, error)

	// End returns, by one statement, the entries of the last age, in the order of their numbers, but not more than the most with the highest numbers; and what
	// belongs to these, as LogEnd says.
	End(ctx context.Context, age time.Duration, most int, settledAge time.Duration) (LogEnd, error)

	// Count counts entries by one read of an index.
	Count(ctx context.Context, m Marks) (Counts, error)

	// Read passes the entries with numbers above after to visit, in any order. About so many are to be expected.
	Read(ctx context.Context, after uint64, expected int, visit func(Change) error) error

	// CountSince counts the entries with numbers up to upTo that were written since a time: seconds since 1970 by the server's clock or, if that is negative, so
	// many seconds ago.
	CountSince(ctx context.Context, since int64, upTo uint64) (SinceCount, error)
}

// Entry identifies an entry of a change log. The time tells it from one with the same number in a log that began anew.
type Entry struct {
	Seq uint64 // 0 is no entry
	At  int64  // when the statement that wrote it began: microseconds since 1970, by the server's clock
}

// Relation is how a change log stands to an entry.
type Relation uint8

const (
	Unrelated Relation = iota // it has not the entry, nor any before it: it is empty, or began anew
	Lacking                   // it has entries with lower numbers and earlier times, and not this one
	Having                    // it has the entry, or may have had it: its first entry has a higher number
)

// Change is an entry and what it says.
type Change struct {
	Entry
	Name string        // as the row has it
	All  bool          // it stands for all names
	Age  time.Duration // by the server's clock
}

// LogEnd is the end of a change log, in one state of the database.
type LogEnd struct {
	Before  Entry // the one before all of the last age; the zero Entry if there is none
	Recent  []Entry
	Settled Tally // of the last settled age, up to Before
	Stamp   Stamp // of the table, at that time or later
}

// Marks are numbers of entries, in ascending order.
type Marks struct{ Low, Young, High uint64 }

// Counts is how many entries have numbers from Marks.Low on, and how many of these are beyond the other marks.
type Counts struct {
	Low                              Entry // that with the number Marks.Low; another one, or none, if it is gone
	FromLow, BeyondYoung, BeyondHigh int
}

// SinceCount is a number of entries that were written since a time, and of those that were written since the middle between that and now.
type SinceCount struct{ Whole, Half Tally }

// Tally is a number of entries that were written since a time.
type Tally struct {
	Since   int64 // seconds since 1970, by the server's clock
	Entries int
}

// Node is a server as one of several that have the same data. For a server that is alone its methods find nothing wrong and cost nothing.
type Node interface {
	// AsksNode reports whether InStep or Replication ask the server anything, as far as is known. It costs nothing.
	AsksNode() bool

	// InStep reports whether the node goes on with its cluster. It waits only where the node alone cannot tell, and returns ErrNodeBehind then as AwaitCluster does.
	InStep(ctx context.Context) (bool, error)

	// AwaitCluster waits until the node has all that its cluster has now. It returns ErrNodeBehind after QueryTimeout.
	AwaitCluster(ctx context.Context) error

	// Replication is how the server gets what others write, as far as the user may see that.
	Replication(ctx context.Context) (Replication, error)
}

// Replication is how a server gets what others write. The zero value is that of a server that writes itself, or whose replication is unknown.
type Replication struct {
	Stopped string        // why nothing arrives, in a few words; "" if it does
	Lag     time.Duration // how old what arrives is; 0 while it is Stopped
}
