package zonedb

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// A process that is killed while it writes leaves a file of its own, which the next one removes when surely nobody writes it any more.
func TestAbandonedFilesAreRemoved(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "copy")
	now := time.Now()
	for name, age := range map[string]time.Duration{
		"copy.1.tmp":          2 * time.Hour, // goes
		"copy.2.tmp":          time.Minute,
		"copy.versions":       2 * time.Hour,
		"other.3.tmp":         2 * time.Hour,
		"copy.versions.4.tmp": 2 * time.Hour, // of a file beside it
		"copy.of.mine.tmp":    2 * time.Hour,
	} {
		at := filepath.Join(dir, name)
		if err := errors.Join(os.WriteFile(at, nil, 0o600), os.Chtimes(at, now, now.Add(-age))); err != nil {
			t.Fatal(err)
		}
	}
	write := func(w io.Writer) error {
		_, err := io.WriteString(w, "whole")
		return err
	}
	if err := ReplaceFile(path, write); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	if expected := []string{"copy", "copy.2.tmp", "copy.of.mine.tmp", "copy.versions", "copy.versions.4.tmp", "other.3.tmp"}; !slices.Equal(names, expected) {
		t.Errorf("there are %v, expected %v", names, expected)
	}
}

// What cannot be written leaves the file of before, and nothing beside it.
func TestFileStaysIfNoneCanBeWritten(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "copy")
	if err := os.WriteFile(path, []byte("before"), 0o600); err != nil {
		t.Fatal(err)
	}
	full := errors.New("the disk is full")
	if err := ReplaceFile(path, func(io.Writer) error { return full }); !errors.Is(err, full) {
		t.Errorf("the error is %v", err)
	}
	text, err := os.ReadFile(path)
	if entries, _ := os.ReadDir(dir); err != nil || string(text) != "before" || len(entries) != 1 {
		t.Errorf("there is %q, %v, of %d files", text, err, len(entries))
	}
}
