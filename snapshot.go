package mysqldns

import (
	"context"
	"errors"
	"io/fs"
	"sync"
	"time"
)

const (
	snapshotPatience = 5 * time.Second // how long to hope for the database before the snapshot is loaded
	snapshotEvery    = time.Minute     // at most
)

// loadSnapshot fills the copy from disk, if there is a snapshot and nothing better was there before.
func (f *follower) loadSnapshot() {
	path := f.source.snapshot
	if path == "" || f.answers() != nil {
		return
	}
	load := f.db.NewLoad()
	taken, err := load.ReadFile(path, f.source.String())
	switch {
	case errors.Is(err, fs.ErrNotExist):
		log.Infof("there is no snapshot %s yet", path)
		return
	case err != nil:
		log.Errorf("not using the snapshot %s: %v. Answering SERVFAIL until %s can be read", path, err, f.source.table)
		return
	}
	f.publishing.Lock()
	defer f.publishing.Unlock()
	if f.loaded.Load() {
		return // the database came while we read
	}
	load.Commit()
	f.loaded.Store(true)
	f.saved, f.spoke = f.db.View(), taken
	f.report.restored(taken)
	f.tried.happen()
	log.Warningf("%s cannot be read; answering from the snapshot of %s (%d records) until it can", f.source.table,
		taken.Format(time.RFC3339), f.db.View().Len())
}

// keepSnapshot saves the copy after its first load, then when it changed, and when ctx ends; all that while the file is ours.
func (f *follower) keepSnapshot(ctx context.Context, isOurs func() bool) {
	if f.source.snapshot == "" {
		return
	}
	select {
	case <-f.listed.done:
	case <-ctx.Done():
		return
	}
	for {
		f.saveIf(isOurs)
		if ctx.Err() != nil {
			return
		}
		select {
		case <-ctx.Done():
		case <-f.unsaved:
		case <-time.After(jitter(snapshotEvery)):
		}
	}
}

// saving keeps two copies from saving at a time: of two to one file, the later one must be the last.
var saving sync.Mutex

func (f *follower) saveIf(isOurs func() bool) {
	saving.Lock()
	defer saving.Unlock()
	if isOurs() {
		f.save()
	}
}

// saveAgain notes that somebody wrote over the snapshot on disk. Any goroutine may call it.
func (f *follower) saveAgain() {
	f.publishing.Lock()
	f.saved = nil
	f.publishing.Unlock()
	select {
	case f.unsaved <- struct{}{}:
	default: // it is going to
	}
}

// save writes the copy to disk unless that has it. It says once that it can not, and once that it can again.
func (f *follower) save() {
	view := f.db.View()
	f.publishing.Lock()
	saved, spoke := f.saved, f.spoke
	f.publishing.Unlock()
	if view == saved {
		return
	}
	err := view.SaveFile(f.source.snapshot, f.source.String(), spoke)
	if err == nil {
		f.publishing.Lock()
		f.saved = view
		f.publishing.Unlock()
	}
	f.report.saved(f.source.snapshot, spoke, err)
}
