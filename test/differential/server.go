package differential

import (
	"fmt"
	"sync"
	"time"

	"github.com/miekg/dns"
)

// Server is the Subject that listens at an address, over UDP and TCP.
type Server struct {
	address string
	idle    chan *dns.Conn
}

var _ Subject = (*Server)(nil)

const (
	outstanding = 12                     // questions to one server at a time
	patience    = 500 * time.Millisecond // for a reply
	tries       = 12                     // a busy machine may lose some
)

// At returns the server at HOST:PORT.
func At(address string) *Server { return &Server{address, make(chan *dns.Conn, outstanding)} }

// Ask sends a question over UDP until there is a reply, and over TCP if the reply does not fit.
func (s *Server) Ask(m *dns.Msg) (*dns.Msg, error) {
	var err error
	for range tries {
		var r *dns.Msg
		if r, err = s.try(m); err == nil && r.Truncated {
			r, _, err = (&dns.Client{Net: "tcp"}).Exchange(m, s.address)
		}
		if err == nil {
			return r, nil
		}
	}
	return nil, fmt.Errorf("%s: %s: %w", s.address, m.Question[0].String(), err)
}

// try sends a question once, over a socket that has no other use meanwhile.
func (s *Server) try(m *dns.Msg) (*dns.Msg, error) {
	c := dns.Client{ReadTimeout: patience}
	var conn *dns.Conn
	select {
	case conn = <-s.idle:
	default:
		var err error
		if conn, err = c.Dial(s.address); err != nil {
			time.Sleep(patience / 10)
			return nil, err
		}
	}
	r, _, err := c.ExchangeWithConn(m, conn)
	if err != nil {
		conn.Close()
		return nil, err
	}
	select {
	case s.idle <- conn:
	default:
		conn.Close()
	}
	return r, nil
}

// Close gives up the sockets.
func (s *Server) Close() {
	for {
		select {
		case conn := <-s.idle:
			conn.Close()
		default:
			return
		}
	}
}

// datagram is the size of reply that everybody is told to take, and to send at most.
const datagram = 1232

// message is a question as it is sent: not recursive.
func message(q dns.Question) *dns.Msg {
	m := new(dns.Msg)
	m.Id = dns.Id()
	m.Question = []dns.Question{q}
	m.SetEdns0(datagram, false)
	return m
}

// askAll asks s all questions, several at a time, and returns the replies in their order; nil where there was none.
func askAll(s Subject, questions []dns.Question) ([]*dns.Msg, error) {
	replies := make([]*dns.Msg, len(questions))
	errs := make(chan error, outstanding)
	next := make(chan int)
	var wg sync.WaitGroup
	for range outstanding {
		wg.Go(func() {
			for i := range next {
				var err error
				if replies[i], err = s.Ask(message(questions[i])); err != nil {
					select {
					case errs <- err:
					default:
					}
				}
			}
		})
	}
	for i := range questions {
		next <- i
	}
	close(next)
	wg.Wait()
	select {
	case err := <-errs:
		return replies, err
	default:
		return replies, nil
	}
}
