package mariadb

import (
	"os/exec"
	"syscall"
)

// dieWithParent has the kernel end the process when this one ends, however that comes.
func dieWithParent(cmd *exec.Cmd) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Pdeathsig = syscall.SIGKILL
}
