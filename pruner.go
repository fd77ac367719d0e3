package mysqldns

import (
	"context"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/mysqldns/mysqldns/internal/table"
	"github.com/mysqldns/mysqldns/plugin/follow"
)

const (
	pruneStart    = 4 * time.Second                // within which, at random, the first look comes after the first list
	pruneInterval = 5 * time.Minute                // between looks at the age of the change log, more or less at random
	pruneFrom     = table.LogRetention + time.Hour // with less the event of schema.sql runs, and there is nothing left to do
	pruneRows     = 1000                           // entries deleted in a statement: so few that no writer waits for it
	prunePause    = 100 * time.Millisecond         // between two of these
)

// pruner watches the age of a table's change log, and prunes it where the source says where to write and the server does not do it. MariaDB does not by itself: its
// event scheduler is off unless somebody turns it on. One goroutine runs it; any may ask for the age.
type pruner struct {
	log    prunedLog
	table  table.Name // the change log's
	writes bool

	age atomic.Int64 // nanoseconds; 0 where it is not known, or the log is empty

	// What has been said, of the goroutine.
	overdue, failing, pruning bool
}

// prunedLog is a change log as a pruner sees it. One goroutine uses it.
type prunedLog interface {
	// Oldest is how old its oldest entry is; 0 if it has none.
	Oldest(ctx context.Context) (time.Duration, error)

	// Prune deletes what is older than table.LogRetention, unless somebody else is about to, and says how much that was.
	Prune(ctx context.Context) (deleted int, err error)

	close()
}

// newPruner returns one that reads at the host that is followed, if that can be had.
func newPruner(s *source, followed func() int) (*pruner, error) {
	readers, writers, err := openBoth(s)
	if err != nil {
		return nil, err
	}
	readers.first = followed
	return &pruner{log: &sqlLog{readers, writers}, table: s.table.Changes(), writes: writers != nil}, nil
}

// run looks at the log from the first list on, until ctx ends.
func (p *pruner) run(ctx context.Context, listed *follow.Milestone) {
	defer p.log.close()
	select {
	case <-listed.Done():
	case <-ctx.Done():
	}
	sleep(ctx, rand.N(pruneStart))
	for ctx.Err() == nil {
		p.look(ctx)
		sleep(ctx, pruneInterval/2+rand.N(pruneInterval)) // instances that started together do not look together for long
	}
}

// look looks once, and prunes. That the database cannot be reached is for the follower to say.
func (p *pruner) look(ctx context.Context) {
	age, err := p.log.Oldest(ctx)
	if err != nil {
		return
	}
	p.age.Store(int64(age))
	if p.writes && age >= pruneFrom {
		p.prune(ctx, age)
		return
	}
	p.failing = false
	switch {
	case age >= table.LogOverdue && !p.overdue:
		log.Warningf("the oldest entry of %s is %d days old: nothing prunes that change log, and it grows for ever. Answers are not affected. Turn on the server's "+
			"event scheduler (SET GLOBAL event_scheduler = ON), or give the directive write_dsn", p.table, days(age))
	case age < table.LogOverdue && p.overdue:
		log.Infof("%s is pruned again", p.table)
	}
	p.overdue = age >= table.LogOverdue
}

// prune prunes the log, whose oldest entry has an age.
func (p *pruner) prune(ctx context.Context, age time.Duration) {
	deleted, err := p.log.Prune(ctx)
	if deleted > 0 && !p.pruning {
		p.pruning = true
		log.Infof("pruning %s to %d days over write_dsn, since the server does not: %d entries so far. Its event scheduler is off, or the event of schema.sql "+
			"is not there", p.table, days(table.LogRetention), deleted)
	}
	switch {
	case ctx.Err() != nil || table.IsConflict(err): // somebody else is at it, on another node
	case err != nil && !p.failing:
		p.failing = true
		log.Warningf("cannot prune %s, whose oldest entry is %d days old: %s. Answers are not affected; the change log grows until that is mended. Trying again",
			p.table, days(age), oneLine(err))
	case err == nil && p.failing:
		p.failing = false
		log.Infof("%s is pruned again", p.table)
	}
	if deleted > 0 {
		if age, err := p.log.Oldest(ctx); err == nil {
			p.age.Store(int64(age))
		}
	}
}

func days(age time.Duration) int { return int(age / (24 * time.Hour)) }

// sqlLog implements prunedLog.
type sqlLog struct {
	readers *writers
	writers *writers // nil: it never writes
}

var _ prunedLog = (*sqlLog)(nil)

// Oldest implements prunedLog.
func (l *sqlLog) Oldest(ctx context.Context) (time.Duration, error) {
	s, err := l.readers.connect(ctx)
	if err != nil {
		return 0, err
	}
	defer s.Conn.Close()
	return s.OldestEntry(ctx)
}

// Prune implements prunedLog.
func (l *sqlLog) Prune(ctx context.Context) (deleted int, err error) {
	s, err := l.writers.connect(ctx)
	if err != nil {
		return 0, err
	}
	defer s.Conn.Close()
	if err := s.PrepareUpdates(ctx); err != nil { // it shall not wait for locks
		return 0, err
	}
	if ours, err := s.LockPruning(ctx); err != nil || !ours {
		return 0, err
	}
	for ctx.Err() == nil {
		some, err := s.PruneLog(ctx, pruneRows)
		if deleted += some; err != nil || some < pruneRows {
			return deleted, err
		}
		sleep(ctx, prunePause)
	}
	return deleted, ctx.Err()
}

func (l *sqlLog) close() {
	l.readers.close()
	l.writers.close()
}
