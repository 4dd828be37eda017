package fireworks_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/fireworks-grpc/fireworks-grpc/client/go/fireworks"
	gatewayv1 "github.com/fireworks-grpc/fireworks-grpc/client/go/fireworks/gateway/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
)

// authority signs certificates for a test.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	folder      string
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{folder: t.TempDir()}
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: "test authority"},
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(time.Hour),
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign,
	}
	a.key = newKey(t)
	a.certificate = sign(t, template, template, a.key, a.key)
	writePEM(t, a.file(), "CERTIFICATE", a.certificate.Raw)
	return a
}

func (a *authority) file() string { return filepath.Join(a.folder, "ca.pem") }

// issue writes a certificate and its key, and returns their files.
func (a *authority) issue(t *testing.T, name string) (string, string) {
	t.Helper()
	key := newKey(t)
	certificate := sign(t, &x509.Certificate{
		SerialNumber: big.NewInt(2),
		Subject:      pkix.Name{CommonName: name},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(time.Hour),
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1)},
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}, a.certificate, key, a.key)
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	files := [2]string{filepath.Join(a.folder, name+".pem"), filepath.Join(a.folder, name+".key")}
	writePEM(t, files[0], "CERTIFICATE", certificate.Raw)
	writePEM(t, files[1], "PRIVATE KEY", der)
	return files[0], files[1]
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func sign(t *testing.T, template, parent *x509.Certificate, key, signer *ecdsa.PrivateKey) *x509.Certificate {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return certificate
}

func writePEM(t *testing.T, path, kind string, der []byte) {
	t.Helper()
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
}

// startTLS serves with a certificate of the authority; mutual: to clients of it only.
func startTLS(t *testing.T, a *authority, mutual bool) *fakeService {
	t.Helper()
	certificateFile, keyFile := a.issue(t, "server")
	certificate, err := tls.LoadX509KeyPair(certificateFile, keyFile)
	if err != nil {
		t.Fatal(err)
	}
	config := &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	if mutual {
		config.ClientCAs = x509.NewCertPool()
		config.ClientCAs.AddCert(a.certificate)
		config.ClientAuth = tls.RequireAndVerifyClientCert
	}
	return (&fakeService{}).start(t, grpc.Creds(credentials.NewTLS(config)))
}

func TestTLS(t *testing.T) {
	ours, other := newAuthority(t), newAuthority(t)
	plain, mutual := startTLS(t, ours, false), startTLS(t, ours, true)
	certificate, key := ours.issue(t, "client")
	for _, test := range []struct {
		name   string
		target string
		files  fireworks.TLSFiles
		code   codes.Code
	}{
		{"OfAKnownAuthority", plain.address, fireworks.TLSFiles{CA: ours.file()}, codes.OK},
		{"OfSeveralInstances", plain.address + "," + plain.address, fireworks.TLSFiles{CA: ours.file()}, codes.OK},
		{"OfAnotherAuthority", plain.address, fireworks.TLSFiles{CA: other.file()}, codes.Unavailable},
		{"OfAnotherName", plain.address, fireworks.TLSFiles{CA: ours.file(), ServerName: "other.example"}, codes.Unavailable},
		{"Mutual", mutual.address, fireworks.TLSFiles{CA: ours.file(), Certificate: certificate, Key: key}, codes.OK},
		{"MutualWithoutCertificate", mutual.address, fireworks.TLSFiles{CA: ours.file()}, codes.Unavailable},
	} {
		t.Run(test.name, func(t *testing.T) {
			client := connect(t, test.target, fireworks.WithTLS(test.files), fireworks.WithToken("over TLS it may go"),
				fireworks.WithServiceConfig("{}")) // Without repeats, which would take their time.
			_, err := client.Models.GetModel(bounded(t), &gatewayv1.GetModelRequest{})
			if codeOf(err) != test.code {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestATLSConfigIsTLS(t *testing.T) {
	authority := newAuthority(t)
	known := x509.NewCertPool()
	known.AddCert(authority.certificate)
	encrypted, plain := startTLS(t, authority, false), (&fakeService{}).start(t)
	for _, test := range []struct {
		name   string
		target string
		config *tls.Config
		code   codes.Code
	}{
		{"WithAnAuthority", encrypted.address, &tls.Config{RootCAs: known, MinVersion: tls.VersionTLS12}, codes.OK},
		{"ByDefaultTheMachinesAuthorities", encrypted.address, nil, codes.Unavailable},
		{"AndNotPlaintext", plain.address, nil, codes.Unavailable},
	} {
		t.Run(test.name, func(t *testing.T) {
			client := connect(t, test.target, fireworks.WithTLSConfig(test.config), fireworks.WithServiceConfig("{}"))
			_, err := client.Models.GetModel(bounded(t), &gatewayv1.GetModelRequest{})
			if codeOf(err) != test.code {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestARenewedClientCertificateIsShown(t *testing.T) {
	ours, other := newAuthority(t), newAuthority(t)
	service := startTLS(t, ours, true)
	certificate, key := other.issue(t, "client")
	client := connect(t, service.address, fireworks.WithServiceConfig("{}"),
		fireworks.WithTLS(fireworks.TLSFiles{CA: ours.file(), Certificate: certificate, Key: key}))
	if _, err := client.Models.GetModel(bounded(t), &gatewayv1.GetModelRequest{}); codeOf(err) != codes.Unavailable {
		t.Fatalf("with a certificate of another authority: %v", err)
	}
	renewed, renewedKey := ours.issue(t, "client")
	for from, to := range map[string]string{renewed: certificate, renewedKey: key} {
		if err := os.Rename(from, to); err != nil {
			t.Fatal(err)
		}
	}
	// The next attempt to connect comes after a pause of gRPC's.
	if _, err := client.Models.GetModel(bounded(t), &gatewayv1.GetModelRequest{}, grpc.WaitForReady(true)); err != nil {
		t.Error(err)
	}
}
