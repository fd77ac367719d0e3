// Package differential asks mysqldns, NSD, Knot and BIND the same questions about the same zones. Where all three references
// agree, mysqldns has to agree with them; where they do not, the report shows who says what, for what mysqldns answers there
// is a decision of its own.
//
//	table.go       what the rows say, and the zones in it
//	generator.go   random tables
//	zones/         tables written by hand
//	questions.go   what is asked about a table
//	reference.go   NSD, Knot and BIND, and their configurations
//	server.go      asking over UDP and TCP
//	subject.go     mysqldns without database and server; coredns_test.go has it with both
//	compare.go     what counts of a reply
//	alias.go       asking on for an alias into another zone, which NSD follows by itself
//	exchange.go    one question and all answers to it
//	run.go         all of it, table by table
//	report.go      the counts
package differential
