#!/usr/bin/env bash
# Runs an example, which build.sh has compiled.
#
# Usage: client/java/examples/run.sh NAME [HOST:PORT] [accounts/ACCOUNT]
#   NAME              hello_stream, tool_loop, structured_output, embeddings_search or batch_job
#   HOST:PORT         the service; 127.0.0.1:50051 without it
#   accounts/ACCOUNT  batch_job: whose dataset and job; without it the service's own account
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
if [[ $# -eq 0 || "$1" == --help || "$1" == -h ]]; then
  sed -n '2,7p' "$0" | sed 's/^# \{0,1\}//'
  exit $(( $# == 0 ? 2 : 0 ))
fi
class=$(sed -E 's/(^|_)([a-z])/\U\2/g' <<<"$1")
shift
if [[ ! -f $here/src/main/java/com/fireworks/grpc/examples/$class.java ]]; then
  echo "run.sh: there is no such example; see --help" >&2
  exit 2
fi
exec java -Xmx512m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 \
  -cp "$here/target/classes:$here/target/lib/*" "com.fireworks.grpc.examples.$class" "$@"
