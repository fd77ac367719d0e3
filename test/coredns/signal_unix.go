//go:build unix

package coredns

import (
	"os"
	"syscall"
)

// terminate asks a process to end, a paused one too.
func terminate(p *os.Process) error {
	if err := p.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	return p.Signal(syscall.SIGCONT)
}

// reload asks CoreDNS to read its Corefile again.
func reload(p *os.Process) error { return p.Signal(syscall.SIGUSR1) }
