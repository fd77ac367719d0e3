//go:build unix

package master

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Whoever opens a named pipe to read waits until somebody opens it to write.
func TestIncludeOfANamedPipeIsRefused(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o600); err != nil {
		t.Skip(err)
	}
	result := make(chan error, 1)
	go func() { result <- readAt(dir, "$INCLUDE pipe\n") }()
	select {
	case err := <-result:
		if err == nil || !strings.Contains(err.Error(), "is no regular file") {
			t.Errorf("got %v", err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("it waits for a writer")
	}
}
