// Command contract-only runs a plugin of protoc on the contract's own files. An image
// that is a descriptor set does not tell them from those that they import, Google's,
// for which Go has packages.
//
// Usage: contract-only PLUGIN <request >response
package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/pluginpb"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "contract-only:", err)
		os.Exit(1)
	}
}

func run() error {
	if len(os.Args) != 2 {
		return errors.New("want one argument, a plugin")
	}
	input, err := io.ReadAll(os.Stdin)
	if err != nil {
		return err
	}
	var request pluginpb.CodeGeneratorRequest
	if err := proto.Unmarshal(input, &request); err != nil {
		return err
	}
	request.FileToGenerate = slices.DeleteFunc(request.FileToGenerate, func(file string) bool {
		return !strings.HasPrefix(file, "fireworks/")
	})
	if input, err = proto.Marshal(&request); err != nil {
		return err
	}
	plugin := exec.Command(os.Args[1])
	plugin.Stdin, plugin.Stdout, plugin.Stderr = bytes.NewReader(input), os.Stdout, os.Stderr
	return plugin.Run()
}
