package faults

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// snapshotEvery is how often the plugin saves its copy at the most, and a little.
const snapshotEvery = 75 * time.Second

// What happens to the snapshot.
var snapshotFaults = []fault{
	{
		name:  "the disk is full for the snapshot",
		small: true,
		lasts: 4 * time.Minute,
		play:  (*stage).fillDisk,
	},
	{
		name:       "the server is told to end in the middle of a list",
		proxied:    true,
		properties: "resync 1s",
		lasts:      30 * time.Second,
		play:       (*stage).endInAList,
	},
}

// disk is the folder of the snapshot.
func (s *stage) disk() string { return filepath.Join(s.dir, "disk") }

// makeDisk makes the folder of the snapshot, on a disk of its own if it is to be small.
func (s *stage) makeDisk() {
	s.t.Helper()
	s.must(os.Mkdir(s.disk(), 0o700))
	if !s.fault.small {
		return
	}
	if err := mountSmall(s.disk()); err != nil {
		missing(s.t, "no small disk: "+err.Error())
	}
	s.t.Cleanup(func() { s.must(unmount(s.disk())) })
}

// fillDisk fills the disk. The plugin goes on without saving, says so once, and saves again when there is room.
func (s *stage) fillDisk() {
	const complaint = "cannot save the snapshot"
	ballast := s.writeBallast()
	old, err := os.ReadFile(s.snapshot())
	s.must(err)

	// The snapshot from before is of use to a server that starts while the database is away, whatever it tried to save when it ended.
	s.answers("with a full disk", s.change(), time.Now())
	s.must(s.server.Kill())
	s.restart()
	s.kept.expectReady(true)
	s.bare.expectReady(false)
	s.sameSnapshot(old)
	s.must(s.server.Restart())
	s.answers("with a full disk", s.change(), time.Now())

	// It tries again, and says nothing more.
	counted := func(n string) func() bool {
		return func() bool { return s.kept.metric("coredns_mysqldns_snapshot_errors_total") == n }
	}
	if !eventually(limit, counted("1")) || !eventually(snapshotEvery, counted("2")) {
		s.t.Errorf("snapshot_errors_total is %q, expected 1, and 2 after %s", s.kept.metric("coredns_mysqldns_snapshot_errors_total"), snapshotEvery)
	}
	if n := strings.Count(s.kept.since(), complaint); n != 2 { // at its end, and after the start
		s.t.Errorf("logged %d times, expected 2: %q:\n%s", n, complaint, s.kept.since())
	}
	s.sameSnapshot(old)

	s.must(os.Remove(ballast))
	if !eventually(snapshotEvery, func() bool { return strings.Contains(s.kept.since(), "is saved again") }) {
		s.t.Errorf("not saved within %s:\n%s", snapshotEvery, s.kept.since())
	}
	s.recover()
	s.endsWithSnapshot()
}

// writeBallast fills the disk with a file.
func (s *stage) writeBallast() (path string) {
	s.t.Helper()
	path = filepath.Join(s.disk(), "ballast")
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o600)
	s.must(err)
	defer f.Close()
	zeros := make([]byte, 1<<12)
	for err == nil {
		_, err = f.Write(zeros)
	}
	if !errors.Is(err, errDiskFull) {
		s.t.Fatal(err)
	}
	return path
}

// sameSnapshot looks whether the snapshot is as it was, and alone.
func (s *stage) sameSnapshot(old []byte) {
	s.t.Helper()
	now, err := os.ReadFile(s.snapshot())
	s.must(err)
	if string(now) != string(old) {
		s.t.Errorf("the snapshot has changed: %d octets, before %d", len(now), len(old))
	}
	s.noRemains()
}

// noRemains looks for files that a try to save left behind.
func (s *stage) noRemains() {
	s.t.Helper()
	files, err := os.ReadDir(s.disk())
	s.must(err)
	for _, file := range files {
		if file.Name() != "copy" && file.Name() != "ballast" {
			s.t.Errorf("%s was left behind", file.Name())
		}
	}
}

// endsWithSnapshot ends kept and starts it while the database is away: it must know all that it knew before.
func (s *stage) endsWithSnapshot() {
	s.t.Helper()
	latest := s.kept.ask(changing)
	s.must(s.server.Kill())
	took, err := s.kept.restart()
	s.must(err)
	s.result.Kept = "right after " + seconds(took)
	if got := s.kept.ask(changing); got != latest {
		s.t.Errorf("after a restart: %s: %s, before: %s", changing, got, latest)
	}
	s.noRemains()
}

// endInAList tells servers to end while they list the table: when they have answered from it for long, and before they do.
func (s *stage) endInAList() {
	restarted := s.instances()[1:]
	s.stallLists()
	s.awaitStalled()
	for _, i := range restarted {
		s.endsAtOnce(i)
	}
	s.flowAgain()
	for _, i := range restarted {
		s.must(i.Restart())
	}
	s.noRemains()
	for _, i := range restarted {
		s.must(i.Stop())
		s.stallLists()
		started := make(chan struct{})
		go func() {
			i.Restart() //nolint:errcheck // it is told to end before it listens
			close(started)
		}()
		s.awaitStalled()
		s.endsAtOnce(i)
		<-started
		s.flowAgain()
		s.must(i.Restart())
	}
	s.recover()
	s.endsWithSnapshot()
}

// stallLists has all lists stall in the middle from now on.
func (s *stage) stallLists() { s.proxy.CutAlways(Cut{After: listing, Octets: 500_000, How: Stall}) }

// awaitStalled waits until each server is in the middle of a list.
func (s *stage) awaitStalled() {
	s.t.Helper()
	if !eventually(limit, func() bool { return s.proxy.Broken() == len(s.instances()) }) {
		s.t.Fatalf("%d servers are in the middle of a list after %s, expected %d", s.proxy.Broken(), limit, len(s.instances()))
	}
}

// flowAgain ends stallLists.
func (s *stage) flowAgain() {
	s.proxy.Spare()
	s.proxy.Reset()
}

// endsAtOnce tells a server to end.
func (s *stage) endsAtOnce(i *instance) {
	s.t.Helper()
	from := time.Now()
	s.must(i.Stop())
	if took := time.Since(from); took > stopsWithin {
		s.t.Errorf("%s ended %s after SIGTERM, expected at most %s", i.name, took, stopsWithin)
	}
}
