# shellcheck shell=bash
# What the user has set up already (KUBECONFIG, MYSQL_HOST, ...) is used instead of a part of ours.
# Our own env file sets the same variables: it lists its values in TESTBED_OURS, so that a shell
# that has sourced it doesn't hand our own values back to us as the user's.

all_parts=(control-plane helm mysql mariadb mariadb-newest)
# Only for the benchmark, and only where it is named.
more_parts=(skeema)

# prefix_of PART: MYSQL, MARIADB or MARIADB_NEWEST: how a database part's variables begin.
prefix_of() {
  local upper=${1^^}
  echo "${upper//-/_}"
}

# value_of PART: what the environment says about where PART is: a kubeconfig, or HOST:PORT.
value_of() {
  local host port
  case $1 in
  control-plane) echo "${KUBECONFIG:-}" ;;
  helm | skeema) ;;
  *)
    host=$(prefix_of "$1")_HOST
    port=$(prefix_of "$1")_PORT
    [ -z "${!host:-}" ] || echo "${!host}:${!port:-3306}"
    ;;
  esac
}

# yours PART: has the user one?
yours() {
  local value
  value=$(value_of "$1")
  [ -n "$value" ] && [[ " ${TESTBED_OURS:-} " != *" $value "* ]]
}

# known_part NAME: fails with all names, if there's no such part.
known_part() {
  local part
  for part in "${all_parts[@]}" "${more_parts[@]}"; do
    [ "$part" != "$1" ] || return 0
  done
  die "there is no part $1; parts: ${all_parts[*]} ${more_parts[*]}"
}
