package mysqldns

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mysqldns/mysqldns/internal/table"
	"github.com/mysqldns/mysqldns/plugin/follow"

	"github.com/go-sql-driver/mysql"
)

// fakeLog is a change log whose oldest entry ages as time passes. Its methods are safe for concurrent use.
type fakeLog struct {
	mu     sync.Mutex
	oldest time.Time
	err    error // of Prune
	other  bool  // somebody else prunes it
	pruned atomic.Int32
}

// set changes it between two looks of a pruner.
func (l *fakeLog) set(change func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	change()
}

func (l *fakeLog) Oldest(context.Context) (time.Duration, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return time.Since(l.oldest), nil
}

func (l *fakeLog) Prune(context.Context) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil || l.other {
		return 0, l.err
	}
	l.pruned.Add(1)
	l.oldest = time.Now().Add(-table.LogRetention)
	return 10, nil
}

func (l *fakeLog) close() {}

// prunes runs a pruner of a log with an entry of an age, in virtual time.
func prunes(t *testing.T, age time.Duration, writes bool, test func(*pruner, *fakeLog, *logged)) {
	synctest.Test(t, func(t *testing.T) {
		l := &fakeLog{oldest: time.Now().Add(-age)}
		p := &pruner{log: l, table: table.Name{Table: "tb_dns_changes"}, writes: writes}
		listed := follow.NewMilestone()
		ctx, cancel := context.WithCancel(t.Context())
		go p.run(ctx, listed)
		synctest.Wait()
		if p.age.Load() != 0 {
			t.Error("looked before the table was listed")
		}
		logged := captureLog(t)
		listed.Reach()
		time.Sleep(pruneStart)
		synctest.Wait()
		test(p, l, logged)
		cancel()
		synctest.Wait()
	})
}

// pass lets so many looks happen.
func pass(looks int) {
	time.Sleep(time.Duration(looks) * pruneInterval * 2)
	synctest.Wait()
}

func wantLines(t *testing.T, l *logged, expected ...string) {
	t.Helper()
	if got := l.lines(); !slices.Equal(got, expected) {
		t.Errorf("logged %q, expected %q", got, expected)
	}
}

const nothingPrunes = "the oldest entry of tb_dns_changes is 8 days old: nothing prunes that change log, and it grows for ever. Answers are not affected. Turn on the " +
	"server's event scheduler (SET GLOBAL event_scheduler = ON), or give the directive write_dsn"

func TestChangeLogThatNothingPrunesIsSaidOnce(t *testing.T) {
	prunes(t, table.LogOverdue-pruneInterval, false, func(p *pruner, l *fakeLog, logged *logged) {
		wantLines(t, logged)
		pass(2)
		wantLines(t, logged, nothingPrunes)
		pass(50)
		wantLines(t, logged)
		if age := time.Duration(p.age.Load()); age < table.LogOverdue+50*pruneInterval {
			t.Errorf("its age is %s", age)
		}
		l.set(func() { l.oldest = time.Now().Add(-table.LogRetention) })
		pass(1)
		wantLines(t, logged, "tb_dns_changes is pruned again")
		if l.pruned.Load() > 0 {
			t.Error("pruned without write_dsn")
		}
	})
}

// With write_dsn it is pruned when the event of schema.sql, which runs each minute, evidently does not, and not before.
func TestChangeLogIsPrunedWhereItMayBeWritten(t *testing.T) {
	prunes(t, table.LogRetention+time.Minute, true, func(p *pruner, l *fakeLog, logged *logged) {
		pass(1)
		if l.pruned.Load() > 0 {
			t.Error("pruned while the event may be about to")
		}
		pass(12)
		wantLines(t, logged, "pruning tb_dns_changes to 7 days over write_dsn, since the server does not: 10 entries so far. Its event scheduler is off, or the event of "+
			"schema.sql is not there")
		pass(50)
		if l.pruned.Load() < 3 || time.Duration(p.age.Load()) > pruneFrom+2*pruneInterval {
			t.Errorf("pruned %d times, and the oldest is %s old", l.pruned.Load(), time.Duration(p.age.Load()))
		}
		wantLines(t, logged)
	})
}

func TestPruningThatFailsIsSaidOnce(t *testing.T) {
	prunes(t, 9*24*time.Hour, true, func(p *pruner, l *fakeLog, logged *logged) {
		logged.lines()
		l.set(func() { l.oldest, l.err = l.oldest.Add(-9*24*time.Hour), errors.New("no right") })
		pass(3)
		wantLines(t, logged, "cannot prune tb_dns_changes, whose oldest entry is 16 days old: no right. Answers are not affected; the change log grows until that is "+
			"mended. Trying again")
		l.set(func() { l.err = nil })
		pass(1)
		wantLines(t, logged, "tb_dns_changes is pruned again")
	})
}

// Others at it are no failure: at the same server they hold the lock, at another node of a cluster one of both cannot commit.
func TestPruningByOthersIsNoFailure(t *testing.T) {
	prunes(t, 9*24*time.Hour, true, func(p *pruner, l *fakeLog, logged *logged) {
		logged.lines()
		l.set(func() { l.oldest, l.other = l.oldest.Add(-9*24*time.Hour), true })
		pass(2)
		l.set(func() {
			l.err = &mysql.MySQLError{Number: 1213, Message: "Deadlock found when trying to get lock; try restarting transaction"}
		})
		pass(2)
		wantLines(t, logged)
	})
}
