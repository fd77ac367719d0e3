package mysqldns

import (
	"github.com/mysqldns/mysqldns/plugin/follow"
)

// noHost is the number of no host.
const noHost = -1

// hosts says in the log which hosts of dsn cannot be followed while another is: once when that begins and once when it is over. While none can be,
// report says why. It belongs to a report, under whose lock its methods are called.
type hosts struct {
	all      []hostState
	followed int // or noHost
	labels   [2]string
}

// hostState is what is known of a host.
type hostState struct {
	addr    string
	failure string // why it could not be followed when it was tried last; "" if it could
	said    bool
}

func newHosts(s *source) hosts {
	h := hosts{followed: noHost, labels: s.labels()}
	for _, host := range s.hosts {
		h.all = append(h.all, hostState{addr: host.Addr})
	}
	return h
}

// tried notes how a try went.
func (h *hosts) tried(e follow.HostTried) {
	host := &h.all[e.Host]
	if e.Err == nil {
		if host.said {
			log.Infof("%s can be followed again", host.addr)
		}
		host.failure, host.said = "", false
		return
	}
	hostFailures.WithLabelValues(h.labels[0], h.labels[1], host.addr).Inc()
	host.failure = oneLine(e.Err)
	h.say()
}

// follow notes which host is followed from now on, or that none is.
func (h *hosts) follow(host int) {
	h.followed = host
	if host != noHost {
		h.all[host].failure, h.all[host].said = "", false
	}
	h.say()
}

// say says what is not said yet, if another host is followed. A host that fails just now may be that which is followed still, as far as is known.
func (h *hosts) say() {
	if h.followed == noHost || h.all[h.followed].failure != "" {
		return
	}
	for i := range h.all {
		if host := &h.all[i]; host.failure != "" && !host.said {
			host.said = true
			log.Warningf("a host of dsn cannot be followed: %s. Following %s; trying again", host.failure, h.all[h.followed].addr)
		}
	}
}

// byAddr says of each host whether it is followed.
func (h *hosts) byAddr() map[string]bool {
	followed := map[string]bool{}
	for i, host := range h.all {
		followed[host.addr] = followed[host.addr] || i == h.followed
	}
	return followed
}
