package fireworks

import (
	"context"
	"fmt"
	"strings"
	"time"

	"google.golang.org/grpc"
	_ "google.golang.org/grpc/health" // Client-side health checking, as the service config asks for.
	"google.golang.org/grpc/metadata"
)

const (
	keepaliveTime    = 30 * time.Second
	keepaliveTimeout = 10 * time.Second
	// The service's own limit on a message, in both directions.
	maxMessageBytes = 64 << 20
)

// Client is a connection to the service, and the stubs of all its services. It is
// safe for concurrent use and costly to make: make one and share it.
//
// It implements [grpc.ClientConnInterface], so that stubs that are not among its fields
// can be made on it; their errors are *[Error] all the same.
type Client struct {
	Services

	conn *grpc.ClientConn
}

var _ grpc.ClientConnInterface = (*Client)(nil)

// NewClient makes a client of the service at target: "host:port", any other gRPC
// target ("dns:///host:port", "unix:/path"), or several "host:port" separated by
// commas, which take calls in turn. It does not wait for a connection.
func NewClient(target string, options ...Option) (*Client, error) {
	settings := settings{serviceConfig: serviceConfig}
	for _, option := range options {
		option(&settings)
	}
	dialOptions, err := settings.dialOptions(target)
	if err != nil {
		return nil, fmt.Errorf("fireworks: %w", err)
	}
	if strings.Contains(target, ",") {
		instances, err := newInstanceList(target)
		if err != nil {
			return nil, fmt.Errorf("fireworks: %w", err)
		}
		dialOptions = append(dialOptions, grpc.WithResolvers(instances))
		target = instances.Scheme() + ":///"
	}
	conn, err := grpc.NewClient(target, dialOptions...)
	if err != nil {
		return nil, fmt.Errorf("fireworks: %w", err)
	}
	client := &Client{conn: conn}
	client.Services = newServices(client)
	return client, nil
}

// Close closes the connection. Calls that still run end with code Canceled.
func (c *Client) Close() error { return c.conn.Close() }

// Conn returns the connection below, whose calls fail with gRPC's own errors; for what
// this package has no word for, such as the connection's state.
func (c *Client) Conn() *grpc.ClientConn { return c.conn }

// Invoke implements [grpc.ClientConnInterface].
func (c *Client) Invoke(ctx context.Context, method string, request, response any, options ...grpc.CallOption) error {
	var info CallInfo
	options, recorders := splitRecorders(options)
	options = append(options, grpc.Header(&info.Header), grpc.Trailer(&info.Trailer))
	err := c.conn.Invoke(ctx, method, request, response, options...)
	for _, recorder := range recorders {
		*recorder.info = info
	}
	return newError(err, info.Trailer)
}

// NewStream implements [grpc.ClientConnInterface].
func (c *Client) NewStream(ctx context.Context, description *grpc.StreamDesc, method string, options ...grpc.CallOption) (grpc.ClientStream, error) {
	options, recorders := splitRecorders(options)
	stream, err := c.conn.NewStream(ctx, description, method, options...)
	if err != nil {
		return nil, newError(err, nil)
	}
	return &typedErrorStream{
		ClientStream: stream,
		recorders:    recorders,
		manyMessages: description.ServerStreams,
	}, nil
}

// typedErrorStream makes an *Error of each failure of a stream.
type typedErrorStream struct {
	grpc.ClientStream

	recorders []recorder
	// Whether the service sends a stream: else the call ends with the first message.
	manyMessages bool
}

func (s *typedErrorStream) Header() (metadata.MD, error) {
	header, err := s.ClientStream.Header()
	return header, newError(err, nil)
}

func (s *typedErrorStream) CloseSend() error { return newError(s.ClientStream.CloseSend(), nil) }

func (s *typedErrorStream) SendMsg(message any) error {
	return newError(s.ClientStream.SendMsg(message), nil)
}

func (s *typedErrorStream) RecvMsg(message any) error {
	err := s.ClientStream.RecvMsg(message)
	if err == nil && s.manyMessages {
		return nil
	}
	info := CallInfo{Trailer: s.Trailer()}
	info.Header, _ = s.ClientStream.Header()
	for _, recorder := range s.recorders {
		*recorder.info = info
	}
	return newError(err, info.Trailer)
}
