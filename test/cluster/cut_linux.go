package cluster

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// socketsOf are the TCP sockets of a process, as descriptors of ours.
func socketsOf(pid int) (all sockets, err error) {
	process, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return nil, fmt.Errorf("%w: process %d: %w", ErrNoCut, pid, err)
	}
	defer unix.Close(process)
	dir := fmt.Sprintf("/proc/%d/fd", pid)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	for _, entry := range entries {
		if target, err := os.Readlink(dir + "/" + entry.Name()); err != nil || !strings.HasPrefix(target, "socket:") {
			continue // or it was closed by now
		}
		number, err := strconv.Atoi(entry.Name())
		if err != nil {
			return nil, err
		}
		fd, err := unix.PidfdGetfd(process, number, 0)
		switch {
		case errors.Is(err, unix.EBADF):
			continue // closed by now
		case err != nil:
			all.close()
			return nil, fmt.Errorf("%w: process %d: %w", ErrNoCut, pid, err)
		}
		s := socket{fd: fd}
		if s.local, err = portOf(unix.Getsockname(fd)); err != nil {
			s.close()
			continue // not of TCP
		}
		s.remote, _ = portOf(unix.Getpeername(fd)) // 0 while it listens
		all = append(all, s)
	}
	return all, nil
}

func portOf(addr unix.Sockaddr, err error) (int, error) {
	switch addr := addr.(type) {
	case *unix.SockaddrInet4:
		return addr.Port, err
	case *unix.SockaddrInet6:
		return addr.Port, err
	}
	return 0, errors.Join(err, errors.ErrUnsupported)
}

// deafen has the kernel drop each packet with data that comes to the socket; those that make and end connections have none.
func (s socket) deafen() error {
	const dataOffset = 12 // in a TCP header, which the filter sees first: in its upper half, the length of the header in words of 32 bits
	program := []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_B | unix.BPF_ABS, K: dataOffset},
		{Code: unix.BPF_ALU | unix.BPF_RSH | unix.BPF_K, K: 4},
		{Code: unix.BPF_ALU | unix.BPF_LSH | unix.BPF_K, K: 2},
		{Code: unix.BPF_MISC | unix.BPF_TAX},
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_LEN},
		{Code: unix.BPF_JMP | unix.BPF_JGT | unix.BPF_X, Jt: 1},
		{Code: unix.BPF_RET | unix.BPF_K, K: 0xffff}, // of the packet to keep
		{Code: unix.BPF_RET | unix.BPF_K, K: 0},
	}
	return unix.SetsockoptSockFprog(s.fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]})
}

// hear ends deafen.
func (s socket) hear() error {
	return unix.SetsockoptInt(s.fd, unix.SOL_SOCKET, unix.SO_DETACH_FILTER, 0)
}

func (s socket) close() { unix.Close(s.fd) }
