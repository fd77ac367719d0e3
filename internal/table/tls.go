package table

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
)

// VerifyCAOnly makes cfg take any certificate that one of its CAs vouches for, whatever name it bears: MySQL's VERIFY_CA. The certificates that MySQL
// makes for itself, and those of Cloud SQL, bear no host name. It is an error to do so with the system's CAs, from whom anybody can have a certificate.
func VerifyCAOnly(cfg *tls.Config) error {
	if cfg.RootCAs == nil {
		return errors.New("needs a CA of your own: the system's CAs vouch for everybody's servers")
	}
	roots := cfg.RootCAs
	cfg.InsecureSkipVerify = true // VerifyConnection looks at the certificate, without a name
	cfg.VerifyConnection = func(state tls.ConnectionState) error {
		intermediates := x509.NewCertPool()
		for _, cert := range state.PeerCertificates[1:] { // a server always shows one
			intermediates.AddCert(cert)
		}
		_, err := state.PeerCertificates[0].Verify(x509.VerifyOptions{Roots: roots, Intermediates: intermediates})
		if err != nil {
			return &tls.CertificateVerificationError{UnverifiedCertificates: state.PeerCertificates, Err: err}
		}
		return nil
	}
	return nil
}

// explainTLS adds to an error about a server's certificate what to do about it; ok is false for other errors.
func explainTLS(err error) (explained error, ok bool) {
	var name x509.HostnameError
	var authority x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err, &name) && len(name.Certificate.DNSNames)+len(name.Certificate.IPAddresses) == 0:
		return fmt.Errorf("%w: its certificate bears no host name, so say tls_verify_ca, which looks at its CA alone", err), true
	case errors.As(err, &name):
		return fmt.Errorf("%w: name in tls_servername what the certificate bears, or say tls_verify_ca, which looks at its CA alone", err), true
	case errors.As(err, &authority):
		return fmt.Errorf("%w: name in tls the file with the CA of this server", err), true
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return fmt.Errorf("%w: renew the server's certificate, or set the clock", err), true
	}
	return err, false
}
