//go:build unix

package mariadb

import (
	"os"
	"syscall"
)

// terminate asks a process to end, a paused one too.
func terminate(p *os.Process) error {
	if err := p.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	return resume(p)
}

func pause(p *os.Process) error {
	if err := p.Signal(syscall.SIGSTOP); err != nil {
		return err
	}
	return awaitStopped(p)
}

func resume(p *os.Process) error { return p.Signal(syscall.SIGCONT) }
