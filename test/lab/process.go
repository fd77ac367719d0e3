package lab

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/miekg/dns"
)

// FreePort is a port of 127.0.0.1 at which nobody listens.
func FreePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// CPUTime is how long a process has been running on a CPU, in user and system mode.
func CPUTime(pid int) (time.Duration, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(text), ") ") // after the program's name, which may have blanks
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0, fmt.Errorf("/proc/%d/stat: %d fields", pid, len(fields))
	}
	ticks := int64(0)
	for _, field := range fields[11:13] { // utime and stime, proc(5)
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return 0, err
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond, nil // USER_HZ is 100 on Linux
}

// AwaitAnswer waits until a server answers for a name with A records, as when it has loaded what it answers from; or until it has ended.
func AwaitAnswer(addr, name string, within time.Duration, ended <-chan struct{}) error {
	q := new(dns.Msg)
	q.SetQuestion(dns.Fqdn(name), dns.TypeA)
	client := &dns.Client{Timeout: time.Second}
	for deadline := time.Now().Add(within); ; time.Sleep(50 * time.Millisecond) {
		reply, _, err := client.Exchange(q, addr)
		if err == nil && reply.Rcode == dns.RcodeSuccess {
			return nil
		}
		select {
		case <-ended:
			return errors.New("it ended")
		default:
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("no answer for %s after %s (%v)", name, within, err)
		}
	}
}
