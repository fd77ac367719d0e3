package follow

import (
	"context"
	"time"
)

// tailMost bounds how many entries of the last time are read at the beginning.
const tailMost = 200_000

// logPosition is where a list is in the change log.
type logPosition struct {
	mark    *watermark
	entries []Entry // that mark has not noted yet
	settled Tally   // of mark
}

// findPosition finds our position in the change log in the transaction of a list. It goes on from the watermark that we
// had, if that still is one of this log: numbers that we were waiting for may still come.
func findPosition(ctx context.Context, log ChangeLog, had *watermark) (p logPosition, err error) {
	if had != nil {
		n, err := readNews(ctx, log, had)
		if err == nil {
			return p.counted(ctx, log, had, n.entries)
		}
		if !isLogCut(err) {
			return p, err
		}
	}
	// What was written before lateness is settled; what is recent was seen, and between its numbers others may still come. Since entries bear the
	// time at which their statement began, the numbers of a long one may look settled while lower ones are still to come: then auditSettled finds these.
	low, recent, err := log.Tail(ctx, lateness, tailMost)
	if err != nil {
		return p, err
	}
	if len(recent) == tailMost {
		low = recent[0]
	}
	fresh := newWatermark(low)
	fresh.see(recent)
	return p.counted(ctx, log, fresh, nil)
}

// counted completes a position by the settled entries of the last time.
func (p logPosition) counted(ctx context.Context, log ChangeLog, mark *watermark, entries []Entry) (logPosition, error) {
	count, err := log.CountSince(ctx, -int64(auditFirst.Seconds()), mark.low.Seq)
	p.mark, p.entries, p.settled = mark, entries, count.Whole
	return p, err
}

// take notes what the list has read.
func (p logPosition) take() *watermark {
	p.mark.see(p.entries)
	p.mark.settled = p.settled
	return p.mark
}

// news is what the change log has that we have not seen.
type news struct {
	entries []Entry
	names   []string      // as the rows have them, each once
	all     bool          // an entry stands for all names
	lag     time.Duration // how long ago the first of them was written
}

// hasNews asks, by one read of an index, whether the change log has entries that w has not seen.
func hasNews(ctx context.Context, log ChangeLog, w *watermark) (bool, error) {
	b, err := countNews(ctx, log, w)
	return b.entries > 0, err
}

func countNews(ctx context.Context, log ChangeLog, w *watermark) (backlog, error) {
	counts, err := log.Count(ctx, w.ask())
	if err != nil {
		return backlog{}, err
	}
	return w.backlog(counts)
}

// readNews reads what w has not seen. It runs in the transaction that reads the names again, so that both are of one state.
func readNews(ctx context.Context, log ChangeLog, w *watermark) (n news, err error) {
	b, err := countNews(ctx, log, w)
	if err != nil || b.entries == 0 {
		return n, err
	}
	once := map[string]bool{}
	err = log.Read(ctx, b.after, b.entries, func(c Change) error {
		if w.has(c.Seq) {
			return nil
		}
		n.entries = append(n.entries, c.Entry)
		n.lag = max(n.lag, c.Age)
		n.all = n.all || c.All
		if !once[c.Name] {
			once[c.Name] = true
			n.names = append(n.names, c.Name)
		}
		return nil
	})
	return n, err
}
