package mysqldns

// versionLog says what becomes of versions, once per change.
type versionLog struct {
	table      string
	unread     bool // they cannot be read
	unwritten  bool // none can be written
	said, none bool
}

// notRead notes that versions could not be read.
func (l *versionLog) notRead(err error) {
	if !l.unread {
		log.Warningf("the versions of the zones of %s cannot be read: %v. Transfers and serials stay as they are until they can", l.table, err)
	}
	l.unread = true
}

// read notes that versions were read.
func (l *versionLog) read() {
	if l.unread {
		log.Infof("the versions of the zones of %s are read again", l.table)
	}
	l.unread, l.none = false, false
}

// notWritten notes that a version could not be written.
func (l *versionLog) notWritten(err error) {
	if !l.unwritten {
		log.Warningf("no version of a zone of %s can be written: %v. Until it can, here or by another instance, transfers and serials stay as they are", l.table, err)
	}
	l.unwritten = true
}

// wrote notes that a version was written.
func (l *versionLog) wrote() {
	if l.unwritten {
		log.Infof("versions of the zones of %s are written again", l.table)
	}
	l.unwritten = false
}

// absent notes that there are no tables of versions.
func (l *versionLog) absent(err error) {
	if l.none {
		return
	}
	l.none = true
	log.Warningf("zones of %s have serial 0, which asks for serials that move by themselves, but %v. They are served with serial 0, which secondaries "+
		"take for no change: load schema.sql, grant what it says, and give the directive write_dsn; or give the SOA a serial", l.table, err)
}

// nobodyWrites notes that a zone has no version, and that none can be taken here.
func (l *versionLog) nobodyWrites(apex string) {
	if !l.said {
		log.Warningf("%s has serial 0 in %s, and there is no version of it: until an instance with write_dsn takes one, it is served with serial 0, which "+
			"secondaries take for no change. The same may hold for other zones", apex, l.table)
	}
	l.said = true
}

// wentBack notes that a zone's owner gave it a serial that is not newer.
func (l *versionLog) wentBack(apex string, was, serial uint32) {
	log.Warningf("the serial of %s went from %d to %d, which is not newer (RFC 1982): secondaries keep what they have until it is", apex, was, serial)
}

// unversioned notes that a zone's content changed and its serial did not.
func (l *versionLog) unversioned(apex string, serial uint32) {
	log.Warningf("%s changed and its serial stayed %d: secondaries do not notice until it moves, and then get the whole zone. "+
		"Give the SOA serial 0 to have it move by itself", apex, serial)
}

// unlikeOwners notes that others have other content under the same serial of the zone's owner.
func (l *versionLog) unlikeOwners(apex string, serial uint32) {
	log.Warningf("%s: another instance has other content of it under serial %d, as where rows of %s changed and the serial did not, or with another ttl or "+
		"release. Secondaries get the whole zone with the next serial. Change rows and serial in one transaction", apex, serial, l.table)
}

// unlike notes that others make other records of the same rows.
func (l *versionLog) unlike(apex string) {
	log.Warningf("%s: another instance makes different content of the same rows of %s, as with another ttl or another release. Its version is taken "+
		"over, and transferred from here by deltas only. Give all instances the same ttl and release", apex, l.table)
}
