package cluster

import (
	"database/sql"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// Proxy is a program in front of several servers.
type Proxy struct {
	Addr string

	cmd *exec.Cmd
}

const (
	proxyMost   = "15m" // how long a proxy lives that is not stopped
	proxyWithin = 30 * time.Second
)

// start starts the program, which logs in dir, and waits until a server greets a client through it.
func (p *Proxy) start(dir string, command ...string) error {
	p.cmd = exec.Command("timeout", append([]string{proxyMost}, command...)...)
	log, err := os.Create(filepath.Join(dir, "proxy.log"))
	if err != nil {
		return err
	}
	defer log.Close()
	p.cmd.Stdout, p.cmd.Stderr = log, log
	if err := p.cmd.Start(); err != nil {
		return err
	}
	if err := p.await(); err != nil {
		return errors.Join(err, p.Stop())
	}
	return nil
}

// await waits until a server greets a client through the proxy.
func (p *Proxy) await() error {
	db, err := sql.Open("mysql", "root@tcp("+p.Addr+")/?timeout=1s&readTimeout=5s")
	if err != nil {
		return err
	}
	defer db.Close()
	for deadline := time.Now().Add(proxyWithin); ; time.Sleep(50 * time.Millisecond) {
		if err = db.Ping(); err == nil || time.Now().After(deadline) {
			return err
		}
	}
}

// Stop ends the proxy.
func (p *Proxy) Stop() error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	p.cmd.Wait() // a proxy that was told to end says so by its status
	return nil
}
