package mysqldns

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mysqldns/mysqldns/internal/table"

	"github.com/coredns/caddy"
	"github.com/coredns/coredns/core/dnsserver"
	"github.com/coredns/coredns/plugin"
	"github.com/coredns/coredns/plugin/pkg/upstream"

	"github.com/go-sql-driver/mysql"
)

func init() { plugin.Register(name, setup) }

func setup(c *caddy.Controller) error {
	m, err := parse(c)
	if err != nil {
		return plugin.Error(name, err)
	}
	m.instance = instanceOf(c)
	if wrong := misplaced(dnsserver.Directives); wrong != "" {
		warnOfPlace.Do(func() { log.Warning(wrong) })
	}
	if err := m.allowUpdates(dnsserver.GetConfig(c)); err != nil {
		return plugin.Error(name, err)
	}
	m.web.config, m.web.zones = dnsserver.GetConfig(c), plugin.OriginsFromArgsOrServerBlock(nil, c.ServerBlockKeys)
	c.OnStartup(func() error {
		if err := m.start(); err != nil {
			return plugin.Error(name, err)
		}
		m.copy.awaitFirst(firstLoad)
		if err := m.startUpdates(dnsserver.GetConfig(c)); err != nil {
			return plugin.Error(name, err)
		}
		m.startTransfers(dnsserver.GetConfig(c))
		if m.copy.view() != nil {
			m.copy.versions.awaitFirst(firstVersions)
			if m.catalog != nil {
				m.catalog.versions.awaitFirst(firstVersions)
			}
		}
		if err := m.startHTTP(); err != nil {
			return plugin.Error(name, err)
		}
		for _, doubt := range m.doubts(dnsserver.GetConfig(c)) {
			log.Warning(doubt)
		}
		return nil
	})
	c.OnRestart(m.reloading)
	c.OnRestartFailed(m.reloadFailed)
	c.OnShutdown(m.retire)
	c.OnFinalShutdown(m.stop)
	dnsserver.GetConfig(c).AddPlugin(func(next plugin.Handler) plugin.Handler {
		m.Next = next
		return m
	})
	return nil
}

// parse reads the directive. Its errors never quote a DSN: there are passwords in them.
func parse(c *caddy.Controller) (*MySQLDNS, error) {
	m := &MySQLDNS{upstream: upstream.New()}
	m.source.table.Table = defaultTable
	m.source.ttl = defaultTTL
	m.source.resync = defaultResync
	for n := 0; c.Next(); n++ {
		if n > 0 {
			return nil, plugin.ErrOnce
		}
		args := c.RemainingArgs()
		if err := checkZones(args); err != nil {
			return nil, c.Err(err.Error())
		}
		m.zones = plugin.OriginsFromArgsOrServerBlock(args, c.ServerBlockKeys)
		m.all = slices.Contains(m.zones, ".")
		seen := map[string]bool{}
		for c.NextBlock() {
			word := c.Val()
			if err := m.parseProperty(word, c.RemainingArgs(), dnsserver.GetConfig(c).Root, seen); err != nil {
				return nil, c.Err(err.Error())
			}
		}
	}
	if len(m.rules) > 0 && len(m.source.writeHosts) == 0 {
		return nil, c.Err("update: write_dsn is missing: say where to write, and as whom")
	}
	if block := plugin.Zones(plugin.OriginsFromArgsOrServerBlock(nil, c.ServerBlockKeys)); m.catalogName != "" && block.Matches(m.catalogName) == "" {
		return nil, c.Err("catalog: " + m.catalogName + " is in no zone of the server block, which therefore would never be asked for it; name it before the " +
			"brace, or choose a name below one that is there")
	}
	if err := m.source.complete(); err != nil {
		return nil, c.Err(err.Error())
	}
	return m, nil
}

// checkZones refuses what CoreDNS would leave out without a word. It quotes nothing: it might be a DSN in the wrong place.
func checkZones(zones []string) error {
	for i, zone := range zones {
		if len(plugin.Host(zone).NormalizeExact()) == 0 {
			return fmt.Errorf("zone %d of %d is not a domain name; expected one such as example.org", i+1, len(zones))
		}
	}
	return nil
}

func parseDSNs(args []string) (hosts []*mysql.Config, err error) {
	for i, arg := range args {
		cfg, err := table.ParseDSN(arg)
		if err != nil {
			return nil, fmt.Errorf("DSN %d of %d %w", i+1, len(args), err)
		}
		hosts = append(hosts, cfg)
	}
	return hosts, nil
}

// complete checks what no single property can tell, and makes one configuration a host of them all.
func (s *source) complete() error {
	if len(s.hosts) == 0 {
		return errors.New("dsn is missing: say where the table is, as in: dsn " + table.DSNForm)
	}
	if s.writePasswordFile != "" && len(s.writeHosts) == 0 {
		return errors.New("write_password_file is the password of write_dsn, which is missing")
	}
	if err := s.completeTLS(); err != nil {
		return err
	}
	if err := s.completeHosts("dsn", s.hosts, s.passwordFile); err != nil {
		return err
	}
	return s.completeHosts("write_dsn", s.writeHosts, s.writePasswordFile)
}

func (s *source) completeHosts(property string, hosts []*mysql.Config, passwordFile string) error {
	access := table.Access{Table: s.table, PasswordFile: passwordFile, TLS: s.tls, Log: driverLog{}}
	for i, host := range hosts {
		if err := access.Complete(host); err != nil {
			return fmt.Errorf("%s: DSN %d of %d %w", property, i+1, len(hosts), err)
		}
	}
	return nil
}

func parseTTL(arg string) (uint32, error) {
	ttl, err := strconv.ParseUint(arg, 10, 31) // RFC 2181, 8
	if err != nil {
		return 0, fmt.Errorf("%q is not a TTL: expected seconds, from 0 to 2147483647", arg)
	}
	return uint32(ttl), nil
}

func parseDuration(arg string, least time.Duration) (time.Duration, error) {
	d, err := time.ParseDuration(arg)
	if err != nil || d < least {
		return 0, fmt.Errorf("%q is not a usable duration: expected one such as 500ms, 5s or 1h, at least %s", arg, least)
	}
	return d, nil
}

func parsePercent(arg string) (int, error) {
	percent, err := strconv.Atoi(strings.TrimSuffix(arg, "%"))
	if err != nil || percent < 1 || percent > 99 {
		return 0, fmt.Errorf("%q is not a percentage: expected a number from 1 to 99", arg)
	}
	return percent, nil
}

// parseAddress takes HOST:PORT or :PORT.
func parseAddress(arg string) (string, error) {
	if _, port, err := net.SplitHostPort(arg); err != nil || port == "" {
		return "", fmt.Errorf("%q is not an address to listen at: expected HOST:PORT, such as 127.0.0.1:8053", arg)
	}
	return arg, nil
}

// checkFolder reports whether there is a folder for a file, and none in its place.
func checkFolder(path string) error {
	if there, err := os.Stat(path); err == nil && there.IsDir() {
		return fmt.Errorf("%s is a folder: name a file in it", path)
	}
	dir, err := os.Stat(filepath.Dir(path))
	if err == nil && !dir.IsDir() {
		err = fmt.Errorf("%s is no folder", filepath.Dir(path))
	}
	if err != nil {
		return fmt.Errorf("there is no folder for it: %w", err)
	}
	return nil
}

// absolute is the path as the root plugin wants it: relative to its folder.
func absolute(path, root string) string {
	if root == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(root, path)
}

// driverLog takes what the driver logs about connections that fail; the error that it returns as well says enough.
type driverLog struct{}

func (driverLog) Print(v ...any) { log.Debug(v...) }
