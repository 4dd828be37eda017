// Command module-zip lays out a module as a proxy serves it, which is what a release of
// a Go module is: a checked zip file with its description.
//
// Usage: module-zip FOLDER VERSION DIST
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
	"golang.org/x/mod/zip"
)

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: module-zip FOLDER VERSION DIST")
		os.Exit(2)
	}
	if err := write(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, "module-zip:", err)
		os.Exit(1)
	}
}

func write(folder, version, dist string) error {
	description, err := os.ReadFile(filepath.Join(folder, "go.mod"))
	if err != nil {
		return err
	}
	name := module.Version{Path: modfile.ModulePath(description), Version: version}
	if err := module.Check(name.Path, name.Version); err != nil {
		return err
	}
	info, err := json.Marshal(map[string]any{"Version": version, "Time": time.Now().UTC().Truncate(time.Second)})
	if err != nil {
		return err
	}
	escaped, err := module.EscapePath(name.Path)
	if err != nil {
		return err
	}
	files := filepath.Join(dist, escaped, "@v")
	if err := os.MkdirAll(files, 0o755); err != nil {
		return err
	}
	archive, err := os.Create(filepath.Join(files, version+".zip"))
	if err != nil {
		return err
	}
	// Refuses what the module system would refuse: sizes, names, links.
	if err := errors.Join(zip.CreateFromDir(archive, name, folder), archive.Close()); err != nil {
		return err
	}
	return errors.Join(
		os.WriteFile(filepath.Join(files, version+".info"), info, 0o644),
		os.WriteFile(filepath.Join(files, version+".mod"), description, 0o644),
		os.WriteFile(filepath.Join(files, "list"), []byte(version+"\n"), 0o644),
	)
}
