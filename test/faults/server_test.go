package faults

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// What happens to the server and its connections.
var serverFaults = []fault{
	{
		name:    "the server is killed and started again",
		inflict: func(s *stage) { s.must(s.server.Kill()) },
		heal:    func(s *stage) { s.must(s.server.Restart()) },
		lasts:   3 * time.Second,
		blind:   true,
		logged:  "connection refused. Answering from the copy",
	},
	{
		name:    "the server is killed and started again, without a change log",
		logless: true,
		inflict: func(s *stage) { s.must(s.server.Kill()) },
		heal:    func(s *stage) { s.must(s.server.Restart()) },
		lasts:   3 * time.Second,
		blind:   true,
		logged:  "connection refused. Answering from the copy",
	},
	{
		name:    "the server hangs for 20 seconds",
		inflict: func(s *stage) { s.must(s.server.Pause()) },
		heal:    func(s *stage) { s.must(s.server.Resume()) },
		lasts:   20 * time.Second,
		blind:   true,
		logged:  "Answering from the copy",
	},
	{
		name: "the server is restarted and killed in the middle of a follow, again and again",
		inflict: func(s *stage) {
			s.writeMuch()
			for range 2 {
				s.must(s.server.Restart())
				s.must(s.server.Kill())
				s.must(s.server.Restart())
			}
			s.must(s.server.Kill())
		},
		heal:   func(s *stage) { s.must(s.server.Restart()) },
		blind:  true,
		logged: "connection refused. Answering from the copy",
	},
	{
		name:    "all connections are killed every second",
		inflict: func(s *stage) { s.killing = s.everySecond(s.killReaders) },
		heal:    func(s *stage) { s.killing() },
		lasts:   10 * time.Second,
	},
	{
		name:    "all connections are taken (max_connections)",
		inflict: (*stage).takeConnections,
		heal:    (*stage).giveConnections,
		lasts:   3 * time.Second,
		blind:   true,
		logged:  "raise max_connections",
	},
	{
		name:    "the server's clock jumps an hour forward and back",
		jumping: true,
		inflict: func(s *stage) {
			s.setClock("+3600")
			s.answers("an hour later", s.change(), time.Now())
		},
		heal:  func(s *stage) { s.setClock("+0") },
		lasts: 4 * time.Second,
	},
	{
		name:    "the server's clock jumps an hour forward and back, without a change log",
		jumping: true,
		logless: true,
		inflict: func(s *stage) {
			s.setClock("+3600")
			s.answers("an hour later", s.change(), time.Now())
		},
		heal:  func(s *stage) { s.setClock("+0") },
		lasts: 4 * time.Second,
	},
}

func (s *stage) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// killReaders ends the connections of the servers under test.
func (s *stage) killReaders() error {
	rows, err := s.root.Query("SELECT ID FROM information_schema.PROCESSLIST WHERE USER = 'reader'")
	if err != nil {
		return err
	}
	var kill []string
	for rows.Next() {
		var id int
		if err := rows.Scan(&id); err != nil {
			return err
		}
		kill = append(kill, fmt.Sprintf("KILL %d", id))
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return err
	}
	for _, statement := range kill {
		s.root.Exec(statement) //nolint:errcheck // it may have gone by itself
	}
	return nil
}

// everySecond does something now and then every second, until it is told to stop.
func (s *stage) everySecond(do func() error) (stop func()) {
	ctx, cancel := context.WithCancel(s.t.Context())
	var doing sync.WaitGroup
	doing.Go(func() {
		ticker := time.NewTicker(time.Second + 10**roundTrip) // a session begins with some round trips
		defer ticker.Stop()
		for {
			if err := do(); err != nil && ctx.Err() == nil {
				s.t.Error(err)
			}
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
			}
		}
	})
	return func() {
		cancel()
		doing.Wait()
	}
}

// takeConnections holds more connections than are allowed from then on, and ends those of the servers under test.
func (s *stage) takeConnections() {
	const allowed, taken = 10, 15 // 10 is the least that the server takes
	pool, err := sql.Open("mysql", s.server.DSN("root", "", ""))
	s.must(err)
	s.t.Cleanup(func() { pool.Close() })
	for range taken {
		_, err := pool.Conn(s.t.Context())
		s.must(err)
	}
	s.sql(fmt.Sprintf("SET GLOBAL max_connections = %d", allowed))
	s.must(s.killReaders())
}

// giveConnections ends that.
func (s *stage) giveConnections() { s.sql("SET GLOBAL max_connections = 151") }

// writeMuch changes names of its own all the time, over several connections, until the stage recovers.
func (s *stage) writeMuch() {
	const writers, names = 4, 20
	for w := range writers {
		var rows []string
		for n := range names {
			rows = append(rows, fmt.Sprintf("('w%d-%d.busy.example.org','A',300,'10.0.0.0')", w, n))
		}
		s.sql("INSERT INTO tb_dns (name, type, ttl, record) VALUES " + strings.Join(rows, ","))
		pool := s.connect(s.server)
		s.writing.Go(func() {
			for i := 1; s.writingContext.Err() == nil; i++ {
				_, err := pool.ExecContext(s.t.Context(), fmt.Sprintf("UPDATE tb_dns SET record = '10.%d.%d.%d' WHERE name = 'w%d-%d.busy.example.org'",
					w, i>>8&255, i&255, w, i%names))
				pause := 5 * time.Millisecond
				if err != nil { // the table tells at the end what was committed
					pause *= 10
				}
				time.Sleep(pause)
			}
		})
	}
}

// Where Debian has it, by machine.
const libfaketime = "/usr/lib/*/faketime/libfaketime.so.1"

// clock is the environment of a server whose clock follows a file.
func (s *stage) clock() []string {
	found, err := filepath.Glob(libfaketime)
	if err != nil || len(found) == 0 {
		missing(s.t, "there is no "+libfaketime+" (Debian: apt-get install faketime)")
	}
	s.setClock("+0")
	return []string{"LD_PRELOAD=" + found[0], "FAKETIME_TIMESTAMP_FILE=" + s.clockFile(), "FAKETIME_NO_CACHE=1", "FAKETIME_DONT_FAKE_MONOTONIC=1"}
}

func (s *stage) clockFile() string { return filepath.Join(s.dir, "clock") }

// setClock sets the server's clock to so many seconds off the machine's.
func (s *stage) setClock(offset string) {
	s.t.Helper()
	s.must(os.WriteFile(s.clockFile()+".new", []byte(offset+"\n"), 0o600))
	s.must(os.Rename(s.clockFile()+".new", s.clockFile()))
	if s.root == nil {
		return // it is not up yet
	}
	var seconds, want int64
	_, err := fmt.Sscan(offset, &want)
	s.must(err)
	if !eventually(limit, func() bool {
		now := time.Now()
		s.must(s.root.QueryRow("SELECT UNIX_TIMESTAMP()").Scan(&seconds))
		return max(seconds-now.Unix()-want, want-seconds+now.Unix()) <= 3
	}) {
		s.t.Fatalf("the server's clock says %d, expected %s off", seconds, offset)
	}
}
