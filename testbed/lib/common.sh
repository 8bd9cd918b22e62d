# shellcheck shell=bash
# What all scripts of the testbed share: the folders, how to print a message, how to fail.

testbed=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
state=$(dirname "$testbed")/.testbed
# shellcheck disable=SC2034 # for those who read this file
bin=$state/bin

say() { printf '%s\n' "$*"; }

die() {
  printf '✗ %s\n' "$*" >&2
  exit 1
}

# absolute_dir PATH: creates the folder and prints its absolute path, because process checks compare paths.
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
