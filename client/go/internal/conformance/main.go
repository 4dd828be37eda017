// Command conformance is what tests/clients/runner.py runs for Go: tests/clients/README.md
// says what it reads and writes. It is written against the client's public face, as a
// user would write it.
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/fireworks-grpc/fireworks-grpc/client/go/fireworks"
)

// caseLine is a line of the input.
type caseLine struct {
	Case    string   `json:"case"`
	Targets []string `json:"targets"`
	TLS     *struct {
		CAFile          string `json:"ca_file"`
		CertificateFile string `json:"certificate_file"`
		KeyFile         string `json:"key_file"`
	} `json:"tls"`
	Token *string `json:"token"`
	Calls []call  `json:"calls"`
}

// observations is a line of the output.
type observations struct {
	Case  string         `json:"case"`
	Calls []*observation `json:"calls"`
}

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "conformance:", err)
		os.Exit(1)
	}
}

func run(input io.Reader, output io.Writer) error {
	lines := bufio.NewReader(input)
	for {
		line, err := lines.ReadBytes('\n')
		if text := bytes.TrimSpace(line); len(text) > 0 {
			if err := answer(text, output); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func answer(line []byte, output io.Writer) error {
	var c caseLine
	decoder := json.NewDecoder(bytes.NewReader(line))
	// A key that is not looked at would pass a case by accident.
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&c); err != nil {
		return err
	}
	observed, err := observe(&c)
	if err != nil {
		return fmt.Errorf("case %s: %w", c.Case, err)
	}
	text, err := json.Marshal(observations{Case: c.Case, Calls: observed})
	if err != nil {
		return err
	}
	_, err = output.Write(append(text, '\n'))
	return err
}

func observe(c *caseLine) ([]*observation, error) {
	var options []fireworks.Option
	if c.TLS != nil {
		options = append(options, fireworks.WithTLS(fireworks.TLSFiles{
			CA:          c.TLS.CAFile,
			Certificate: c.TLS.CertificateFile,
			Key:         c.TLS.KeyFile,
		}))
	}
	if c.Token != nil {
		options = append(options, fireworks.WithToken(*c.Token))
	}
	client, err := fireworks.NewClient(strings.Join(c.Targets, ","), options...)
	if err != nil {
		return nil, err
	}
	defer client.Close()

	observed := make([]*observation, 0, len(c.Calls))
	for i := range c.Calls {
		seen, err := c.Calls[i].do(context.Background(), client)
		if err != nil {
			return nil, fmt.Errorf("call %d: %w", i, err)
		}
		observed = append(observed, seen)
	}
	return observed, nil
}
