package fireworks

import (
	"fmt"
	"net"
	"net/netip"
	"strings"

	"google.golang.org/grpc/resolver"
	"google.golang.org/grpc/resolver/manual"
)

// newInstanceList returns a resolver that knows the instances of a list
// "host:port,host:port".
func newInstanceList(targets string) (*manual.Resolver, error) {
	var state resolver.State
	for _, target := range strings.Split(targets, ",") {
		host, _, err := net.SplitHostPort(strings.TrimSpace(target))
		if err != nil || host == "" {
			return nil, fmt.Errorf("target %q: want HOST:PORT, as there are several", target)
		}
		address := resolver.Address{
			Addr: strings.TrimSpace(target),
			// Each instance is held to a certificate of its own name.
			ServerName: host,
		}
		state.Endpoints = append(state.Endpoints, resolver.Endpoint{Addresses: []resolver.Address{address}})
	}
	instances := manual.NewBuilderWithScheme("fireworks")
	instances.InitialState(state)
	return instances, nil
}

// isLoopback tells whether what is sent to a target stays on this machine.
func isLoopback(targets string) bool {
	for _, target := range strings.Split(targets, ",") {
		if !isLoopbackTarget(strings.TrimSpace(target)) {
			return false
		}
	}
	return true
}

func isLoopbackTarget(target string) bool {
	if strings.HasPrefix(target, "unix:") || strings.HasPrefix(target, "unix-abstract:") {
		return true
	}
	for _, scheme := range []string{"dns:///", "passthrough:///", "dns:", "passthrough:"} {
		if rest, found := strings.CutPrefix(target, scheme); found {
			target = rest
			break
		}
	}
	host, _, err := net.SplitHostPort(target)
	if err != nil {
		host = strings.Trim(target, "[]")
	}
	if host == "localhost" {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.IsLoopback()
}
