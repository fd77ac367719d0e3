package follow

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

// server is a model of a server of the table: it can lag, hang, refuse, restart. Its methods are safe for concurrent use.
type server struct {
	db     *database
	number int

	mu       sync.Mutex
	lag      time.Duration // of its replication
	stopped  time.Time     // when its replication did; zero while it runs
	reached  time.Time     // up to when it has shown what was committed
	shown    bool          // the user may see how it replicates
	copies   bool          // it takes no writes
	started  time.Time
	id       string
	unsynced bool          // as a node, stands still while its cluster goes on
	most     int           // sessions at a time; 0 is any number
	rowTime  time.Duration // that each row of a list takes
	rtt      time.Duration // from us to it and back
	lossy    *rand.Rand    // decides which packets of a hundred are lost; nil if none is
	cluster  bool          // it is a node, or shows how it replicates: then it is asked about that
	trips    int           // round trips of all sessions, without those of the handshakes
	fault    fault
	open     map[*session]bool
	calls    map[string]int // how often each method was called
}

// fault is what befalls a call of a method; nil if nothing does.
type fault func(ctx context.Context, method string) error

var (
	errCut     = errors.New("connection lost")
	errDown    = errors.New("connection refused")
	errDenied  = fmt.Errorf("access denied: %w", ErrRefused)
	errTooFull = fmt.Errorf("too many connections: %w", ErrRefused)
)

func newServer(db *database, number int) *server {
	return &server{db: db, number: number, id: fmt.Sprintf("server %d", number), started: time.Now().Add(-time.Hour),
		open: map[*session]bool{}, calls: map[string]int{}}
}

// refuses answers each of some methods with an error; without methods, all.
func refuses(err error, methods ...string) fault {
	return func(_ context.Context, method string) error {
		if len(methods) > 0 && !slices.Contains(methods, method) {
			return nil
		}
		return err
	}
}

// hangs never answers some methods; without methods, it answers none.
func hangs(methods ...string) fault {
	return func(ctx context.Context, method string) error {
		if len(methods) > 0 && !slices.Contains(methods, method) {
			return nil
		}
		<-ctx.Done()
		return fmt.Errorf("%s: %w", method, ctx.Err())
	}
}

// suffers sets what befalls calls from now on.
func (s *server) suffers(f fault) { s.with(func() { s.fault = f }) }

// with sets fields.
func (s *server) with(set func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	set()
}

// cut breaks all connections.
func (s *server) cut() { s.with(func() { clear(s.open) }) }

// restart breaks all connections, and the server begins anew.
func (s *server) restart() {
	s.cut()
	s.with(func() { s.started = time.Now() })
}

// called is how often a method was called.
func (s *server) called(method string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls[method]
}

// sessions is how many are open.
func (s *server) sessions() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.open)
}

// timePerRow is how long each row of a list takes.
func (s *server) timePerRow() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.rowTime
}

// roundTripTime is from us to it and back.
func (s *server) roundTripTime() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.rtt
}

// travel counts a round trip of a method, and says how long the way there and the way back take.
func (s *server) travel(method string) (there, back time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch method {
	case "Row":
		return 0, 0 // one follows the other
	case "InStep", "AwaitCluster", "Replication":
		if !s.cluster {
			return 0, 0 // nothing is asked
		}
	}
	s.trips++
	return s.rtt/2 + s.resent(), s.rtt - s.rtt/2 + s.resent()
}

// resent is how long it takes until a packet is sent that is not lost: TCP waits for the round trip and 200 ms, and twice as long each time.
func (s *server) resent() (delay time.Duration) {
	const leastWait = 200 * time.Millisecond
	for wait := s.rtt + leastWait; s.lossy != nil && s.lossy.IntN(100) == 0; wait *= 2 {
		delay += wait
	}
	return delay
}

// connected is how long the handshakes take.
func (s *server) connected() (delay time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for range handshakeTrips {
		delay += s.rtt + s.resent() + s.resent()
	}
	return delay
}

// roundTrips is how many there were.
func (s *server) roundTrips() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.trips
}

// version is what it has of the database.
func (s *server) version() version {
	s.mu.Lock()
	when := time.Now().Add(-s.lag)
	if !s.stopped.IsZero() {
		when = s.stopped
	}
	if when.Before(s.reached) {
		when = s.reached // what it has it has
	}
	s.reached = when
	db := s.db
	s.mu.Unlock()
	return db.at(when)
}

// meet counts a call and lets befall it what does.
func (s *server) meet(ctx context.Context, method string) error {
	s.mu.Lock()
	s.calls[method]++
	fault := s.fault
	s.mu.Unlock()
	if fault != nil {
		if err := fault(ctx, method); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// servers implement Dialer.
type servers []*server

var _ Dialer = servers(nil)

// Hosts implements Dialer.
func (all servers) Hosts() int { return len(all) }

// Close implements Dialer.
func (all servers) Close() {}

// handshakeTrips is how many round trips the handshakes of TCP and MySQL take together.
const handshakeTrips = 3

// Dial implements Dialer.
func (all servers) Dial(ctx context.Context, host int) (Session, error) {
	s := all[host]
	connecting, cancel := context.WithTimeout(ctx, ConnectTimeout)
	defer cancel()
	sleep(connecting, s.connected())
	if err := s.meet(connecting, "Dial"); err != nil {
		return nil, s.explain(err)
	}
	for range 2 { // one statement prepares the session, the other asks what is to be known
		there, back := s.travel("Dial")
		sleep(ctx, there+back)
	}
	if err := ctx.Err(); err != nil {
		return nil, s.explain(err)
	}
	v := s.version()
	stamp, err := (&session{server: s}).stamp()
	if err != nil {
		return nil, s.explain(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.most > 0 && len(s.open) >= s.most {
		return nil, s.explain(errTooFull)
	}
	opened := &session{
		server: s,
		shape:  v.shape,
		details: Server{Host: host, Addr: fmt.Sprintf("db%d:3306", host), ID: s.id, Uptime: time.Since(s.started).Truncate(time.Second),
			Copies: s.copies},
	}
	opened.opened, opened.inspected = stamp, true
	s.open[opened] = true
	return opened, nil
}

func (s *server) explain(err error) error { return fmt.Errorf("db%d:3306: %w", s.number, err) }
