package zonedb

import (
	"errors"
	"fmt"
)

// Errors of Load.Read and Load.ReadFile. All but ErrNewerVersion and ErrOtherSource mean that the file is of no use to anyone.
var (
	// ErrNotSnapshot is returned when the file does not begin as a snapshot does.
	ErrNotSnapshot = errors.New("not a mysqldns snapshot")

	// ErrNewerVersion is returned when a later release wrote the file, in a form that this one does not know.
	ErrNewerVersion = errors.New("snapshot of a newer version of mysqldns")

	// ErrOtherSource is returned when the file is the copy of another table, or of other servers.
	ErrOtherSource = errors.New("snapshot of another source")

	// ErrCutShort is returned when the file ends before its end.
	ErrCutShort = errors.New("snapshot is cut short")

	// ErrChecksum is returned when what the file holds is not what was written.
	ErrChecksum = errors.New("snapshot is damaged: checksum mismatch")

	// ErrMalformed is returned when the checksums are right, but what they cover makes no sense.
	ErrMalformed = errors.New("snapshot is damaged: malformed content")
)

// Errors of what is added to the copy.
var (
	// errFull is returned when a shard has no room for the content of a name.
	errFull = fmt.Errorf("too much data in one shard: more than %d octets", uint64(maxArena))

	// errRdata is returned when a record can be packed, but no record made of the octets again.
	errRdata = errors.New("RDATA is not valid")
)
