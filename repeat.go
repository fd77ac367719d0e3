package mysqldns

import (
	"context"
	"crypto/sha256"
	"sync"
	"time"

	"github.com/mysqldns/mysqldns/internal/table"

	"github.com/miekg/dns"
)

// A client that gets no answer in time sends the same message again, and somebody on the way may do so later, for as long as the signature is
// good. It is not carried out twice: "this name is in use" would be the answer to a client whose first message put the name to use, and an old message would
// undo a newer one. This server knows it by its repeats, which also have a second one wait for the first; all servers do by its receipt in the database.

const (
	repeatsFor  = 10 * time.Minute // twice the usual fudge of a signature (RFC 8945, 10): its clock may be that much ahead
	mostRepeats = 20_000           // messages that are remembered
)

// repeatID identifies a signed message.
type repeatID [sha256.Size]byte

// repeatOf identifies a message by the key and the MAC of its signature; the MAC covers all of it and the time. It returns nil for one without.
func repeatOf(signature *dns.TSIG) *repeatID {
	if signature == nil {
		return nil
	}
	id := repeatID(sha256.Sum256([]byte(keyName(signature) + "\x00" + signature.MAC)))
	return &id
}

// clockDifference is how much the clocks of servers may differ: by so much longer one of them takes a signature than another.
const clockDifference = 5 * time.Minute

// receiptOf is what is kept of a message in the database, but for its answer. A signature is good for its fudge, which the client chooses, after the time in it (RFC
// 8945, 5.2.3).
func receiptOf(id *repeatID, signature *dns.TSIG) (r table.Receipt) {
	if id == nil {
		return r
	}
	signed := time.Unix(int64(signature.TimeSigned), 0)
	return table.Receipt{Message: *id, Expires: signed.Add(time.Duration(signature.Fudge)*time.Second + clockDifference)}
}

// repeats remembers the answers to messages. Its zero value is ready; its methods are safe for concurrent use.
type repeats struct {
	mu    sync.Mutex
	known map[repeatID]*firstAnswer
	order []*firstAnswer // the oldest first
}

// firstAnswer is that to a message, once done is closed.
type firstAnswer struct {
	id       repeatID
	at       time.Time
	done     chan struct{}
	rcode    int
	answered bool
}

// once calls answer for a message, and for each repetition of it returns what that returned, as soon as it has. What failed on our side is forgotten: the
// next one may succeed. A nil id is of no message that could be recognised.
func (p *repeats) once(ctx context.Context, id *repeatID, answer func() (rcode int, answered bool)) (int, bool) {
	if id == nil {
		return answer()
	}
	first, known := p.note(*id)
	if known {
		select {
		case <-first.done:
			return first.rcode, first.answered
		case <-ctx.Done():
			return 0, false
		}
	}
	defer close(first.done)
	first.rcode, first.answered = dns.RcodeServerFailure, true // should answer panic
	defer func() {
		if !first.answered || first.rcode == dns.RcodeServerFailure {
			p.forget(first)
		}
	}()
	first.rcode, first.answered = answer()
	return first.rcode, first.answered
}

// note returns the answer to a message, and whether it was known.
func (p *repeats) note(id repeatID) (*firstAnswer, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if a := p.known[id]; a != nil {
		return a, true
	}
	now := time.Now()
	for len(p.order) > 0 && (len(p.order) >= mostRepeats || now.Sub(p.order[0].at) > repeatsFor) {
		oldest := p.order[0]
		p.order = p.order[1:]
		if p.known[oldest.id] == oldest {
			delete(p.known, oldest.id)
		}
	}
	a := &firstAnswer{id: id, at: now, done: make(chan struct{})}
	if p.known == nil {
		p.known = map[repeatID]*firstAnswer{}
	}
	p.known[id] = a
	p.order = append(p.order, a)
	return a, false
}

func (p *repeats) forget(a *firstAnswer) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.known[a.id] == a {
		delete(p.known, a.id)
	}
}
