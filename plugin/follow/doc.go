// Package follow keeps a copy of a table in step with it. It knows no SQL: a Dialer opens Sessions with the servers that have the table,
// and an Observer is told what happens.
//
// # The way of a change
//
// Follower.Run (run.go) opens a session (connect.go, headstart.go), lists the table if it cannot go on from where it was (list.go, intake.go), and then polls
// (poll.go): it looks for entries of the change log that it has not seen (watermark.go knows which these are) and for the rows of the names in them
// (look.go; what that cannot tell is read by logread.go, reread.go, reader.go), and publishes all of one poll at once (copy.go). A table without a change log is listed again
// when its change stamp moves (stamp.go). Beside that it looks for what no change log names: another table in place of ours and changes
// that were not logged (unlogged.go), entries that were committed very late (settled.go), and, now and then, any difference at all (resync.go).
// failover.go decides which server may be followed (by the entries that recent.go keeps), nodewatch.go asks a far one about itself without making a look wait,
// peers.go notices one that stands still while the others go on (stalls.go when it may be followed again), snapshot.go keeps the copy on disk.
//
// # A look
//
// A look at the change log and the table is one statement, with news and without: far from the database, round trips are what a change waits for. The
// statement joins the log's tail with the rows of the names in it:
//
//	SELECT entry, row FROM log LEFT JOIN table ON row.name = entry.name, unless it is the entry at our position
//	WHERE entry.seq = our position OR entry.seq > the highest that was seen
//
// Without news it finds one entry, that at our position, and reads no row. What follows is told from its result:
//
//   - The log was cut or began anew: the entry at our position is gone, or has another time.
//   - Entries that came late: while numbers are missing between our position and the highest that was seen, the statement also counts the entries between
//     these, in two parts (Seen). Where it finds more than were seen, it returns all from there on; where fewer, the log was cut.
//   - The rows of a name: those that spell it like the entry, as the server compares names. Go takes of these what DNS takes for the same name.
//   - When due: the stamp of the table, and the count of the settled entries.
//
// All of it is one state of the database: InnoDB answers one SELECT from one read view, whatever tables, subqueries and parts of a UNION are in it, and
// whatever the isolation level. So no look sees half of a transaction, without START TRANSACTION and COMMIT around it. The stamp alone is of the
// present, but no table is replaced while a statement reads it.
//
// The long way, a snapshot in which entries and rows are read one after the other, remains for owner names that are spelled in yet other ways, for names that the
// server compares otherwise than Go does, for more entries and rows than one answer should have, and for servers, views and tables where the join is refused
// or would cost too much. The whole table is listed as before.
//
// # States of the connection
//
//	State         means                                      when a session has read      when a session fails,
//	                                                         what it needs and follows    or none can be opened
//	Starting      nothing has been read yet                  Following                    Failing
//	Following     a session follows the table                Following                    Reconnecting
//	Reconnecting  a session failed; nothing more is known    Following                    Failing
//	Failing       tries fail; the copy answers as it is      Following                    Failing
//
// From Following the next try comes at once, since a connection may end for many reasons; in Failing they come after pauses that grow. In every
// state the copy is answered from if it was filled once, from the table or from a snapshot. The table is transitions in state.go.
//
// # Time limits
//
// Every limit of time of the plugin on its way to the database. Those in capitals are for implementations of Session, which add two round trips, as they
// are measured (Within): packets that are lost on a long way are sent again, and no server that answers is to be given up for that.
//
//	ConnectTimeout        3 s       until a host has taken the connection and the password
//	QueryTimeout          5 s       of a short statement: all but those that read rows
//	RereadTimeout         8 s       of a statement that reads the rows of some names; a view may have to be computed for it
//	StallTimeout          5 s       between two rows of a list, and before the first of a table (not of a view)
//	PerEntryTimeout       100 µs    is added to QueryTimeout for each entry of the change log that is to be read
//	PacketTimeout         30 s      between two packets of any other read or write, where the DSN has no limit of its own
//	leastPause, mostPause 100 ms, 2 s  between tries while they fail, doubling from one to the other, with jitter; leastPause after catchUpTimeout
//	refreshByLog          100 ms    between polls of a change log, unless Config.Refresh says otherwise
//	refreshByStamp        1 s       between polls of a table without one
//	checkInterval         1 s       between looks at the change stamp, where a change log is followed, and at the node of a cluster
//	farAway               5 ms      round trip from which on one more is worth saving
//	stampWhileChanging    1 min     after a change, looks at a far server ask for the stamp, too
//	auditInterval         5 s       between counts of the settled entries, which take one part in 50 (auditShare) of the time at the most
//	preferInterval        5 s       between tries to return to a host that stands before ours
//	peerInterval          2 s       between looks at the change logs of the other hosts, the first of them after checkInterval, unless peerGrace is over sooner for one
//	peerTimeout           1 s       that such a look waits for a host
//	peerGrace             5 s       that another host may have an entry which ours has not, before ours counts as standing still
//	leastHold, mostHold   10 s, 5 min  that a host which stood still must be level with the others before it is gone back to, doubling each time …
//	stallMemory           1 h       … within this
//	replicationInterval   5 s       between looks at the replication of the server, where the user may see it
//	catchUpTimeout        5 s       for another server to have what the copy has, before it is given up as behind
//	lostAfter             3 s       … or after which what another has gone on without counts as lost
//	emptyAfter            1 h       for which entries stay in a log that is pruned: one that is empty and should have a younger one lacks it
//	leastHeadStart        1 s       that a host has before the next is tried, too: twice what it took last, ConnectTimeout at most and where it was never had
//	lateness              30 s      from a change to its commit, for which the watermark waits
//	retryInterval         30 s      between lists that max_shrink refuses, and after a resync that failed
//	snapshotDelay         5 s       after the start, until a snapshot is loaded in place of a table that cannot be read
//	saveInterval          1 min     between saves of the snapshot, at least
//	progressInterval      5 s       between reports of a long list
//	handoverStart         1 s       for a poll that was asked for to begin …
//	handoverPoll          1 min     … and to end: it is a list where there is no change log
package follow
