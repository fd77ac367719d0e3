package cluster

import (
	"errors"
	"net"
	"strconv"

	"github.com/mysqldns/mysqldns/test/mariadb"
)

// ErrNoCut is returned by CutOff where this machine lets no process touch the sockets of another.
var ErrNoCut = errors.New("cutting off a process needs Linux 5.6 or later, and the right to trace it")

// CutOff cuts a member off from the others, until heal. Its clients still reach it: it does not know yet, and answers as ever.
func (g *Group) CutOff(member *mariadb.Server) (heal func(), err error) {
	var own side
	var others []side
	for n, server := range g.Members {
		_, number, err := net.SplitHostPort(g.listening[n])
		if err != nil {
			return nil, err
		}
		listens, err := strconv.Atoi(number)
		if err != nil {
			return nil, err
		}
		s := side{server.PID(), listens}
		if server == member {
			own = s
		} else {
			others = append(others, s)
		}
	}
	return cut(own, others)
}

// canCut reports whether CutOff works on this machine.
func canCut(member *mariadb.Server) bool {
	all, err := socketsOf(member.PID())
	all.close() // a socket that listened would keep its port while the member is down
	return err == nil
}

// side is a process, and the port of 127.0.0.1 at which it listens to its like.
type side struct{ pid, listens int }

// cut has the kernel drop what two sides send each other. Connections stay, and are made, so each side waits for the other as if it hung.
func cut(own side, others []side) (heal func(), err error) {
	heal = func() {
		for _, s := range append([]side{own}, others...) {
			s.heal()
		}
	}
	defer func() {
		if err != nil {
			heal()
		}
	}()
	ours, err := socketsOf(own.pid)
	if err != nil {
		return nil, err
	}
	defer ours.close()
	listens := map[int]bool{}
	for _, other := range others {
		listens[other.listens] = true
	}
	outgoing := map[int]bool{} // the ports of ours
	if err := ours.deafen(func(s socket) bool {
		outgoing[s.local] = listens[s.remote]
		return s.local == own.listens || listens[s.remote]
	}); err != nil {
		return nil, err
	}
	for _, other := range others {
		theirs, err := socketsOf(other.pid)
		if err != nil {
			return nil, err
		}
		err = theirs.deafen(func(s socket) bool {
			return s.remote == own.listens || s.local == other.listens && (s.remote == 0 || outgoing[s.remote])
		})
		theirs.close()
		if err != nil {
			return nil, err
		}
	}
	return heal, nil
}

// heal lets all sockets of the process hear again, also those that were accepted meanwhile: they are as deaf as the one that listened.
func (s side) heal() {
	all, err := socketsOf(s.pid)
	if err != nil {
		return // it has ended
	}
	defer all.close()
	for _, socket := range all {
		socket.hear() //nolint:errcheck // most were never deaf
	}
}

// socket is one of another process. Its remote port is 0 while it listens.
type socket struct{ fd, local, remote int }

type sockets []socket

// deafen has the kernel drop all data that comes to those that match.
func (all sockets) deafen(matches func(socket) bool) error {
	for _, s := range all {
		if matches(s) {
			if err := s.deafen(); err != nil {
				return err
			}
		}
	}
	return nil
}

func (all sockets) close() {
	for _, s := range all {
		s.close()
	}
}
