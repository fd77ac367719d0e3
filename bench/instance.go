package main

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/coredns/caddy"
	"github.com/coredns/coredns/core/dnsserver"
	"github.com/coredns/coredns/plugin"

	_ "github.com/coredns/coredns/plugin/bind" // and the others that run in this process
	_ "github.com/coredns/coredns/plugin/cache"
	_ "github.com/coredns/coredns/plugin/errors"
	_ "github.com/coredns/coredns/plugin/file"
	_ "github.com/coredns/coredns/plugin/metrics"
	_ "github.com/coredns/coredns/plugin/ready"

	_ "github.com/mysqldns/mysqldns/internal/chain" // mysqldns, in its place
)

// instance is a CoreDNS in this process, of one server block.
type instance struct {
	caddy *caddy.Instance
	tap   *tap
	begun time.Time
}

// tap is what the first directive of a block learns about it.
type tap struct {
	config  *dnsserver.Config
	startup time.Time // when the first OnStartup ran
}

var tapped *tap // of the block that was set up last

// tapName is a directive that only measures: it runs before all others.
const tapName = "benchtap"

func init() {
	dnsserver.Directives = slices.Insert(dnsserver.Directives, 0, tapName)
	plugin.Register(tapName, func(c *caddy.Controller) error {
		t := &tap{config: dnsserver.GetConfig(c)}
		c.OnStartup(func() error {
			t.startup = time.Now()
			return nil
		})
		tapped = t
		return nil
	})
	caddy.Quiet = true
	dnsserver.Quiet = true
}

// startInstance starts CoreDNS with a block for the root on a free port of 127.0.0.1.
func startInstance(block string) (*instance, error) {
	corefile := fmt.Sprintf(".:0 {\n %s\n bind 127.0.0.1\n %s\n}\n", tapName, block)
	i := &instance{begun: time.Now()}
	var err error
	i.caddy, err = caddy.Start(caddy.CaddyfileInput{Contents: []byte(corefile), ServerTypeName: "dns"})
	i.tap = tapped
	return i, err
}

// handler is the one plugin of the chain with that name.
func (i *instance) handler(name string) plugin.Handler { return i.tap.config.Handler(name) }

// awaitReady waits until a plugin is ready, and returns how long that took from the moment when it began to start.
func (i *instance) awaitReady(name string, most time.Duration) (time.Duration, error) {
	ready, ok := i.handler(name).(interface{ Ready() bool })
	if !ok {
		return 0, errors.New(name + " does not tell whether it is ready")
	}
	for !ready.Ready() {
		if time.Since(i.tap.startup) > most {
			return 0, fmt.Errorf("%s is not ready after %s", name, most)
		}
		time.Sleep(time.Millisecond)
	}
	return time.Since(i.tap.startup), nil
}

func (i *instance) stop() {
	i.caddy.ShutdownCallbacks()
	i.caddy.Stop()
}
