//go:build !linux

package mariadb

import (
	"os"
	"os/exec"
)

// dieWithParent does nothing: elsewhere, only Stop and Kill end the process.
func dieWithParent(*exec.Cmd) {}

// awaitStopped does nothing: elsewhere, threads of a process that was sent SIGSTOP may run a little longer.
func awaitStopped(*os.Process) error { return nil }
