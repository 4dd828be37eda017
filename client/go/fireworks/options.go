package fireworks

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"
)

// Option changes how [NewClient] connects.
type Option func(*settings)

type settings struct {
	tlsFiles      *TLSFiles
	tlsConfig     *tls.Config
	token         TokenSource
	serviceConfig string
	userAgent     string
	dial          []grpc.DialOption
}

// TokenSource gives the bearer token of a call; it is asked for each, from many
// goroutines.
type TokenSource func(ctx context.Context) (string, error)

// WithToken sends a bearer token with each call. Over plaintext it is refused, unless
// the service is on loopback.
func WithToken(token string) Option {
	return WithTokenSource(func(context.Context) (string, error) { return token, nil })
}

// WithTokenSource is [WithToken] for tokens that change, such as a Kubernetes
// service account's.
func WithTokenSource(source TokenSource) Option {
	return func(s *settings) { s.token = source }
}

// WithTLS connects by TLS, with PEM files.
func WithTLS(files TLSFiles) Option {
	return func(s *settings) { s.tlsFiles = &files }
}

// WithTLSConfig connects by TLS, as the configuration says. It is copied; nil is the
// default one, not plaintext.
func WithTLSConfig(config *tls.Config) Option {
	if config == nil {
		config = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	return func(s *settings) { s.tlsConfig = config.Clone() }
}

// WithServiceConfig replaces the service config, which is JSON: see
// https://github.com/grpc/grpc/blob/master/doc/service_config.md. The built-in one
// spreads calls over all addresses, leaves out unhealthy ones, and repeats reads that
// failed with UNAVAILABLE unless the service forbids it.
func WithServiceConfig(json string) Option {
	return func(s *settings) { s.serviceConfig = json }
}

// WithUserAgent puts the program's name before this package's in the user agent.
func WithUserAgent(name string) Option {
	return func(s *settings) { s.userAgent = name }
}

// WithDialOptions adds gRPC's own options, such as interceptors; they win over what
// this package sets.
func WithDialOptions(options ...grpc.DialOption) Option {
	return func(s *settings) { s.dial = append(s.dial, options...) }
}

// dialOptions returns what target is connected to with.
func (s *settings) dialOptions(target string) ([]grpc.DialOption, error) {
	transport, err := s.transportCredentials()
	if err != nil {
		return nil, err
	}
	options := []grpc.DialOption{
		grpc.WithTransportCredentials(transport),
		grpc.WithDefaultServiceConfig(s.serviceConfig),
		// What holds is what this client was given, not what DNS says.
		grpc.WithDisableServiceConfig(),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{
			Time:                keepaliveTime,
			Timeout:             keepaliveTimeout,
			PermitWithoutStream: true,
		}),
		grpc.WithDefaultCallOptions(
			grpc.MaxCallRecvMsgSize(maxMessageBytes),
			grpc.MaxCallSendMsgSize(maxMessageBytes),
			// A request is kept until it can no longer be repeated; the default keeps
			// 256 KiB, less than one with an image.
			grpc.MaxRetryRPCBufferSize(maxMessageBytes),
		),
	}
	if s.token != nil {
		secure := s.encrypted()
		if !secure && !isLoopback(target) {
			return nil, fmt.Errorf("a token would go to %s in plaintext: use WithTLS", target)
		}
		options = append(options, grpc.WithPerRPCCredentials(&bearer{source: s.token, secure: secure}))
	}
	userAgent := "fireworks-grpc-go/" + Version
	if s.userAgent != "" {
		userAgent = s.userAgent + " " + userAgent
	}
	options = append(options, grpc.WithUserAgent(userAgent))
	return append(options, s.dial...), nil
}

func (s *settings) encrypted() bool { return s.tlsFiles != nil || s.tlsConfig != nil }

func (s *settings) transportCredentials() (credentials.TransportCredentials, error) {
	switch {
	case s.tlsFiles != nil && s.tlsConfig != nil:
		return nil, errors.New("WithTLS and WithTLSConfig exclude each other")
	case s.tlsFiles != nil:
		config, err := s.tlsFiles.config()
		if err != nil {
			return nil, err
		}
		return credentials.NewTLS(config), nil
	case s.tlsConfig != nil:
		return credentials.NewTLS(s.tlsConfig), nil
	default:
		return insecure.NewCredentials(), nil
	}
}

// bearer is the header of a token.
type bearer struct {
	source TokenSource
	secure bool
}

func (b *bearer) GetRequestMetadata(ctx context.Context, _ ...string) (map[string]string, error) {
	token, err := b.source(ctx)
	if err != nil {
		return nil, err
	}
	return map[string]string{"authorization": "Bearer " + token}, nil
}

// RequireTransportSecurity makes gRPC refuse plaintext wherever it is not loopback.
func (b *bearer) RequireTransportSecurity() bool { return b.secure }
