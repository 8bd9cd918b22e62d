# shellcheck shell=bash
# What every script of the testbed shares: where things lie, how to say something, how to fail.

testbed=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
state=$(dirname "$testbed")/.testbed
# shellcheck disable=SC2034 # for those who read this file
bin=$state/bin

say() { printf '%s\n' "$*"; }

die() {
  printf '✗ %s\n' "$*" >&2
  exit 1
}

# absolute PATH: the path with its folder created, however it was written. Process checks compare paths.
absolute_dir() {
  mkdir -p "$1"
  (cd "$1" && pwd -P)
}

# at_least VERSION MINIMUM: compares dotted numbers.
at_least() {
  [ -n "$1" ] && [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$2" ]
}

# first_version: the first dotted number in standard input, e.g. 1.37.2 of "Kubernetes v1.37.2".
# sed reads to the end, so that the writer never meets a closed pipe.
first_version() {
  sed -nE 's/^[^0-9]*([0-9]+(\.[0-9]+)+).*/\1/;t found;b;:found;p' | sed -n 1p
}
