package journal

import "time"

// Newer reports whether one serial is newer than another, in the arithmetic of RFC 1982, 3.2.
func Newer(a, b uint32) bool { return int32(a-b) > 0 } //nolint:gosec // wraps around, which is the point

// Next is the serial of the version behind one: its successor, or the time in seconds where that is newer. It is never 0, which in a row
// asks for a serial, and in a request for a transfer means that there is none.
func Next(serial uint32, now time.Time) uint32 {
	next := serial + 1
	if seconds := uint32(now.Unix()); Newer(seconds, next) { //nolint:gosec // modulo 2^32, as serials are
		next = seconds
	}
	if next == 0 {
		next = 1
	}
	return next
}
