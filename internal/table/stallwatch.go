package table

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/mysqldns/mysqldns/plugin/follow"
)

// stallWatch notices a server that falls silent in the middle of the rows. What the reader does between two rows may take any time.
type stallWatch struct {
	streams bool         // the first row is not waited for longer than others; that of a view is, which may have to be computed
	rows    atomic.Int64 // received
	waiting atomic.Bool  // for the next one
}

// run calls lose when the server has been silent, and returns then or when ctx ends.
func (w *stallWatch) run(ctx context.Context, lose func(error)) {
	const looks = 5
	ticker := time.NewTicker(follow.StallTimeout / looks)
	defer ticker.Stop()
	last, silent := int64(0), 0
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		rows := w.rows.Load()
		if silent++; !w.waiting.Load() || rows != last || rows == 0 && !w.streams {
			last, silent = rows, 0
		}
		if silent == looks {
			lose(errSilent)
			return
		}
	}
}
