package mysqldns

import (
	"errors"
	"io/fs"

	"github.com/mysqldns/mysqldns/plugin/journal"
)

// versionFile keeps the versions of zones beside the snapshot of their copy. An instance that starts while the database is down so shows the serials that it
// showed before, and has differences to send. One goroutine uses it.
type versionFile struct {
	path   string // "" for nowhere
	source string
	ours   func() bool // whether the file is this copy's to write; nil means that it is

	file    *journal.File // nil while none is written to
	created int64         // octets that it had when it was created
	failing bool
}

// versionFileGrowth is how many octets a file may have grown, beyond what it had, before it is created anew.
const versionFileGrowth = 1 << 20

// besideSnapshot is the path of the file of versions that belongs to a snapshot.
func besideSnapshot(snapshot string) string {
	if snapshot == "" {
		return ""
	}
	return snapshot + ".versions"
}

// load returns the versions that the file has, by zone.
func (f *versionFile) load() map[string][]journal.Saved {
	if f.path == "" {
		return nil
	}
	saved, err := journal.ReadFile(f.path, f.source)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		log.Warningf("the versions of zones on disk are not used: %v. Until the database answers, zones with serial 0 may be served with that", err)
	}
	return saved
}

// add adds versions to the file; all returns those of all zones, for a new one.
func (f *versionFile) add(fresh []journal.Saved, all func() []journal.Saved) {
	if f.path == "" || len(fresh) == 0 {
		return
	}
	if f.ours != nil && !f.ours() { // around a reload, another copy keeps it; when it is ours again, all is written
		f.close()
		return
	}
	err := f.write(fresh, all)
	if err != nil {
		f.close()
		if !f.failing {
			log.Warningf("the versions of zones cannot be kept on disk: %v. After a restart while the database is down, serials may be older than they were", err)
		}
	}
	f.failing = err != nil
}

func (f *versionFile) write(fresh []journal.Saved, all func() []journal.Saved) (err error) {
	if f.file != nil && f.file.Octets() < 2*f.created+versionFileGrowth {
		return f.file.Add(fresh...)
	}
	f.close()
	if f.file, err = journal.CreateFile(f.path, f.source, all()); err != nil {
		f.file = nil
		return err
	}
	f.created = f.file.Octets()
	return nil
}

// close ends the writing of the file.
func (f *versionFile) close() {
	if f.file != nil {
		f.file.Close()
		f.file = nil
	}
}

// restore makes the version known that the file has of a zone. The caller holds mu.
func (v *versions) restore(z *journal.Zone, st *versionState) {
	chain := v.saved[z.Apex()]
	delete(v.saved, z.Apex())
	if serial := z.RowSerial(); serial != 0 { // the copy may be older than the file: then its version is one of those
		for len(chain) > 0 && chain[len(chain)-1].Serial != serial {
			chain = chain[:len(chain)-1]
		}
	}
	if len(chain) > 0 {
		newest := chain[len(chain)-1]
		z.Restore(chain)
		st.filed, st.broken = newest.Serial, newest.Broken
		v.bound(z, st)
	}
}

// save writes to the file what it has not.
func (v *versions) save() {
	v.mu.Lock()
	fresh := v.unsaved
	v.unsaved = nil
	v.mu.Unlock()
	v.file.add(fresh, func() (all []journal.Saved) {
		v.mu.Lock()
		defer v.mu.Unlock()
		for _, chain := range v.saved { // the zone may come back
			all = append(all, chain...)
		}
		for apex, z := range v.zones.All() {
			if _, _, known := z.Version(); known {
				all = append(all, z.SavedSince(0, v.states[apex].broken)...)
			}
		}
		return all
	})
}

// note notes a zone's version for the file. The caller holds mu.
func (v *versions) note(z *journal.Zone, st *versionState) {
	if v.file.path == "" {
		return
	}
	v.unsaved = append(v.unsaved, z.SavedSince(st.filed, st.broken)...)
	st.filed, _, _ = z.Version()
}
