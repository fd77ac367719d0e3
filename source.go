package mysqldns

import (
	"crypto/sha256"
	"crypto/tls"
	"strings"
	"time"

	"github.com/mysqldns/mysqldns/internal/table"

	"github.com/go-sql-driver/mysql"
)

// source says where the rows are and how to follow them. Blocks with equal keys, which are made of properties (property.go), share one copy.
type source struct {
	dsns         []string // for the key only: they hold secrets
	hosts        []*mysql.Config
	passwordFile string

	// Where to write versions and updates: nothing without write_dsn.
	writeDSNs         []string // for the key only
	writeHosts        []*mysql.Config
	writePasswordFile string

	tlsArgs       []string            // nil without the property
	tlsSums       [][sha256.Size]byte // of the files' contents
	tls           *tls.Config
	tlsServerName string // that the server's certificate must bear; "" for the host name in the DSN
	tlsVerifyCA   bool   // the certificate may bear any name

	table     table.Name
	ttl       uint32        // seconds, of rows whose ttl is NULL
	refresh   time.Duration // 0: the default of the way of following
	resync    time.Duration // 0: never
	snapshot  string        // path, "" for none
	maxShrink int           // percent, 0 for any
}

const (
	defaultTable  = "tb_dns"
	defaultTTL    = 3600
	defaultResync = time.Hour
)

// String names the source without anything secret, for log lines.
func (s *source) String() string { return s.table.String() + " at " + s.servers() }

// servers names the hosts and their databases.
func (s *source) servers() string {
	addrs := make([]string, len(s.hosts))
	for i, host := range s.hosts {
		addrs[i] = host.Addr + "/" + host.DBName
	}
	return strings.Join(addrs, ", ")
}

// labels are those that all metrics of its copy have.
func (s *source) labels() [2]string { return [2]string{s.table.String(), s.servers()} }

// overlaps reports whether two sources are of one table: they have its name and at least one server with its database in common.
func (s *source) overlaps(other *source) bool {
	if s.table != other.table {
		return false
	}
	for _, one := range s.hosts {
		for _, another := range other.hosts {
			if one.Addr == another.Addr && one.DBName == another.DBName {
				return true
			}
		}
	}
	return false
}
