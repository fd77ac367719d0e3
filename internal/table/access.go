package table

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"

	"github.com/mysqldns/mysqldns/plugin/follow"

	"github.com/go-sql-driver/mysql"
)

// DSNForm is what messages say that a DSN looks like.
const DSNForm = "user:password@tcp(host:3306)/database"

// Access is how to reach a table, besides what a DSN says.
type Access struct {
	Table        Name
	PasswordFile string       // "": the password is in the DSN
	TLS          *tls.Config  // nil: as the DSN says; else obligatory
	Log          mysql.Logger // takes what the driver says about connections that fail; the errors that it returns as well say enough
}

// ParseDSN takes a DSN in the form of go-sql-driver. Its errors never quote it: there is a password in it.
func ParseDSN(dsn string) (*mysql.Config, error) {
	cfg, err := parseDSN(dsn)
	switch {
	case err != nil && !strings.Contains(dsn, "("):
		return nil, errors.New("does not parse: it ends before the address; expected the form " + DSNForm +
			", all of it in quotes if there is a blank or a # in it")
	case err != nil:
		return nil, fmt.Errorf("does not parse%s; expected the form %s", driverMessage(err), DSNForm)
	}
	switch cfg.Net {
	case "tcp", "tcp4", "tcp6":
		if err := checkAddress(cfg.Addr); err != nil {
			return nil, err
		}
		return cfg, nil
	case "unix":
		return cfg, nil
	}
	// Where an @ is missing, what the driver takes for the network is the user and the password, and Go's error would show them.
	return nil, errors.New("has neither tcp(HOST:PORT) nor unix(PATH) behind the @; expected the form " + DSNForm)
}

// checkAddress refuses an address that could never be reached. The driver has put brackets around one that is an IPv6 address as a whole, and a port behind
// it: of ::1:3306, which somebody meant for a port, it makes [::1:3306]:3306.
func checkAddress(addr string) error {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return errors.New("has an address that is none; expected one such as tcp(host:3306) or tcp([2001:db8::1]:3306)")
	}
	before, last, isIPv6 := cutLast(host, ":")
	if _, err := strconv.ParseUint(last, 10, 16); isIPv6 && err == nil && len(last) >= len("3306") && net.ParseIP(before) != nil {
		return fmt.Errorf("has an IPv6 address without brackets: write tcp([%s]:%s), or tcp([%s]:%s) if all of it is the address", before, last, host, port)
	}
	return nil
}

// cutLast is strings.Cut at the last sep.
func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

// parseDSN is the driver's, but that it panics at an option that is no more.
func parseDSN(dsn string) (cfg *mysql.Config, err error) {
	defer func() {
		if recover() != nil {
			err = errors.New("invalid DSN: it has the option strict, which the driver no longer knows")
		}
	}()
	return mysql.ParseDSN(dsn)
}

// driverMessage is the text of an error of the driver, if it cannot contain the DSN and so the password.
func driverMessage(err error) string {
	if text, ok := strings.CutPrefix(err.Error(), "invalid DSN: "); ok {
		return ": " + text
	}
	return ""
}

// Complete makes the configuration of one host one that can read the table.
func (a Access) Complete(cfg *mysql.Config) error {
	if cfg.DBName == "" && a.Table.Database == "" {
		return errors.New("names no database after the slash; expected the form " + DSNForm)
	}
	cfg.Timeout = cmp.Or(cfg.Timeout, follow.ConnectTimeout)
	cfg.ReadTimeout = cmp.Or(cfg.ReadTimeout, follow.PacketTimeout) // a read of a big table streams: this is between two packets
	cfg.WriteTimeout = cmp.Or(cfg.WriteTimeout, follow.PacketTimeout)
	cfg.InterpolateParams = true // one round trip a query, and no prepared statements, which proxies dislike
	cfg.Collation = ""           // Open sets the character set, whatever the DSN says: see there
	cfg.MultiStatements = false
	cfg.ParseTime = false
	cfg.AllowAllFiles = false
	cfg.Logger = a.Log
	if a.TLS != nil {
		cfg.TLS = a.TLS.Clone()
		cfg.AllowFallbackToPlaintext = false
	}
	if a.PasswordFile == "" {
		return nil
	}
	return cfg.Apply(mysql.BeforeConnect(func(_ context.Context, cfg *mysql.Config) (err error) {
		cfg.Passwd, err = ReadPassword(a.PasswordFile)
		return err
	}))
}

// ReadPassword reads a password file; a final line break is not part of the password.
func ReadPassword(path string) (string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("cannot read the password: %w", err)
	}
	return strings.TrimRight(string(text), "\r\n"), nil
}
