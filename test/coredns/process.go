package coredns

import (
	"os/exec"
	"runtime"
)

// startWithParent starts a process that ends when this one does, and calls ended when it has, with how that was.
func startWithParent(cmd *exec.Cmd, ended func(error)) error {
	dieWithParent(cmd)
	started := make(chan error)
	go func() {
		// For Linux, the parent is the thread that started the process: keep it.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			ended(cmd.Wait())
		}
	}()
	return <-started
}
