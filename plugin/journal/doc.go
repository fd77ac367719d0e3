// Package journal keeps versions of zones: a serial, the content that has it, and how each version came from the one before, as secondaries want it for
// incremental transfers (RFC 1995).
//
// Questions are answered from the newest state of the copy; a transfer sends one version, whole, under its own serial. So for each zone there is the
// version's content next to the copy's. Only the names at which the two differ are kept (zone.go): they are few, and none at most times.
//
// A version's digest (digest.go) is a sum over its records, so it follows a change at the cost of that change, and is the same wherever the
// content is. Who makes a version says its digest; who takes it over by a delta (delta.go) compares.
//
// Nothing here knows a clock, a database or a network; file.go keeps versions on disk. Reading the source: zones.go says which zones a change of the copy touches, and where;
// content.go what a zone has at one name; zone.go what becomes of its version; history.go what a secondary gets.
package journal
