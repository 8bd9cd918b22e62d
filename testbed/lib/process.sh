# shellcheck shell=bash
# Starts, finds and ends long-running processes. Two things identify a process: its pid file *and* an argument that
# names its own folder. A pid alone may belong to another process by now.

# start_process PIDFILE LOG COMMAND...: starts it in its own session, so that an interrupted terminal does not reach it.
# Locks that the caller holds (file descriptors 8 and 9) stay with the caller.
start_process() {
  local pidfile=$1 log=$2
  shift 2
  settle "$pidfile"
  setsid "$@" </dev/null >>"$log" 2>&1 8>&- 9>&- &
  echo $! >"$pidfile"
  disown
}

# alive PIDFILE ARGUMENT: is the process of the pid file still the one that was started with ARGUMENT?
alive() {
  local pid
  [ -s "$1" ] && pid=$(<"$1") && [ -r "/proc/$pid/cmdline" ] || return 1
  tr '\0' '\n' 2>/dev/null <"/proc/$pid/cmdline" | grep -xF -e "$2" >/dev/null
}

# end_process PIDFILE ARGUMENT [SIGNAL]: ends the process if it is ours, and waits until it is gone.
end_process() {
  local pidfile=$1 argument=$2 signal=${3:-TERM} tenths=0
  if alive "$pidfile" "$argument"; then
    kill -s "$signal" "$(<"$pidfile")" || true
    while alive "$pidfile" "$argument"; do
      [ $((tenths += 1)) -lt 600 ] || die "process $(<"$pidfile") doesn't end (asked 60 s ago)"
      sleep 0.1
    done
  fi
  settle "$pidfile"
  rm -f "$pidfile"
}

# settle PIDFILE: waits for a process that is ending. It has already lost its command line, but holds its ports and file
# locks until it is gone, or a zombie.
settle() {
  local pid tenths=0
  [ -s "$1" ] || return 0
  pid=$(<"$1")
  while [ $((tenths += 1)) -lt 50 ] && [ -e "/proc/$pid" ] && [ -z "$(tr -d '\0' 2>/dev/null <"/proc/$pid/cmdline")" ] &&
    ! grep -q '^State:.*[ZX]' "/proc/$pid/status" 2>/dev/null; do
    sleep 0.1
  done
}

# free_port: prints a free loopback port below the range that outgoing connections use. Another process may still take
# it first, so callers must be ready to try another port.
free_port() {
  local port
  while :; do
    port=$((RANDOM % 10000 + 20000))
    (: <>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
  done
  echo "$port"
}
