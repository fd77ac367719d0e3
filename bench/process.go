package main

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/mysqldns/mysqldns/test/lab"
	"github.com/mysqldns/mysqldns/test/mariadb"
	"github.com/mysqldns/mysqldns/test/port"
	"github.com/mysqldns/mysqldns/test/usage"
)

// process is a DNS server of its own process, on 127.0.0.1.
type process struct {
	port    int // over UDP and TCP
	tlsPort int // over TLS; 0 for none
	cmd     *exec.Cmd
	output  bytes.Buffer
	exited  chan struct{}
}

// startCoreDNS starts a CoreDNS with a block for the root, and waits until it answers for a name with A records.
func (b *bench) startCoreDNS(program, block, name string) (*process, error) {
	port, err := port.FreeNumber()
	if err != nil {
		return nil, err
	}
	return b.startBlocks(program, port, fmt.Sprintf(".:%d {\n bind 127.0.0.1\n %s\n}\n", port, block), name)
}

// startWithTLS is startCoreDNS with a second port, for TLS, whose block must have no plugins that listen themselves.
func (b *bench) startWithTLS(program, block, name string) (*process, error) {
	plainPort, err := port.FreeNumber()
	if err != nil {
		return nil, err
	}
	tlsPort, err := port.FreeNumber()
	if err != nil {
		return nil, err
	}
	if b.tls == nil {
		if b.tls, err = mariadb.NewTLS(b.Dir); err != nil {
			return nil, err
		}
	}
	text := fmt.Sprintf(".:%[1]d {\n bind 127.0.0.1\n %[2]s\n}\ntls://.:%[3]d {\n bind 127.0.0.1\n tls %[4]s %[5]s\n %[2]s\n}\n", plainPort, block, tlsPort, b.tls.Cert, b.tls.Key)
	p, err := b.startBlocks(program, plainPort, text, name)
	if err == nil {
		p.tlsPort = tlsPort
	}
	return p, err
}

func (b *bench) startBlocks(program string, port int, corefile, name string) (*process, error) {
	path := filepath.Join(b.Dir, fmt.Sprintf("Corefile-%d", port))
	if err := os.WriteFile(path, []byte(corefile), 0o600); err != nil {
		return nil, err
	}
	return launch(port, name, program, "-conf", path, "-quiet")
}

// launch starts a program that is to listen on a port, and waits until it answers for a name with A records.
func launch(port int, name, program string, args ...string) (*process, error) {
	p := &process{port: port, cmd: exec.Command(program, args...), exited: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr = &p.output, &p.output
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		p.cmd.Wait() //nolint:errcheck // how it ended is in its output
		close(p.exited)
	}()
	if err := lab.AwaitAnswer(p.addr(), name, loadWithin, p.exited); err != nil {
		p.stop()
		return nil, fmt.Errorf("%s: %w; its output:\n%s", program, err, p.output.String())
	}
	return p, nil
}

func (p *process) addr() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(p.port)) }

func (p *process) stop() {
	p.cmd.Process.Signal(syscall.SIGTERM) //nolint:errcheck // it may have ended
	select {
	case <-p.exited:
	case <-time.After(10 * time.Second):
		p.cmd.Process.Kill() //nolint:errcheck // it may have ended
		<-p.exited
	}
}

// resident is how much memory the process has, and had at the most, in bytes.
func (p *process) resident() (now, most int64, err error) { return usage.Memory(p.cmd.Process.Pid) }
