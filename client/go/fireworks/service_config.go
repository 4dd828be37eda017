package fireworks

import _ "embed"

// serviceConfig is the service config that the clients of all languages share. The
// file is a copy of client/service_config.json, since Go embeds no file of a folder
// above; test.sh fails when they differ.
//
//go:embed service_config.json
var serviceConfig string
