package follow

import (
	"context"
	"errors"
	"io/fs"
	"sync"
	"time"

	"github.com/mysqldns/mysqldns/plugin/zonedb"
)

// Snapshot is where the copy is kept on disk.
type Snapshot struct {
	Path   string // "" for nowhere
	Source string // names the table and its servers: a file of another source is rejected

	// Ours reports whether the file is this copy's to write; nil means that it is. Any goroutine may call it.
	Ours func() bool
}

// snapshotFile keeps the copy on disk. Its methods are safe for concurrent use.
type snapshotFile struct {
	Snapshot
	copy     *theCopy
	observer Observer
	outdated chan struct{} // the file has not what saved says any more

	mu    sync.Mutex
	saved *zonedb.View // that the file has
}

func newSnapshotFile(s Snapshot, c *theCopy, observer Observer) *snapshotFile {
	if s.Ours == nil {
		s.Ours = func() bool { return true }
	}
	return &snapshotFile{Snapshot: s, copy: c, observer: observer, outdated: make(chan struct{}, 1)}
}

// load fills the copy from disk, if there is a snapshot and the copy is empty, and reports whether it did.
func (s *snapshotFile) load() bool {
	if s.Path == "" {
		return false
	}
	load := s.copy.db.NewLoad()
	confirmed, err := load.ReadFile(s.Path, s.Source)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		s.observer.Observe(SnapshotMissing{})
		return false
	case err != nil:
		s.observer.Observe(SnapshotRejected{err})
		return false
	}
	if !s.copy.restore(load, confirmed) {
		return false // the database came while we read
	}
	view := s.copy.db.View()
	s.note(view)
	s.observer.Observe(Restored{Confirmed: confirmed, Records: view.Len()})
	return true
}

// keep saves the copy after its first load, then when it changed, and when ctx ends; all that while the file is ours.
func (s *snapshotFile) keep(ctx context.Context) {
	if s.Path == "" {
		return
	}
	select {
	case <-s.copy.wasListed.Done():
	case <-ctx.Done():
		return
	}
	for {
		s.saveIfOurs()
		if ctx.Err() != nil {
			return
		}
		select {
		case <-ctx.Done():
		case <-s.outdated:
		case <-time.After(jitter(saveInterval)):
		}
	}
}

// saving keeps two copies from saving at a time: of two to one file, the later one must be the last.
var saving sync.Mutex

func (s *snapshotFile) saveIfOurs() {
	saving.Lock()
	defer saving.Unlock()
	if s.Ours() {
		s.save()
	}
}

// saveAgain notes that somebody wrote over the file.
func (s *snapshotFile) saveAgain() {
	s.note(nil)
	select {
	case s.outdated <- struct{}{}:
	default: // it is going to
	}
}

// save writes the copy to disk unless that has it.
func (s *snapshotFile) save() {
	view, confirmed := s.copy.db.View(), s.copy.confirmedAt()
	s.mu.Lock()
	same := view == s.saved
	s.mu.Unlock()
	if same {
		return
	}
	err := view.SaveFile(s.Path, s.Source, confirmed)
	if err == nil {
		s.note(view)
	}
	s.observer.Observe(SnapshotSaved{Confirmed: confirmed, Err: err})
}

// note notes what the file has.
func (s *snapshotFile) note(view *zonedb.View) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.saved = view
}
