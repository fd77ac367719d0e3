package table

import (
	"errors"
	"fmt"

	"github.com/mysqldns/mysqldns/plugin/follow"
)

// Errors that callers tell apart. Those that come from the server are *mysql.MySQLError; IsRefusal and Explain know them.
var (
	// ErrUnknownOutcome is returned by Session.Transaction and Session.UpdateZone when the connection breaks in the middle of a COMMIT: the server may have done it or not.
	ErrUnknownOutcome = errors.New("the connection broke during COMMIT, so what was to be written may be there or not")

	// ErrChanged is returned by Writer when some of the rows that were to be deleted or changed are gone or changed: somebody else did it.
	ErrChanged = errors.New("somebody else changed some of the same rows meanwhile")

	// errNoZoneRow is returned within Session.UpdateZone when a zone has no row in Zones yet that could be locked.
	errNoZoneRow = errors.New("the zone has no row to lock")

	// errSilent is returned by Session.Rows when the server sends nothing in the middle of a table. The connection counts as lost.
	errSilent = fmt.Errorf("the server fell silent: no row for %s", follow.StallTimeout)
)
