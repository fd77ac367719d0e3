package table

import (
	"time"

	"github.com/mysqldns/mysqldns/plugin/follow"
)

// roundTrip is how long a server takes to answer, by what was seen of short statements: the least, which is what the way there and back takes. It rises slowly,
// if the way becomes longer.
type roundTrip struct{ least time.Duration }

// riseShare is the part of a difference by which each answer raises it.
const riseShare = 64

// note notes how long an answer took.
func (r *roundTrip) note(took time.Duration) {
	if r.least == 0 || took < r.least {
		r.least = took
		return
	}
	r.least += (took - r.least) / riseShare
}

// RoundTrip is how long the server takes to answer at least, as far as that was seen.
func (s *Session) RoundTrip() time.Duration { return s.trip.least }

// NoteAnswer notes that a short statement was answered that was sent at a time.
func (s *Session) NoteAnswer(sent time.Time) { s.trip.note(time.Since(sent)) }

// Within is a limit of time for what is asked of this server.
func (s *Session) Within(limit time.Duration) time.Duration {
	return follow.Within(limit, s.RoundTrip())
}
