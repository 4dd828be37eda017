package fireworks

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
)

// TLSFiles are the PEM files of a TLS connection.
type TLSFiles struct {
	// The authorities that the service's certificate may come from. Empty: the
	// machine's.
	CA string
	// The client's own certificate, with its chain, and its key; both or none. They
	// are read again for each new connection, so that they may be renewed.
	Certificate, Key string
	// The name that the service's certificate must have. Empty: the target's host.
	ServerName string
}

// config reads the files.
func (f TLSFiles) config() (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: f.ServerName}
	if f.CA != "" {
		pem, err := os.ReadFile(f.CA)
		if err != nil {
			return nil, fmt.Errorf("CA file: %w", err)
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("CA file %s: no PEM certificate in it", f.CA)
		}
	}
	if (f.Certificate == "") != (f.Key == "") {
		return nil, errors.New("a client certificate needs both the certificate file and the key file")
	}
	if f.Certificate != "" {
		load := func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			certificate, err := tls.LoadX509KeyPair(f.Certificate, f.Key)
			if err != nil {
				return nil, fmt.Errorf("client certificate: %w", err)
			}
			return &certificate, nil
		}
		if _, err := load(nil); err != nil {
			return nil, err
		}
		config.GetClientCertificate = load
	}
	return config, nil
}
