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

// findPosition finds our position in the change log in the transaction of a list, and the stamp of the table then. It goes on from the watermark that we
// had, if that still is one of this log: numbers that we were waiting for may still come.
func findPosition(ctx context.Context, c *conn, had *watermark) (p logPosition, stamp Stamp, err error) {
	if had != nil {
		n, err := readNews(ctx, c, had)
		if err == nil {
			return p.counted(ctx, c, had, n.entries)
		}
		if !isLogCut(err) {
			return p, stamp, err
		}
	}
	// What was written before lateness is settled; what is recent was seen, and between its numbers others may still come. Since entries bear the
	// time at which their statement began, the numbers of a long one may look settled while lower ones are still to come: then an audit finds these.
	end, err := c.End(ctx, lateness, tailMost, auditFirst)
	if err != nil {
		return p, stamp, err
	}
	if len(end.Recent) == tailMost {
		fresh := newWatermark(end.Recent[0])
		fresh.see(end.Recent, time.Now())
		return p.counted(ctx, c, fresh, nil)
	}
	fresh := newWatermark(end.Before)
	fresh.see(end.Recent, time.Now())
	return logPosition{mark: fresh, settled: end.Settled}, end.Stamp, nil
}

// counted completes a position by the settled entries of the last time, and the stamp.
func (p logPosition) counted(ctx context.Context, c *conn, mark *watermark, entries []Entry) (logPosition, Stamp, error) {
	count, err := c.CountSince(ctx, -int64(auditFirst.Seconds()), mark.low.Seq)
	if err != nil {
		return p, Stamp{}, err
	}
	stamp, err := c.Stamp(ctx)
	return logPosition{mark, entries, count.Whole}, stamp, err
}

// take notes what the list has read.
func (p logPosition) take(now time.Time) *watermark {
	p.mark.see(p.entries, now)
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

func countNews(ctx context.Context, log ChangeLog, w *watermark) (backlog, error) {
	counts, err := log.Count(ctx, w.seen().Marks)
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
		n.note(w, c, once)
		return nil
	})
	return n, err
}

// note notes an entry, if w has not seen it. The names that are noted are in once.
func (n *news) note(w *watermark, c Change, once map[string]bool) {
	if w.has(c.Seq) {
		return
	}
	n.entries = append(n.entries, c.Entry)
	n.lag = max(n.lag, c.Age)
	n.all = n.all || c.All
	if !once[c.Name] {
		once[c.Name] = true
		n.names = append(n.names, c.Name)
	}
}
