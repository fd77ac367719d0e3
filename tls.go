package mysqldns

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/mysqldns/mysqldns/internal/table"

	pkgtls "github.com/coredns/coredns/plugin/pkg/tls"

	"github.com/miekg/dns"
)

// parseTLS takes [CERT KEY] [CA], and behind that what tls_servername has a line of its own for, as it does in the forward plugin.
func (s *source) parseTLS(args []string, root string) (err error) {
	if n := len(args); n >= 2 && args[n-2] == "servername" {
		if s.tlsServerName, err = parseServerName(args[n-1]); err != nil {
			return err
		}
		args = args[:n-2]
	}
	if len(args) > 3 {
		return fmt.Errorf("expected [CERT KEY] [CA], got %d arguments", len(args))
	}
	for _, arg := range args {
		s.tlsArgs = append(s.tlsArgs, absolute(arg, root))
	}
	if s.tls, err = pkgtls.NewTLSConfigFromArgs(s.tlsArgs...); err != nil {
		return err
	}
	for _, path := range s.tlsArgs { // after a reload, another content is another source
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		s.tlsSums = append(s.tlsSums, sha256.Sum256(text))
	}
	return nil
}

func parseServerName(arg string) (string, error) {
	if _, ok := dns.IsDomainName(arg); !ok || strings.Trim(arg, ".") == "" {
		return "", fmt.Errorf("%q is not a name that a certificate can bear: expected one such as db.example.org", arg)
	}
	return strings.TrimSuffix(arg, "."), nil
}

// completeTLS makes the properties beside tls part of its configuration.
func (s *source) completeTLS() error {
	switch {
	case s.tlsServerName == "" && !s.tlsVerifyCA:
		return nil
	case s.tls == nil && s.tlsVerifyCA:
		return errors.New("tls_verify_ca: without tls there is no certificate to verify; add tls with the CA")
	case s.tls == nil:
		return errors.New("tls_servername: without tls there is no certificate to verify; add tls")
	case s.tlsServerName != "" && s.tlsVerifyCA:
		return errors.New("tls_verify_ca: it looks at no name, so tls_servername has no meaning beside it; remove one of the two")
	case s.tlsVerifyCA:
		if err := table.VerifyCAOnly(s.tls); err != nil {
			return fmt.Errorf("tls_verify_ca: %w: name it in tls", err)
		}
	default:
		s.tls.ServerName = s.tlsServerName
	}
	return nil
}
