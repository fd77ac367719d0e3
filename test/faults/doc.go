// Package faults breaks the database of a running CoreDNS in every way that it can think of, asks all the time, and checks every
// answer: known names have their right answers whatever happens, and changes flow again soon after.
//
// Each fault has a MariaDB of its own and three CoreDNS processes:
//
//   - steady runs all the time. None of its answers may be wrong, SERVFAIL, lost or late.
//   - kept has a snapshot and is restarted while the fault lasts. It answers right from the moment it listens.
//   - bare has none and is restarted too. While the table cannot be read it answers SERVFAIL for the names of its zones, is not
//     ready, and passes none of these names on.
//
// When the fault is over, a change is committed; all three must answer it within ten seconds, without another restart. What was
// committed during the fault must be answered then, too.
//
// # Late answers and stalls of the machine
//
// An answer is late after half a second. On a machine that does many things at once, every process may stand still for that long, so the
// tests ask a control question all the time: of a server in their own process that answers everything with the same address. A late answer
// does not count if the control question took a tenth of a second at the same time, which is a hundred times what it should. The control is
// no block of the CoreDNS that is tested: what holds up that whole process, a collection of garbage for one, is ours and must count.
//
// # Far from the database
//
// With -rtt 150ms all servers are behind proxies that make them be so far away: go test ./faults -rtt 150ms. What is expected is the same.
//
// # Clocks
//
// A clock that jumps is MariaDB's, under libfaketime: its times are in the change log and in the stamps of the table. CoreDNS's
// clock cannot be jumped from outside: Go reads the kernel's page of time without a call that could be caught, and a time namespace
// moves the clocks since boot only. It need not be: the plugin compares times that it took itself with time.Now, and Go compares these by the
// monotonic clock, which does not jump. The wall clock is only shown: in the log, in metrics, and as the age of a snapshot.
package faults
