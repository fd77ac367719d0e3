package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"math"
	"os"
	"time"

	"github.com/mysqldns/mysqldns/internal/table"

	"github.com/go-sql-driver/mysql"
	"github.com/spf13/cobra"
)

// dsnVariable is where the DSN comes from if --dsn does not say.
const dsnVariable = "MYSQLDNS_DSN"

// patience bounds how long the server may take to let us in.
const patience = 20 * time.Second

// longAnswer is how long the server may be silent: a COMMIT of a million rows takes its time.
const longAnswer = 10 * time.Minute

// connection is what the options say about the table and how to reach it.
type connection struct {
	dsn, passwordFile      string
	tls                    bool
	tlsCA, tlsCert, tlsKey string
	tlsServerName          string
	tlsVerifyCA            bool
	table                  string
	ttl                    int64
}

// tableFlag adds the option that names the table.
func (c *connection) tableFlag(command *cobra.Command) {
	command.Flags().StringVar(&c.table, "table", "tb_dns", "the table, `NAME` or DATABASE.NAME")
}

// flags adds the options of a command that reads the table.
func (c *connection) flags(command *cobra.Command) {
	c.tableFlag(command)
	f := command.Flags()
	f.StringVar(&c.dsn, "dsn", "", "where the table is, `DSN` as in "+table.DSNForm+"; default $"+dsnVariable)
	f.StringVar(&c.passwordFile, "password-file", "", "`FILE` that holds the password, in place of the one in the DSN")
	f.BoolVar(&c.tls, "tls", false, "insist on TLS and verify the server")
	f.StringVar(&c.tlsCA, "tls-ca", "", "verify the server with the CAs in `FILE` rather than the system's; includes --tls")
	f.StringVar(&c.tlsCert, "tls-cert", "", "`FILE` with our own certificate; includes --tls")
	f.StringVar(&c.tlsKey, "tls-key", "", "`FILE` with its key")
	f.StringVar(&c.tlsServerName, "tls-servername", "", "verify that the server's certificate bears `NAME`; includes --tls")
	f.BoolVar(&c.tlsVerifyCA, "tls-verify-ca", false, "take any certificate from the CA, whatever name it bears")
	f.Int64Var(&c.ttl, "ttl", 3600, "`SECONDS` for rows whose ttl is NULL, as in the directive of the plugin")
}

// name is the table's.
func (c *connection) name() (table.Name, error) {
	name, err := table.ParseName(c.table)
	if err != nil {
		return name, fmt.Errorf("--table: %w", err)
	}
	return name, nil
}

// defaultTTL is the TTL of rows that have none.
func (c *connection) defaultTTL() (uint32, error) {
	if c.ttl < 0 || c.ttl > math.MaxInt32 { // RFC 2181, 8
		return 0, errors.New("--ttl: expected seconds, from 0 to 2147483647")
	}
	return uint32(c.ttl), nil
}

// source is a table that can be read.
type source struct {
	*table.Session
	ttl  uint32 // of rows that have none
	pool *sql.DB
}

// open connects. The caller closes what it returns.
func (c *connection) open(ctx context.Context) (*source, error) {
	name, err := c.name()
	if err != nil {
		return nil, err
	}
	ttl, err := c.defaultTTL()
	if err != nil {
		return nil, err
	}
	cfg, err := c.config(name)
	if err != nil {
		return nil, err
	}
	connector, err := mysql.NewConnector(cfg)
	if err != nil {
		return nil, errors.New("--dsn is not usable; expected the form " + table.DSNForm) // the error may quote it
	}
	pool := sql.OpenDB(connector)
	opening, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	session, err := table.Open(opening, pool, name)
	if err != nil {
		pool.Close()
		return nil, fmt.Errorf("%s: %w", cfg.Addr, table.Explain(err, name))
	}
	return &source{session, ttl, pool}, nil
}

// config is the driver's configuration.
func (c *connection) config(name table.Name) (*mysql.Config, error) {
	dsn, from := c.dsn, "--dsn"
	if dsn == "" {
		dsn, from = os.Getenv(dsnVariable), "$"+dsnVariable
	}
	if dsn == "" {
		return nil, fmt.Errorf("where is the table? Give --dsn %s, or set $%s", table.DSNForm, dsnVariable)
	}
	cfg, err := table.ParseDSN(dsn)
	if err != nil {
		return nil, fmt.Errorf("%s %w", from, err)
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = patience
	}
	if cfg.ReadTimeout == 0 {
		cfg.ReadTimeout = longAnswer
	}
	tls, err := c.tlsConfig()
	if err != nil {
		return nil, err
	}
	if c.passwordFile != "" {
		if _, err := table.ReadPassword(c.passwordFile); err != nil {
			return nil, fmt.Errorf("--password-file: %w", err)
		}
	}
	access := table.Access{Table: name, PasswordFile: c.passwordFile, TLS: tls, Log: silence{}}
	if err := access.Complete(cfg); err != nil {
		return nil, fmt.Errorf("%s %w", from, err)
	}
	return cfg, nil
}

// tlsConfig is nil where TLS is what the DSN says.
func (c *connection) tlsConfig() (*tls.Config, error) {
	if !c.tls && c.tlsCA == "" && c.tlsCert == "" && c.tlsKey == "" && c.tlsServerName == "" && !c.tlsVerifyCA {
		return nil, nil
	}
	if c.tlsVerifyCA && c.tlsServerName != "" {
		return nil, errors.New("--tls-verify-ca looks at no name, so --tls-servername has no meaning beside it")
	}
	cfg := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: c.tlsServerName}
	if c.tlsCA != "" {
		text, err := os.ReadFile(c.tlsCA)
		if err != nil {
			return nil, fmt.Errorf("--tls-ca: %w", err)
		}
		cfg.RootCAs = x509.NewCertPool()
		if !cfg.RootCAs.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("--tls-ca: %s holds no certificate in PEM form", c.tlsCA)
		}
	}
	if c.tlsVerifyCA {
		if err := table.VerifyCAOnly(cfg); err != nil {
			return nil, fmt.Errorf("--tls-verify-ca %w: name it in --tls-ca", err)
		}
	}
	if (c.tlsCert == "") != (c.tlsKey == "") {
		return nil, errors.New("--tls-cert and --tls-key go together")
	}
	if c.tlsCert != "" {
		pair, err := tls.LoadX509KeyPair(c.tlsCert, c.tlsKey)
		if err != nil {
			return nil, fmt.Errorf("--tls-cert: %w", err)
		}
		cfg.Certificates = []tls.Certificate{pair}
	}
	return cfg, nil
}

// explain adds to an error of the server what to do.
func (s *source) explain(err error) error {
	if errors.Is(err, mysql.ErrInvalidConn) || errors.Is(err, driver.ErrBadConn) {
		return errors.New("the connection to the server broke")
	}
	return s.Explain(err, s.Table)
}

func (s *source) close() {
	s.Conn.Close()
	s.pool.Close()
}

// silence takes what the driver logs about connections that fail; the error that it returns as well says enough.
type silence struct{}

func (silence) Print(...any) {}
