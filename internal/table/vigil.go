package table

import (
	"context"
	"sync/atomic"
	"time"
)

// silence is how long a server may fall silent between two rows, and before the first of a table. Before that of a view it may take the
// connection's time: it may have to be computed.
const silence = 5 * time.Second

// vigil notices a server that falls silent in the middle of the rows. What the reader does between two rows may take any time.
type vigil struct {
	streams bool         // the first row is not waited for longer than others
	rows    atomic.Int64 // received
	waiting atomic.Bool  // for the next one
}

// keep calls lose when the server has been silent, and returns then or when ctx ends.
func (v *vigil) keep(ctx context.Context, lose func(error)) {
	const looks = 5
	ticker := time.NewTicker(silence / looks)
	defer ticker.Stop()
	last, silent := int64(0), 0
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		rows := v.rows.Load()
		if silent++; !v.waiting.Load() || rows != last || rows == 0 && !v.streams {
			last, silent = rows, 0
		}
		if silent == looks {
			lose(errSilent)
			return
		}
	}
}
