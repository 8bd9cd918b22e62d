# shellcheck shell=bash
# If the user has already set up a part (KUBECONFIG, MYSQL_HOST, ...), the testbed uses that instead of its own. Our env
# file sets the same variables, and lists its values in TESTBED_OURS. So a shell that has sourced it does not pass our
# own values back to us as the user's.

all_parts=(control-plane helm mysql mysql-lower mariadb mariadb-newest)
# Only for the benchmark and the tests, and only if named.
more_parts=(skeema migrations)

# prefix_of PART: prints the prefix of a database part's variables: MYSQL, MYSQL_LOWER, MARIADB or MARIADB_NEWEST.
prefix_of() {
  local upper=${1^^}
  echo "${upper//-/_}"
}

# value_of PART: prints where the environment says that PART is: a kubeconfig, or HOST:PORT.
value_of() {
  local host port
  case $1 in
  control-plane) echo "${KUBECONFIG:-}" ;;
  helm | skeema | migrations) ;;
  *)
    host=$(prefix_of "$1")_HOST
    port=$(prefix_of "$1")_PORT
    [ -z "${!host:-}" ] || echo "${!host}:${!port:-3306}"
    ;;
  esac
}

# yours PART: does the user have one?
yours() {
  local value
  value=$(value_of "$1")
  [ -n "$value" ] && [[ " ${TESTBED_OURS:-} " != *" $value "* ]]
}

# known_part NAME: fails and lists all names if there is no such part.
known_part() {
  local part
  for part in "${all_parts[@]}" "${more_parts[@]}"; do
    [ "$part" != "$1" ] || return 0
  done
  die "there is no part $1; parts: ${all_parts[*]} ${more_parts[*]}"
}
