package follow

import (
	"time"

	"github.com/mysqldns/mysqldns/plugin/zonedb"
)

// Observer is told what happens to a copy. Its method is called by the goroutine to which it happened, so by several, and must not block.
type Observer interface {
	Observe(Event)
}

// Event is one of the types of this file.
type Event interface{ event() }

// Events of the connection.
type (
	// SessionOpened is that a session was opened; nothing has been read over it yet.
	SessionOpened struct{}

	// Followed is that a session follows the table from now on, or does so in another way than before.
	Followed struct {
		Server   Server
		Interval time.Duration // between polls
		ByLog    bool
		LogGrant string // as in Shape
		Before   State  // of the connection
		Copy     *zonedb.View
	}

	// HostTried is that a host was asked whether the table can be followed there, to do so or, while another host is followed, to know.
	HostTried struct {
		Host int // as the Dialer numbers them
		Err  error
	}

	// TryFailed is that the table could not be read, for the second time at least if it had been followed. The pause before the next try begins.
	TryFailed struct {
		Err       error
		Answering *zonedb.View // what is answered from meanwhile; nil if nothing is
	}

	// Stalled is that the server stands still, or lags far behind, while another host goes on. The other one is followed next.
	Stalled struct {
		Server, Ahead Server
		For           time.Duration // that the other had had what this one had not
	}

	// Parted is that this server and another have each what the other has not: both take writes, and do not give them to each other.
	Parted struct{ Server, Other Server }

	// Replicating is how the server gets what others write, where that can be seen and is another way than before. A session begins with the zero
	// Replication.
	Replicating struct {
		Server Server
		Replication
	}

	// Polled is that the server was asked for changes.
	Polled struct {
		Published bool // something changed
		Err       error
	}
)

// Events of the copy.
type (
	// ListProgress is that a list takes long.
	ListProgress struct{ Rows int }

	// Listed is that the whole table was read, and is the copy now.
	Listed struct {
		Records int
		Skipped map[string]int // rows, by reason; not changed any more
		Took    time.Duration
		Changed bool // the copy is another one now
	}

	// ListRefused is that the whole table was read, and has lost more than Config.MaxShrink allows.
	ListRefused struct {
		Records, Had int
		Again        bool // so had the list before
	}

	// ListFailed is that reading the whole table failed.
	ListFailed struct{ Err error }

	// ResyncFailed is that the whole table could not be read to compare the copy with it. Its changes are followed as ever.
	ResyncFailed struct{ Err error }

	// Drifted is that a resync found the copy different from the table. It is right again.
	Drifted struct{ Changed zonedb.Changed }

	// Reread is that the rows of changed names were read again and are in the copy.
	Reread struct {
		Names   []string       // that the change log named, as it has them
		Skipped map[string]int // rows of all the table, by reason; not changed any more
		Lag     time.Duration  // since the first of these changes was made
	}

	// RowsSkipped is that rows are no valid records which were not known before.
	RowsSkipped struct{ Rows []SkippedRow }
)

// Relisting is that the whole table is about to be read again, for a reason.
type Relisting struct {
	Why Reason
	Err error // LogCut
}

// Reason is why the whole table is read.
type Reason uint8

const (
	Replaced    Reason = iota // it is another table, or was emptied
	Unlogged                  // it changed without entries in its change log
	Logged                    // entries appear again after such changes
	LogCut                    // the change log has no longer what was read of it
	LateEntries               // entries appeared among those that were settled
)

// Events of the snapshot.
type (
	// SnapshotMissing is that there is no file yet.
	SnapshotMissing struct{}

	// SnapshotRejected is that the file cannot be used.
	SnapshotRejected struct{ Err error }

	// Restored is that the copy was filled from the file.
	Restored struct {
		Confirmed time.Time // by the database, last
		Records   int
	}

	// SnapshotSaved is that the file was written, or that this failed.
	SnapshotSaved struct {
		Confirmed time.Time // what is in it, by the database
		Err       error
	}
)

func (SessionOpened) event()    {}
func (Followed) event()         {}
func (HostTried) event()        {}
func (TryFailed) event()        {}
func (Stalled) event()          {}
func (Parted) event()           {}
func (Replicating) event()      {}
func (Polled) event()           {}
func (ListProgress) event()     {}
func (Listed) event()           {}
func (ListRefused) event()      {}
func (ListFailed) event()       {}
func (ResyncFailed) event()     {}
func (Drifted) event()          {}
func (Reread) event()           {}
func (RowsSkipped) event()      {}
func (Relisting) event()        {}
func (SnapshotMissing) event()  {}
func (SnapshotRejected) event() {}
func (Restored) event()         {}
func (SnapshotSaved) event()    {}
