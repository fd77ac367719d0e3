package mariadb

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// TLS is the paths of PEM files: a CA of its own, and what it signed.
type TLS struct {
	CA                    string
	Cert, Key             string // the server's, for 127.0.0.1 and localhost
	BareCert, BareKey     string // the server's too, without a host name, as MySQL makes them for itself
	ClientCert, ClientKey string // of a client named "client"
}

// NewTLS writes a new CA, a server's certificate and a client's into dir. They are good for an hour.
func NewTLS(dir string) (*TLS, error) {
	t := &TLS{
		CA:   filepath.Join(dir, "ca.pem"),
		Cert: filepath.Join(dir, "server.pem"), Key: filepath.Join(dir, "server.key"),
		BareCert: filepath.Join(dir, "bare.pem"), BareKey: filepath.Join(dir, "bare.key"),
		ClientCert: filepath.Join(dir, "client.pem"), ClientKey: filepath.Join(dir, "client.key"),
	}
	ca := &x509.Certificate{
		Subject: pkix.Name{CommonName: "test CA"}, SerialNumber: big.NewInt(1),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	caKey, err := issue(ca, ca, nil, t.CA, "")
	if err != nil {
		return nil, err
	}
	server := &x509.Certificate{
		Subject: pkix.Name{CommonName: "server"}, SerialNumber: big.NewInt(2),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: []string{"localhost"},
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	if _, err := issue(server, ca, caKey, t.Cert, t.Key); err != nil {
		return nil, err
	}
	bare := &x509.Certificate{Subject: pkix.Name{CommonName: "MySQL_Server_Auto_Generated_Server_Certificate"}, SerialNumber: big.NewInt(4)}
	if _, err := issue(bare, ca, caKey, t.BareCert, t.BareKey); err != nil {
		return nil, err
	}
	client := &x509.Certificate{
		Subject: pkix.Name{CommonName: "client"}, SerialNumber: big.NewInt(3),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	if _, err := issue(client, ca, caKey, t.ClientCert, t.ClientKey); err != nil {
		return nil, err
	}
	return t, nil
}

// Args are the options for Start that make the server speak TLS.
func (t *TLS) Args() []string {
	return []string{"--ssl-ca=" + t.CA, "--ssl-cert=" + t.Cert, "--ssl-key=" + t.Key}
}

// BareArgs are Args for the certificate without a host name.
func (t *TLS) BareArgs() []string {
	return []string{"--ssl-ca=" + t.CA, "--ssl-cert=" + t.BareCert, "--ssl-key=" + t.BareKey}
}

// issue makes a key and a certificate for it, signed with the parent's key (by itself if that is nil), and writes the
// certificate and, if keyPath is not empty, the key.
func issue(cert, parent *x509.Certificate, parentKey *ecdsa.PrivateKey, certPath, keyPath string) (*ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	if parentKey == nil {
		parentKey = key
	}
	cert.NotBefore = time.Now().Add(-time.Minute)
	cert.NotAfter = time.Now().Add(time.Hour)
	der, err := x509.CreateCertificate(rand.Reader, cert, parent, key.Public(), parentKey)
	if err != nil {
		return nil, err
	}
	if err := writePEM(certPath, "CERTIFICATE", der); err != nil {
		return nil, err
	}
	if keyPath == "" {
		return key, nil
	}
	der, err = x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	return key, writePEM(keyPath, "PRIVATE KEY", der)
}

func writePEM(path, kind string, der []byte) error {
	return os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600)
}
