#!/usr/bin/env bash
# Runs the images as a cluster would, and looks whether they do what they should.
#
# Usage: scripts/smoke_image.sh [--help] [--fwctl FILE] [FOLDER]
#   FOLDER        with the archives of scripts/build_image.sh; default bazel-images
#   --fwctl FILE  the program that calls; without it Bazel builds it
#
# The service and the simulator run in containers with a read-only root, no capability,
# no new privileges and seccomp, in a network of their own. Health, metrics and a stream
# are asked for; then the service is told to end while a stream runs. Ends with a line
# "N passed, N failed".
#
# Needs root. Installs what is missing (podman). STORAGE_DRIVER and BAZEL_DISK_CACHE as in
# build_image.sh.
set -uo pipefail
cd "$(dirname "$0")/.."

usage() { sed -n '2,14p' "$0" | sed 's/^# \{0,1\}//'; }

images=bazel-images
fwctl=
while [[ $# -gt 0 ]]; do
  case "$1" in
    --help|-h) usage; exit 0 ;;
    --fwctl) fwctl=$(realpath "${2:?--fwctl needs a file}") || exit 2; shift ;;
    -*) echo "smoke_image.sh: unknown option '$1'" >&2; usage >&2; exit 2 ;;
    *) images="$1" ;;
  esac
  shift
done
if [[ $EUID -ne 0 ]]; then
  echo "smoke_image.sh: run as root: containers with networks of their own are made" >&2
  exit 1
fi
scripts/setup.sh --images || exit 1
if [[ -z "$fwctl" ]]; then
  bazel build --noshow_progress --ui_event_filters=-info \
    ${BAZEL_DISK_CACHE:+"--disk_cache=$BAZEL_DISK_CACHE"} //client/cpp:fwctl || exit 1
  fwctl=$(bazel info bazel-bin 2>/dev/null)/client/cpp/fwctl
fi

work=$(mktemp -d)
# Neither systemd nor cgroups of one version only are needed: crun wants these.
engine() {
  podman --runtime runc --root "$work/storage" --runroot "$work/run" --tmpdir "$work/tmp" \
    --storage-driver "${STORAGE_DRIVER:-overlay}" --cgroup-manager cgroupfs --events-backend file \
    "$@"
}
finish() {
  engine rm --all --force --time 0 >/dev/null 2>&1
  engine system reset --force >/dev/null 2>&1
  # Podman's folder, mounted onto itself, stays so now and then.
  if mountpoint -q "$work/storage/overlay"; then umount --recursive "$work/storage/overlay"; fi
  rm -rf --one-file-system "$work"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

passed=0
failed=0
check() {  # NAME COMMAND...
  local name=$1
  shift
  if "$@"; then
    passed=$((passed + 1))
    echo "ok      $name"
  else
    failed=$((failed + 1))
    echo "FAILED  $name"
  fi
}

# Waits for a condition for 20 s.
eventually() {  # COMMAND...
  for _ in $(seq 1 400); do
    if "$@"; then return 0; fi
    sleep 0.05
  done
  echo "not within 20 s: $*" >&2
  return 1
}

# podman's own limits are higher than some machines allow.
plain=(--ulimit "nofile=$(ulimit -Hn)" --ulimit nproc=4096 --log-driver k8s-file)
hardened=("${plain[@]}" --read-only --read-only-tmpfs=false --cap-drop ALL
  --security-opt no-new-privileges)

process_of() { engine inspect --format '{{.State.Pid}}' "$1"; }
# Not through a pipe to grep, which would not read to the end.
logs_say() { [[ $(engine logs "$1" 2>&1) == *"$2"* ]]; }
in_network() { nsenter --net="/proc/$(process_of simulator)/ns/net" "$@"; }

load() {  # NAME
  engine load --quiet --input "$images/$1.oci.tar" | sed -n 's/^Loaded image: //p'
}

start_simulator() {
  engine run --detach --name simulator --network none "${hardened[@]}" "$simulator_image" \
    >/dev/null && eventually logs_say simulator 'listening on'
}

# The configuration is a mount, as it is in a cluster.
write_configuration() {
  mkdir -p "$work/config"
  echo simulated >"$work/config/key"
  cat >"$work/config/service.textproto" <<CONFIG
upstream { base_url: "http://127.0.0.1:8080" api_key_file: "/etc/fireworks-grpc/key" }
server {
  listen: "0.0.0.0:50051" allow_plaintext: true
  metrics_listen: "0.0.0.0:9090" health_listen: "0.0.0.0:8081"
}
identity { sources { anonymous {} } }
CONFIG
  chmod -R a+rX "$work/config"
}

start_service() {  # NAME ARGUMENTS...
  local name=$1
  shift
  engine run --detach --name "$name" --network container:simulator \
    --volume "$work/config:/etc/fireworks-grpc:ro" "$@" "$service_image" >/dev/null &&
    eventually logs_say "$name" 'listening on'
}

status_says() {  # CONTAINER PATTERN...
  local file pattern
  file=/proc/$(process_of "$1")/status
  shift
  for pattern in "$@"; do
    grep -qE "$pattern" "$file" || { grep -E "^${pattern%%:*}" "$file"; return 1; }
  done
}

is_hardened() {  # CONTAINER
  status_says "$1" 'Uid:(\s65532){4}' 'Gid:(\s65532){4}' 'CapPrm:\s0{16}' 'CapEff:\s0{16}' \
    'CapBnd:\s0{16}' 'CapAmb:\s0{16}' 'NoNewPrivs:\s1' 'Seccomp:\s2' &&
    grep -qE '^([^ ]+ ){4}/ ro[ ,]' "/proc/$(process_of "$1")/mountinfo"
}

# A call without a message in it, or with the name of a service, and its answer in hex.
health_is() {  # SERVICE ANSWER
  local request='\0\0\0\0\0'
  if [[ -n "$1" ]]; then
    printf -v request '\\0\\0\\0\\0\\x%02x\\x0a\\x%02x%s' $((${#1} + 2)) ${#1} "$1"
  fi
  [[ $(printf "$request" |
    in_network curl --silent --http2-prior-knowledge --max-time 10 --data-binary @- \
      -H 'content-type: application/grpc' -H 'te: trailers' \
      http://127.0.0.1:8081/grpc.health.v1.Health/Check | od -An -tx1 | tr -d ' \n') == "$2" ]]
}
readonly serving=00000000020801
readonly not_serving=00000000020802

metrics_answer() {
  [[ $(in_network curl --silent --fail --max-time 10 http://127.0.0.1:9090/metrics) == \
    *$'\n''grpc_server_call_started_total{'* ]]
}

chat() {  # ARGUMENTS...
  in_network timeout 60 "$fwctl" chat --target 127.0.0.1:50051 "$@" </dev/null
}

streams_a_completion() {
  [[ "$(chat 'say: hello from a container')" == *'hello from a container'* ]]
}

simulator_control() {  # METHOD PATH
  in_network curl --silent --fail --max-time 20 -X "$1" "http://127.0.0.1:8080/simulator/$2" >/dev/null
}

# A stream of which the simulator sends an event when it is told to: it runs for certain
# when the signal comes.
drains() {
  chat --metadata 'x-session-affinity=sim:step=1' --metadata 'x-request-id=drain' \
    'say: one two three four five six seven eight' >"$work/stream" 2>&1 &
  local stream=$! text code=1
  eventually simulator_control POST 'release?request=drain&events=2' || return 1
  eventually test -s "$work/stream" || return 1
  engine kill --signal TERM service >/dev/null || return 1
  if eventually health_is '' "$not_serving" && health_is liveness "$serving" &&
    kill -0 "$stream" && simulator_control POST 'release?request=drain&events=1000'; then
    wait "$stream" && code=$(engine wait service)
  fi
  text=$(tail -n +1 "$work/stream")
  if [[ "$code" == 0 && "$text" == *'seven eight'* ]]; then return 0; fi
  echo "exit code $code; the stream was: $text" >&2
  engine logs service 2>&1 | tail -n 5 >&2
  return 1
}

tells_of_missing_configuration() {
  local said code
  said=$(engine run --rm --network none "${hardened[@]}" "$service_image" 2>&1)
  code=$?
  [[ $code -eq 2 && "$said" == *'/etc/fireworks-grpc/service.textproto'* ]]
}

# As root on a writable root, where nothing would stop it; what the engine itself puts
# there does not count.
writes_nothing() {
  start_service unconfined --user 0:0 "${plain[@]}" || return 1
  streams_a_completion || return 1
  engine stop --time 30 unconfined >/dev/null || return 1
  local changes changed
  changes=$(engine diff unconfined) || return 1
  changed=$(grep -vE \
    '^(. /(dev|proc|sys|run|etc|run/\.containerenv|etc/(hosts|hostname|resolv\.conf|mtab|fireworks-grpc)))?$' \
    <<<"$changes")
  [[ -z "$changed" ]] || { echo "$changed"; return 1; }
}

service_image=$(load fireworks-grpc)
simulator_image=$(load fireworks-simulator)
if [[ -z "$service_image" || -z "$simulator_image" ]]; then
  echo "smoke_image.sh: no images in $images; scripts/build_image.sh makes them" >&2
  exit 1
fi
write_configuration

check 'the simulator starts' start_simulator
if [[ $failed -ne 0 ]]; then exit 1; fi
check 'the simulator has no privileges' is_hardened simulator
check 'the service starts' start_service service "${hardened[@]}"
check 'the service has no privileges' is_hardened service
check 'health answers' health_is '' "$serving"
check 'liveness answers' health_is liveness "$serving"
check 'a completion streams' streams_a_completion
check 'metrics answer' metrics_answer
check 'SIGTERM lets a stream end, and the exit code is 0' drains
check 'nothing is written' writes_nothing
check 'a missing configuration is told' tells_of_missing_configuration
echo "$passed passed, $failed failed"
[[ $failed -eq 0 ]]
