package zonedb

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
)

// TestSnapshotOfAnotherMachine leaves a snapshot in a folder and reads those that are there, each of another machine. test/portable runs it on
// several, one after the other.
func TestSnapshotOfAnotherMachine(t *testing.T) {
	dir := os.Getenv("MYSQLDNS_TEST_SNAPSHOTS")
	if dir == "" {
		t.Skip("MYSQLDNS_TEST_SNAPSHOTS names no folder of snapshots: see test/portable")
	}
	own := someDB(t).View()
	if err := own.SaveFile(filepath.Join(dir, runtime.GOARCH), "here", taken); err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		db := New()
		l := db.NewLoad()
		if at, err := l.ReadFile(filepath.Join(dir, file.Name()), "here"); err != nil || !at.Equal(taken) {
			t.Errorf("%s reads that of %s as of %v: %v", runtime.GOARCH, file.Name(), at, err)
			continue
		}
		l.Commit()
		for _, apex := range []string{"", "example."} {
			if got, want := texts(slices.Collect(db.View().All(apex))), texts(slices.Collect(own.All(apex))); !slices.Equal(got, want) {
				t.Errorf("%s reads that of %s: zone %q is %q, want %q", runtime.GOARCH, file.Name(), apex, got, want)
			}
		}
	}
	t.Logf("%s has read %d snapshots", runtime.GOARCH, len(files))
}
