// Package usage tells what a process has taken, as far as its system says so: only Linux does.
package usage

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// CPU is how long a process has been running on a CPU, in user and system mode; proc_pid_stat(5).
func CPU(pid int) (time.Duration, error) {
	const tick = 10 * time.Millisecond // USER_HZ is 100
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	name := strings.LastIndexByte(string(text), ')') // where that of the program ends, which may have blanks and parentheses
	fields := strings.Fields(string(text[name+1:]))  // from the third on
	if len(fields) < 13 {
		return 0, fmt.Errorf("/proc/%d/stat: %d fields behind the name", pid, len(fields))
	}
	ticks := int64(0)
	for _, field := range fields[11:13] { // utime and stime
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return 0, err
		}
		ticks += n
	}
	return time.Duration(ticks) * tick, nil
}

// Memory is how much resident memory a process has, and had at the most, in octets; proc_pid_status(5).
func Memory(pid int) (now, most int64, err error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, 0, err
	}
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		switch {
		case len(fields) < 2:
		case fields[0] == "VmRSS:":
			now, err = strconv.ParseInt(fields[1], 10, 64)
		case fields[0] == "VmHWM:":
			most, err = strconv.ParseInt(fields[1], 10, 64)
		}
		if err != nil {
			return 0, 0, err
		}
	}
	return now << 10, most << 10, nil
}
