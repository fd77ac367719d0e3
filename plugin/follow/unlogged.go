package follow

// unloggedWatch notices a table that changes while its change log says nothing: there are no triggers, or the changes fire none.
type unloggedWatch struct {
	last          Stamp
	suspect       bool // the stamp moved, and no entries came before or since
	sawEntries    bool // since the last look
	missedChanges bool // changes may have gone unlogged: list once more when log entries reappear
}

// entriesCame notes entries of the change log.
func (w *unloggedWatch) entriesCame() { w.sawEntries = true }

// mustRelist reports whether entries came again after changes that may have had none.
func (w *unloggedWatch) mustRelist() bool { return w.missedChanges && w.sawEntries }

// look compares with the stamp at the last look, and reports whether that one had moved without any entries until now. A look of
// grace lies between, since a stamp may show before the change that it is for.
func (w *unloggedWatch) look(now Stamp) (unlogged bool) {
	unlogged = w.suspect && !w.sawEntries
	w.suspect = now.Updated != w.last.Updated && now.Updated != "" && !w.sawEntries
	w.last, w.sawEntries = now, false
	return unlogged
}
