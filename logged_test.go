package mysqldns

import (
	"bytes"
	stdlog "log"
	"os"
	"strings"
	"sync"
	"testing"
)

// logged collects what is logged until the test ends.
type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// lines are those since the last call, without what comes before the text.
func (l *logged) lines() (lines []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for line := range strings.Lines(l.text.String()) {
		_, text, _ := strings.Cut(strings.TrimSpace(line), "plugin/mysqldns: ")
		lines = append(lines, text)
	}
	l.text.Reset()
	return lines
}

func captureLog(t *testing.T) *logged {
	l := new(logged)
	stdlog.SetOutput(l)
	t.Cleanup(func() { stdlog.SetOutput(os.Stderr) })
	return l
}
