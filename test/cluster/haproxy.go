package cluster

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/mysqldns/mysqldns/test/mariadb"
	"github.com/mysqldns/mysqldns/test/port"
)

// StartHAProxy starts HAProxy in front of several servers. Each connection goes to the next of those that greet a client.
func StartHAProxy(dir string, servers ...*mariadb.Server) (*Proxy, error) {
	program, err := findHAProxy()
	if err != nil {
		return nil, err
	}
	p := new(Proxy)
	if p.Addr, err = port.Free(); err != nil {
		return nil, err
	}
	var text strings.Builder
	fmt.Fprintf(&text, "defaults\n mode tcp\n timeout connect 2s\n timeout client 1m\n timeout server 1m\n"+
		"listen mysql\n bind %s\n balance roundrobin\n option mysql-check user haproxy\n", p.Addr)
	for n, server := range servers {
		fmt.Fprintf(&text, " server s%d %s check inter 1s fall 2 rise 1\n", n, server.Addr)
	}
	config := filepath.Join(dir, "haproxy.cfg")
	if err := os.WriteFile(config, []byte(text.String()), 0o600); err != nil {
		return nil, err
	}
	return p, p.start(dir, program, "-db", "-f", config)
}

func findHAProxy() (string, error) {
	for _, path := range []string{"haproxy", "/usr/sbin/haproxy", "/usr/local/sbin/haproxy"} {
		if program, err := exec.LookPath(path); err == nil {
			return program, nil
		}
	}
	return "", fmt.Errorf("haproxy is %w (Debian: apt-get install haproxy)", ErrNotInstalled)
}
