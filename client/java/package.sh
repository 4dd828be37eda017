#!/usr/bin/env bash
# Builds the packages as a registry wants them, with sources and javadoc, into dist/, which is a
# Maven repository; uses them in a new project outside of this tree, which streams a completion.
# Needs setup.sh; fetches nothing.
#
# Usage: client/java/package.sh [--help] [--target HOST:PORT]
#   --target  the service; without it the new project is only built
set -euo pipefail
cd "$(dirname "$0")"

usage() { sed -n '2,7p' "$0" | sed 's/^# \{0,1\}//'; }

target=
while [[ $# -gt 0 ]]; do
  case "$1" in
    --help|-h) usage; exit 0 ;;
    --target) target=${2:?--target takes HOST:PORT}; shift ;;
    *) echo "package.sh: unknown argument '$1'" >&2; usage >&2; exit 2 ;;
  esac
  shift
done

rm -rf dist
# The plugin refuses -o, although it only writes files; all that is needed is in .m2.
mvn -q deploy -Prelease -Dmaven.test.skip=true -Dmaven.install.skip=true \
  -DaltDeploymentRepository="dist::file:$PWD/dist" </dev/null

version=$(sed -n 's|^  <version>\(.*\)</version>|\1|p' pom.xml)
for artifact in fireworks-grpc-stubs fireworks-grpc-client; do
  for file in "$artifact-$version".{jar,pom} "$artifact-$version"-{sources,javadoc}.jar; do
    [[ -s dist/com/fireworks/grpc/$artifact/$version/$file ]] ||
      { echo "package.sh: dist/ lacks $file" >&2; exit 1; }
  done
done

# A new project knows of this tree only dist/. What it needs from others is in .m2 already.
project=$(mktemp -d)
trap 'rm -rf "$project"' EXIT
cp -a .m2 "$project/repository"
rm -rf "$project/repository/com/fireworks"
mkdir -p "$project/src/main/java"
sed '/^package /d' examples/src/main/java/com/fireworks/grpc/examples/HelloStream.java \
  >"$project/src/main/java/HelloStream.java"
cat >"$project/pom.xml" <<POM
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>example</groupId>
  <artifactId>hello</artifactId>
  <version>1</version>
  <properties>
    <maven.compiler.release>11</maven.compiler.release>
    <project.build.sourceEncoding>UTF-8</project.build.sourceEncoding>
  </properties>
  <repositories>
    <repository>
      <id>dist</id>
      <url>file:$PWD/dist</url>
    </repository>
  </repositories>
  <dependencies>
    <dependency>
      <groupId>com.fireworks.grpc</groupId>
      <artifactId>fireworks-grpc-client</artifactId>
      <version>$version</version>
    </dependency>
  </dependencies>
</project>
POM

# The goals of plugins that this tree uses too, so that they are there.
plugin() {
  local version
  version=$(grep -A 1 "<artifactId>$1<" pom.xml | sed -n 's|.*<version>\(.*\)</version>|\1|p')
  echo "org.apache.maven.plugins:$1:${version%%$'\n'*}"
}
compiler=$(plugin maven-compiler-plugin)
dependencies=$(plugin maven-dependency-plugin)
(cd "$project" &&
  MAVEN_OPTS=-Xmx512m mvn -q -B -o -Daether.offline.protocols=file -Dmaven.repo.local=repository \
    "$compiler:compile" \
    "$dependencies:copy-dependencies" -DincludeScope=runtime -DoutputDirectory=lib </dev/null)
echo "package.sh: a new project compiles with dist/"
if [[ -n "$target" ]]; then
  (cd "$project" && java -Xmx512m -cp 'target/classes:lib/*' HelloStream "$target" </dev/null)
fi
