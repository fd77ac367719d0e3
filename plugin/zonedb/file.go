package zonedb

import (
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

const (
	unfinished = ".tmp" // how the names of files end that are being written
	abandoned  = time.Hour
)

// ReplaceFile puts what write writes in the place of a file, for its owner alone to read. Whoever reads path finds the old file or the new one, whole, also
// after a power failure. It removes what a process left that was killed while it wrote.
func ReplaceFile(path string, write func(io.Writer) error) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*"+unfinished) // of mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	if err = write(f); err != nil {
		return err
	}
	if err = f.Sync(); err != nil {
		return err
	}
	if err = f.Close(); err != nil { // before the rename: Windows renames no open file
		return err
	}
	if err = os.Rename(f.Name(), path); err != nil {
		return err
	}
	removeAbandoned(path, time.Now())
	return syncDir(filepath.Dir(path))
}

// removeAbandoned removes files that were to take the place of path and have not been written to for an hour.
func removeAbandoned(path string, now time.Time) {
	dir := filepath.Dir(path)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return // a directory that may not be listed has them for its owner to see
	}
	for _, entry := range entries {
		number, begins := strings.CutPrefix(entry.Name(), filepath.Base(path)+".")
		number, ends := strings.CutSuffix(number, unfinished)
		if !begins || !ends || strings.Trim(number, "0123456789") != "" {
			continue
		}
		if info, err := entry.Info(); err == nil && info.Mode().IsRegular() && now.Sub(info.ModTime()) > abandoned {
			os.Remove(filepath.Join(dir, entry.Name())) //nolint:errcheck // the next one tries again
		}
	}
}

// syncDir makes a rename in a directory last. Windows has no such call, and needs none: it keeps directories in a journal.
func syncDir(path string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	defer dir.Close()
	return dir.Sync()
}
