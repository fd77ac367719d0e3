package faults

import (
	"cmp"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mysqldns/mysqldns/test/coredns"
	"github.com/mysqldns/mysqldns/test/mariadb"

	"github.com/go-sql-driver/mysql"
)

const (
	resultsVariable = "MYSQLDNS_FAULTS_TABLE"    // names a file that the table of results is written to as well
	requireVariable = "MYSQLDNS_REQUIRE_SERVERS" // set: what is missing on this machine is a failure
	buildVariable   = "MYSQLDNS_FAULTS_BUILD"    // flags for building that one, such as -race
)

// What all tests share.
var (
	program string // CoreDNS
	machine *Machine
	results Results
)

// atOnce is how many faults are tried at the same time. Most of the time, they wait.
const atOnce = "4"

// roundTrip puts all servers behind proxies.
var roundTrip = flag.Duration("rtt", 0, "how far away the database is: the time of a round trip, as 150ms")

func TestMain(m *testing.M) { os.Exit(runAll(m)) }

func runAll(m *testing.M) int {
	flag.Parse()
	mysql.SetLogger(log.New(io.Discard, "", 0)) // of connections that break; they are meant to
	if !isSet("test.parallel") {
		flag.Set("test.parallel", atOnce)
	}
	if _, err := mariadb.Find(); err != nil {
		fmt.Fprintf(os.Stderr, "\nNOT TESTED: %v\n\n", err)
		if os.Getenv(requireVariable) != "" {
			return 1
		}
		return 0
	}
	dir, err := os.MkdirTemp("", "mysqldns-faults-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	if program, err = build(dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if machine, err = WatchMachine(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer machine.Close()
	status := m.Run()
	table := results.Markdown()
	fmt.Printf("\n%s\n", table)
	if path := os.Getenv(resultsVariable); path != "" && table != "" {
		if err := os.WriteFile(path, []byte(table), 0o600); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	return status
}

func isSet(name string) (set bool) {
	flag.Visit(func(f *flag.Flag) { set = set || f.Name == name })
	return set
}

// build compiles CoreDNS. Not with the race detector by default: a list then takes ten times as long, and what is to be in time here
// is the server that people run; the other tests look for races.
func build(dir string) (program string, err error) {
	return coredns.Build(dir, strings.Fields(os.Getenv(buildVariable))...)
}

// fault is a way to break the database, and what is expected meanwhile.
type fault struct {
	name string

	// The scene.
	alone      bool   // there is only steady
	proxied    bool   // the connections go through stage.proxy
	lagging    bool   // there is a second host, stage.second, that is read-only and lags
	logless    bool   // the change log may not be read
	jumping    bool   // the server's clock can be set
	small      bool   // the snapshot is on a small disk
	table      string // of the directive; "" is the default
	options    string // of the DSN
	properties string // of the directive

	// What happens.
	inflict, heal func(*stage)
	during        func(*stage)  // further checks; may be nil
	lasts         time.Duration // from inflict to heal, at the least
	play          func(*stage)  // in place of all that, where it takes more; lasts then is about how long

	// What is expected meanwhile.
	blind     bool   // the table cannot be read …
	following bool   // … by who starts; who has it goes on
	readOnly  bool   // the table can be read, and not changed
	emptied   bool   // the table is empty for a while, and that is the truth
	logged    string // that steady logs
}

var faults = slices.Concat(serverFaults, networkFaults, rightsFaults, schemaFaults, hostFaults, snapshotFaults)

func TestAnswersStayRight(t *testing.T) {
	for _, i := range longestFirst() {
		f := faults[i]
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, f)
			if f.play != nil {
				f.play(s)
			} else {
				s.play()
			}
			results.Add(i, s.close())
		})
	}
}

// longestFirst are the numbers of the faults in the order to start them: so none is left over at the end that holds up all.
func longestFirst() (numbers []int) {
	for i := range faults {
		numbers = append(numbers, i)
	}
	slices.SortStableFunc(numbers, func(a, b int) int { return cmp.Compare(faults[b].lasts, faults[a].lasts) })
	return numbers
}

// missing skips a test for want of something, or fails it where everything must be there.
func missing(t *testing.T, what string) {
	t.Helper()
	if os.Getenv(requireVariable) != "" {
		t.Fatal(what)
	}
	t.Skip("NOT TESTED: ", what)
}

// limit is how long after healing a change may take to be answered.
const limit = 10 * time.Second
