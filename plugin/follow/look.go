package follow

import (
	"context"
	"strings"
	"time"

	"github.com/mysqldns/mysqldns/plugin/record"
)

// Ask is what one look at the change log and the table is to tell.
type Ask struct {
	Seen      Seen
	BothForms bool // the table spells names with the final dot and without it: the rows of both are wanted
	Stamp     bool // the stamp of the table, too

	// Settled, unless nil, is what to count of the settled entries, too.
	Settled *SettledAsk
}

// Seen is what was seen of a change log: the entry with the number Marks.Low, and how many entries with the numbers beyond it.
type Seen struct {
	Marks
	Old    int // with numbers above Low, up to Young
	Recent int // with numbers above Young, up to High
}

// SettledAsk asks as CountSince does.
type SettledAsk struct {
	Since int64 // seconds since 1970, by the server's clock
	UpTo  uint64
}

// Look is what one look found. All of it is of one state of the database but the stamp, which may be of a later one.
type Look struct {
	Counts Counts

	// Whole says that Changes has all entries beyond High; and where the log has more between the marks than Seen says, all beyond Young, or all beyond Low. Some
	// of these were seen before. They come with the rows of their names. Otherwise there were too many, or the server cannot tell them in
	// one statement: then Changes is empty, and BeyondHigh says that there are some.
	Whole   bool
	Changes []ChangedRows

	Stamp   *Stamp // if it was asked for
	Settled *SinceCount
}

// ChangedRows is an entry, and the rows that have its name, as the server compares names: it may find more than was asked for. Where BothForms are asked for,
// the name without its final dot, or with one, is its name, too.
type ChangedRows struct {
	Change
	Rows []record.Row
}

// ask is what the next look is to tell: what is new and, when that is due, what is asked beside.
func (f *Follower) ask(c *conn, now time.Time) (q Ask) {
	q = Ask{Seen: f.position.log.seen(), BothForms: f.rows.spellings.Load().hasBothForms(), Stamp: f.times.due(checkTable, now)}
	if f.times.due(audit, now) {
		q.Settled = &SettledAsk{f.position.log.settled.Since, f.position.log.low.Seq}
	}
	if c.RoundTrip() >= farAway && now.Sub(f.position.changed) < stampWhileChanging {
		q.Stamp = true // checkReplaced would cost another round trip
	}
	return q
}

// look asks the change log for what is new and reads the names in it again, in one round trip where the server can tell all of it in one statement. If
// what it is told otherwise shows that the table is to be listed, it does that.
func (f *Follower) look(ctx context.Context, c *conn, now time.Time) error {
	q := f.ask(c, now)
	found, err := c.Look(ctx, q)
	if err != nil {
		return err
	}
	if f.times.due(checkTable, now) {
		f.times.set(checkTable, now.Add(checkInterval))
		if listed, err := f.listIfUnlogged(ctx, c, *found.Stamp); listed || err != nil {
			return err
		}
	}
	if found.Settled != nil {
		if listed, err := f.judgeSettled(ctx, c, *found.Settled, now); listed || err != nil {
			return err
		}
	}
	if err := f.takeNews(ctx, c, found, q.BothForms); err != nil {
		return f.listInstead(ctx, c, err)
	}
	f.position.log.advance(now)
	return nil
}

// takeNews publishes what a look found: from what that has read, or by the long way, which reads all of it again in a snapshot.
func (f *Follower) takeNews(ctx context.Context, c *conn, found Look, bothForms bool) error {
	b, err := f.position.log.backlog(found.Counts)
	if err != nil || b.entries == 0 {
		return err
	}
	if found.Whole {
		n := f.position.log.unseen(found.Changes)
		if f.isTooMany(n) {
			return errTooMany
		}
		if again := f.rows.rereadLook(n.names, found.Changes, bothForms); again != nil {
			return f.takeReread(ctx, c, n, again, found.Stamp)
		}
	}
	return c.Snapshot(ctx, func() error { return f.rereadChanged(ctx, c) })
}

// unseen is what is new of what a look found.
func (w *watermark) unseen(changes []ChangedRows) (n news) {
	once := map[string]bool{}
	for _, c := range changes {
		n.note(w, c.Change, once)
	}
	return n
}

// rereadLook is reread for names whose rows a look has read with the entries. It returns nil if these may not be all rows of the names: an owner name
// may be spelled in ways that the server does not find by the spelling in the entry.
func (r *rowReader) rereadLook(names []string, found []ChangedRows, bothForms bool) *reread {
	known := r.spellings.Load()
	spelled := map[string]bool{}
	for _, name := range names {
		if !isPlain(name) {
			return nil
		}
		known.noteForm(name) // where the log has names in another form than the table, both are asked for from now on
		spelled[r.sqlKey(name, bothForms)] = true
	}
	again := r.reread(names)
	for _, spelling := range again.spellings {
		if known.hasForm(spelling) && !spelled[r.sqlKey(spelling, bothForms)] {
			return nil
		}
	}
	for i := range found {
		key := r.sqlKey(found[i].Name, bothForms)
		if !spelled[key] {
			continue // it was seen before, or another entry of that name has given the rows
		}
		delete(spelled, key)
		for j := range found[i].Rows {
			if ownerKey(found[i].Rows[j].Name) == ownerKey(found[i].Name) {
				again.take(&found[i].Rows[j])
			}
		}
	}
	return again
}

// isPlain reports whether a server compares a name as Go does, but for upper and lower case.
func isPlain(name string) bool {
	return strings.Trim(name, ".") != "" && !strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r > '~' })
}

// sqlKey is equal for plain names whose rows a look finds by any one of them.
func (r *rowReader) sqlKey(name string, bothForms bool) string {
	if bothForms {
		name = strings.TrimSuffix(name, ".")
	}
	if !r.caseSensitive {
		name = strings.ToLower(name)
	}
	return name
}

// ownerKey is equal for names that are the same owner name, and for names that are none if they differ in case alone.
func ownerKey(name string) string {
	if owner, err := record.Owner(name); err == nil {
		return owner
	}
	return "\x00" + fold(name)
}
