# What the scripts of this folder share; sourced from inside it.

# The Go on PATH decides, and downloads no other.
export GOTOOLCHAIN=local
export GOFLAGS="${GOFLAGS:+$GOFLAGS }-mod=readonly"

# The version that go.mod asks for.
needed_go() { sed -n 's/^go \([0-9.]*\)$/\1/p' go.mod; }

# Sets GO to a Go that is new enough.
find_go() {
  local candidate have needed
  needed=$(needed_go)
  for candidate in "$(command -v go)" /usr/lib/go-*/bin/go /usr/local/go/bin/go; do
    [[ -x "$candidate" ]] || continue
    have=$("$candidate" env GOVERSION 2>/dev/null) || continue
    have=${have#go}
    if [[ "$(printf '%s\n' "$needed" "${have%%[!0-9.]*}" | sort -V | head -n 1)" == "$needed" ]]; then
      GO=$candidate
      return 0
    fi
  done
  return 1
}

require_go() {
  find_go || { echo "client/go: no Go >= $(needed_go); run client/go/setup.sh" >&2; exit 77; }
}
