package mysqldns

import (
	"context"
	"time"

	"github.com/go-sql-driver/mysql"
)

// Bounds on how long a silent host holds us up, where its DSN has none. A list of a big table streams: the time between two
// packets is bounded, not the whole.
const (
	connectTimeout = 3 * time.Second
	readTimeout    = 30 * time.Second
)

// prepare completes the configuration of one host with what the properties say and with what reading rows needs.
func (s *source) prepare(cfg *mysql.Config) error {
	if cfg.Timeout == 0 {
		cfg.Timeout = connectTimeout
	}
	if cfg.ReadTimeout == 0 {
		cfg.ReadTimeout = readTimeout
	}
	if cfg.WriteTimeout == 0 {
		cfg.WriteTimeout = readTimeout
	}
	cfg.InterpolateParams = true // one round trip a query, and no prepared statements, which proxies dislike
	cfg.MultiStatements = false
	cfg.ParseTime = false
	cfg.AllowAllFiles = false
	cfg.Logger = driverLog{}
	if s.tls != nil {
		cfg.TLS = s.tls.Clone()
		cfg.AllowFallbackToPlaintext = false
	}
	if s.passwordFile == "" {
		return nil
	}
	return cfg.Apply(mysql.BeforeConnect(func(_ context.Context, cfg *mysql.Config) (err error) {
		cfg.Passwd, err = readPassword(s.passwordFile)
		return err
	}))
}

// driverLog takes what the driver logs about connections that fail; the error that it returns as well says enough.
type driverLog struct{}

func (driverLog) Print(v ...any) { log.Debug(v...) }
