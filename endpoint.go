package mysqldns

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/coredns/coredns/plugin/pkg/reuseport"
)

// endpoint is an HTTP server at one address. The instances before and after a reload share it, so that no request finds the door closed:
// the older one answers until it ends. (The health plugin's way is simpler: each instance listens for itself, by SO_REUSEPORT. But what the kernel
// had queued for the older listener is reset when that closes, which a client that asks at the moment of a reload would see.)
type endpoint struct {
	server *http.Server

	mu      sync.RWMutex
	holders []*MySQLDNS // the oldest first
}

// endpointGrace is how long requests on their way may take when their instance, or the server, ends.
const endpointGrace = 5 * time.Second

var (
	endpointsMu sync.Mutex
	endpoints   = map[string]*endpoint{} // by address
)

// openEndpoint lets m answer at its address, in its turn.
func openEndpoint(m *MySQLDNS) error {
	endpointsMu.Lock()
	defer endpointsMu.Unlock()
	e := endpoints[m.web.addr]
	if e == nil {
		var err error
		if e, err = listen(m.web.addr); err != nil {
			return err
		}
		endpoints[m.web.addr] = e
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, other := range e.holders {
		if other.instance == m.instance {
			return fmt.Errorf("%s is the address of another server block; give each one of its own", m.web.addr)
		}
	}
	e.holders = append(e.holders, m)
	return nil
}

func listen(addr string) (*endpoint, error) {
	l, err := reuseport.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("%w; choose another address, or end what listens there", err)
	}
	e := new(endpoint)
	e.server = &http.Server{
		Handler:           e,
		ReadHeaderTimeout: httpReadTimeout,
		ReadTimeout:       httpReadTimeout,
		WriteTimeout:      httpWriteTimeout,
		IdleTimeout:       httpIdleTimeout,
		MaxHeaderBytes:    httpMaxHeader,
	}
	go func() {
		if err := e.server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			log.Errorf("http at %s ended: %v. DNS is not affected; restart CoreDNS to have it back", addr, err)
		}
	}()
	return e, nil
}

// ServeHTTP implements http.Handler.
func (e *endpoint) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	e.mu.RLock()
	if len(e.holders) == 0 {
		e.mu.RUnlock()
		http.Error(rw, "the server is ending", http.StatusServiceUnavailable)
		return
	}
	w := &e.holders[0].web
	w.answered.Add(1)
	e.mu.RUnlock()
	defer w.answered.Done()
	w.handler.ServeHTTP(rw, r)
}

// closeEndpoint ends m's turn when the requests that it took are answered, and the server with its last holder.
func closeEndpoint(m *MySQLDNS) {
	endpointsMu.Lock()
	defer endpointsMu.Unlock()
	e := endpoints[m.web.addr]
	if e == nil {
		return
	}
	e.mu.Lock()
	i := slices.Index(e.holders, m)
	if i >= 0 {
		e.holders = slices.Delete(e.holders, i, i+1)
	}
	last := len(e.holders) == 0
	e.mu.Unlock()
	if i < 0 {
		return
	}
	if last {
		delete(endpoints, m.web.addr)
		ctx, cancel := context.WithTimeout(context.Background(), endpointGrace)
		defer cancel()
		if err := e.server.Shutdown(ctx); err != nil {
			e.server.Close()
		}
	}
	m.web.answered.Wait() // TimeoutHandler bounds it
}
