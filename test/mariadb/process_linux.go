package mariadb

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// dieWithParent has the kernel end the process when this one ends, however that comes.
func dieWithParent(cmd *exec.Cmd) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Pdeathsig = syscall.SIGKILL
}

// awaitStopped waits until no thread of a process runs any more that was sent SIGSTOP: until then one of them may still answer.
func awaitStopped(p *os.Process) error {
	for deadline := time.Now().Add(stopWithin); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if stopped, err := isStopped(p.Pid); stopped || err != nil {
			return err
		}
	}
	return fmt.Errorf("process %d still runs %s after it was stopped", p.Pid, stopWithin)
}

// isStopped reports whether all threads of a process are in the state T, which is behind the name, in parentheses (proc(5)).
func isStopped(pid int) (bool, error) {
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", pid))
	if err != nil {
		return false, err
	}
	if len(threads) == 0 {
		return false, fmt.Errorf("process %d is gone", pid)
	}
	for _, thread := range threads {
		text, err := os.ReadFile(thread)
		switch at := bytes.LastIndexByte(text, ')'); {
		case errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ESRCH): // it has ended meanwhile
		case err != nil:
			return false, err
		case at < 0 || !bytes.HasPrefix(text[at:], []byte(") T")):
			return false, nil
		}
	}
	return true, nil
}
