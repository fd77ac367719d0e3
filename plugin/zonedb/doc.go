// Package zonedb is the copy: all records of a table in memory, as zones and loose names.
//
// A DB is written by one goroutine and read by any number of them, who never wait. Readers take a View, which is
// one published state of the copy; a writer prepares the next state beside it and publishes it whole, so that no
// reader ever sees half of a transaction.
//
// Reading the source: a View is 64 groups (group.go) of up to 64 shards; the seeded hash of an owner name says in which shard
// it is. A shard (shard.go) is an arena of bytes with one entry (entry.go) for each name, and an index
// (index.go) of offsets into it: nothing in it for the garbage collector to walk. What a name holds (content.go) is in wire
// form there, and becomes records (rdata.go, node.go) when it is asked for. All writing goes through an editor (editor.go),
// which copies on write what a published View can see: Apply edits the last View, a Load an empty one.
package zonedb
