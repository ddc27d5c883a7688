#!/usr/bin/env bash
# The servers the server-side tests need, from Debian's packages, private to this directory and on loopback only.
#
#   scripts/services.sh up       install what is missing, start everything, print the environment
#   scripts/services.sh down     stop everything and delete its data; installed packages stay
#   scripts/services.sh status   say what runs; exit 1 when something does not
#   scripts/services.sh env      print `export NAME=value` lines: eval "$(scripts/services.sh env)"
#
# Settings (environment):
#   SONA_SERVICES_DIR   where data and logs live      (default /tmp/sona-services)
#   SONA_TEST_PG_PORT   PostgreSQL's port on 127.0.0.1 (default 54329)
#
# Needs Debian 12 and root. Elsewhere, start a PostgreSQL >= 15 with pgvector >= 0.8 yourself and set SONA_TEST_DATABASE_URL.
# Only `env` writes to standard output (and `up`, which ends with it); progress and errors go to standard error.
set -euo pipefail

SERVICES_DIR=$(realpath -m -- "${SONA_SERVICES_DIR:-/tmp/sona-services}")
readonly SERVICES_DIR
readonly PG_PORT=${SONA_TEST_PG_PORT:-54329}
readonly PG_BIN=/usr/lib/postgresql/15/bin
readonly PG_SHARE=/usr/share/postgresql/15
readonly PG_LIB=/usr/lib/postgresql/15/lib
readonly PG_HOME=$SERVICES_DIR/postgres
readonly PG_DATA=$PG_HOME/data
readonly PG_LOG=$PG_HOME/server.log
readonly PGVECTOR_LEAST=0.8.0

say() { printf 'services: %s\n' "$*" >&2; }
die() {
  printf 'services: error: %s\n' "$1" >&2
  shift
  [ $# -eq 0 ] || printf '  %s\n' "$@" >&2
  exit 1
}

# Runs a command silently; shows the end of what it said only when it fails.
quietly() {
  local what=$1 log
  shift
  log=$(mktemp)
  if ! "$@" >"$log" 2>&1 </dev/null; then
    tail -n 30 "$log" | sed 's/^/  | /' >&2
    rm -f "$log"
    die "$what failed; its last lines are above."
  fi
  rm -f "$log"
}

# A server must not inherit the lock (descriptor 9) nor a working directory its user cannot enter.
as_postgres() { (cd / && exec runuser -u postgres -- "$@" 9>&-); }

require_root() {
  [ "$(id -u)" -eq 0 ] || die "'$1' acts as root and as user postgres, so it needs root." \
    "Run it as root (for example: sudo $0 $1), or start PostgreSQL yourself and set SONA_TEST_DATABASE_URL."
}

require_debian_12() {
  local id='' version=''
  if [ -r /etc/os-release ]; then
    id=$(. /etc/os-release && printf '%s' "${ID:-}")
    version=$(. /etc/os-release && printf '%s' "${VERSION_ID:-}")
  fi
  [ "$id" = debian ] && [ "$version" = 12 ] || die "packages are missing and this is ${id:-an unknown system} ${version}, not Debian 12." \
    'Start a PostgreSQL >= 15 with pgvector >= 0.8 yourself and set SONA_TEST_DATABASE_URL=postgres://user@host:port/database.'
}

# ---- packages ----

installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

apt_install() {
  DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends -o DPkg::Lock::Timeout=300 "$@" 9>&-
}

# Installs the packages that are missing; reads the package lists again only when the ones at hand do not suffice.
ensure_packages() {
  local missing=() name
  for name in "$@"; do installed "$name" || missing+=("$name"); done
  [ ${#missing[@]} -gt 0 ] || return 0
  require_debian_12
  say "installing ${missing[*]}"
  apt_install "${missing[@]}" >/dev/null 2>&1 </dev/null && return 0
  say 'reading the package lists again'
  quietly 'apt-get update' apt-get update -q -o DPkg::Lock::Timeout=300
  quietly "installing ${missing[*]}" apt_install "${missing[@]}"
}

# ---- pgvector ----

pgvector_version() {
  [ -r "$PG_LIB/vector.so" ] || return 0
  sed -n "s/^default_version *= *'\(.*\)'.*/\1/p" "$PG_SHARE/extension/vector.control" 2>/dev/null || true
}

pgvector_ready() {
  local version
  version=$(pgvector_version)
  [ -n "$version" ] && dpkg --compare-versions "$version" ge "$PGVECTOR_LEAST"
}

# The mirror this machine already takes Debian from, in whatever form its sources are written.
debian_mirror() {
  apt-get indextargets --format '$(CREATED_BY) $(RELEASE) $(COMPONENT) $(REPO_URI)' |
    awk '$1 == "Packages" && ($2 == "bookworm" || $2 == "oldstable") && $3 == "main" && !found { print $4; found = 1 }'
}

# apt with lists, cache and sources of its own under $1: the system's apt never hears of trixie.
private_apt() {
  local root=$1
  shift
  apt-get -q -o "Dir::State=$root/state" -o "Dir::State::status=$root/state/status" -o "Dir::Cache=$root/cache" \
    -o "Dir::Etc::sourcelist=$root/sources.list" -o Dir::Etc::sourceparts=/dev/null -o Dir::Etc::preferencesparts=/dev/null \
    -o APT::Sandbox::User=root -o Acquire::Languages=none "$@" 9>&-
}

# Debian 12 has no pgvector >= 0.8, so trixie's source package is compiled against the headers at hand.
# OPTFLAGS is empty as in Debian's own build (no -march=native): measured speed is what a packaged pgvector gives.
build_pgvector() {
  local mirror work keyring=/usr/share/keyrings/debian-archive-keyring.gpg
  require_debian_12
  ensure_packages debian-archive-keyring postgresql-server-dev-15 build-essential dpkg-dev
  mirror=$(debian_mirror)
  if [ -z "$mirror" ]; then # apt answers only from lists it has, and images often ship without
    quietly 'apt-get update' apt-get update -q -o DPkg::Lock::Timeout=300
    mirror=$(debian_mirror)
  fi
  [ -n "$mirror" ] || die "apt has no Debian 12 'main' source to take the mirror from." \
    'Add one to /etc/apt/sources.list, or install pgvector >= 0.8 for PostgreSQL 15 yourself.'

  work=$(mktemp -d)
  chmod 755 "$work"
  trap "rm -rf '$work'" EXIT
  mkdir -p "$work/apt/state/lists/partial" "$work/apt/cache/archives/partial" "$work/source"
  : >"$work/apt/state/status"
  printf 'deb-src [signed-by=%s] %s trixie main\n' "$keyring" "$mirror" >"$work/apt/sources.list"

  say 'fetching the source of pgvector'
  # Without --error-on=any apt only warns about a list it could not fetch or verify.
  quietly "reading trixie's source list (an old debian-archive-keyring does not know its key)" \
    private_apt "$work/apt" update --error-on=any
  quietly 'fetching the source of pgvector' in_folder "$work/source" private_apt "$work/apt" source pgvector

  say 'compiling pgvector'
  chown -R postgres: "$work/source"
  local make=(make -C "$(echo "$work"/source/pgvector-*/)" "PG_CONFIG=$PG_BIN/pg_config" OPTFLAGS= with_llvm=no)
  quietly 'compiling pgvector' as_postgres "${make[@]}" -j"$(nproc)"
  quietly 'installing pgvector' "${make[@]}" install
  rm -rf "$work"
  trap - EXIT
  pgvector_ready || die "pgvector was built but '$(pgvector_version)' in $PG_SHARE/extension is older than $PGVECTOR_LEAST."
}

in_folder() { (cd "$1" && shift && "$@"); }

# ---- postgres ----

postgres_running() { [ -d "$PG_DATA" ] && as_postgres "$PG_BIN/pg_ctl" status -D "$PG_DATA" >/dev/null 2>&1; }

# The fourth line of postmaster.pid is the port of the running server, whatever the environment says now.
postgres_port() { sed -n 4p "$PG_DATA/postmaster.pid"; }

# Durability stays at PostgreSQL's defaults (fsync, synchronous_commit): import speed is measured on this cluster.
postgres_create() {
  say "creating a cluster in $PG_HOME"
  # The mark tells the rest of an interrupted `up`, which may go, from a folder of somebody else, which may not.
  if [ -e "$PG_HOME" ] && [ ! -e "$PG_HOME/.sona" ]; then
    die "$PG_HOME exists and was not made by this script." 'Move it away, or set SONA_SERVICES_DIR to another directory.'
  fi
  rm -rf "$PG_HOME"
  install -d -m 755 "$SERVICES_DIR"
  install -d -m 755 -o postgres -g postgres "$PG_HOME"
  touch "$PG_HOME/.sona"
  as_postgres test -x "$SERVICES_DIR" || die "user postgres cannot enter $SERVICES_DIR." \
    'Set SONA_SERVICES_DIR to a directory whose parents every user may enter.'
  # initdb goes to a second name first, so that $PG_DATA is either whole or absent.
  quietly initdb as_postgres "$PG_BIN/initdb" -D "$PG_DATA.new" -U sona --auth=trust --encoding=UTF8 --locale=C.UTF-8
  mv "$PG_DATA.new" "$PG_DATA"
}

postgres_start() {
  say "starting PostgreSQL on 127.0.0.1:$PG_PORT"
  if ! as_postgres "$PG_BIN/pg_ctl" start -w -t 60 -D "$PG_DATA" -l "$PG_LOG" \
    -o "-c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c port=$PG_PORT" >/dev/null 2>&1 </dev/null; then
    tail -n 15 "$PG_LOG" 2>/dev/null | sed 's/^/  | /' >&2
    die "PostgreSQL did not start; the end of $PG_LOG is above." \
      "If the port is taken, set SONA_TEST_PG_PORT to a free one; if the data is damaged, run '$0 down' and 'up' again."
  fi
}

postgres_up() {
  case $PG_PORT in '' | *[!0-9]*) die "SONA_TEST_PG_PORT must be a port number, not '$PG_PORT'." ;; esac
  [ -x "$PG_BIN/postgres" ] || ensure_packages postgresql-15
  pgvector_ready || build_pgvector
  if postgres_running; then
    [ "$(postgres_port)" = "$PG_PORT" ] || die "PostgreSQL of $SERVICES_DIR already runs on port $(postgres_port), not $PG_PORT." \
      "Run '$0 down' first, or use another SONA_SERVICES_DIR."
  else
    [ -d "$PG_DATA" ] || postgres_create
    postgres_start
  fi
  local psql=("$PG_BIN/psql" -X -q -A -t -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "$PG_PORT" -U sona)
  if [ "$("${psql[@]}" -d postgres -c "select 1 from pg_database where datname = 'sona_test'")" != 1 ]; then
    "${psql[@]}" -d postgres -c 'create database sona_test'
  fi
  say "PostgreSQL $("${psql[@]}" -d sona_test -c 'show server_version') with pgvector $(pgvector_version) is up"
}

postgres_down() {
  if postgres_running; then
    say 'stopping PostgreSQL'
    as_postgres "$PG_BIN/pg_ctl" stop -w -t 20 -m fast -D "$PG_DATA" >/dev/null 2>&1 ||
      quietly 'stopping PostgreSQL' as_postgres "$PG_BIN/pg_ctl" stop -w -t 20 -m immediate -D "$PG_DATA"
  else
    say 'PostgreSQL was not running'
  fi
  [ ! -e "$PG_HOME/.sona" ] || rm -rf "$PG_HOME"
  rmdir "$SERVICES_DIR" 2>/dev/null || true
}

postgres_status() {
  if postgres_running; then
    say "PostgreSQL is up on 127.0.0.1:$(postgres_port), data in $PG_DATA"
  else
    say "PostgreSQL is down (start it with '$0 up')"
    return 1
  fi
}

postgres_env() {
  postgres_running || die "PostgreSQL is down." "Start it with '$0 up'."
  printf 'export SONA_TEST_DATABASE_URL=postgres://sona@127.0.0.1:%s/sona_test\n' "$(postgres_port)"
}

# ---- commands ----

# Two runs at once (of any checkout) would install the same packages or fight over one cluster.
take_turns() {
  exec 9>/run/sona-services.lock
  flock -n 9 && return
  say 'waiting for another services.sh to finish'
  flock -w 900 9 || die 'another services.sh has been busy for 15 minutes.' 'See what holds /run/sona-services.lock.'
}

usage() { sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "$0" >&2; }

# One command per line: inside an `a && b` list bash would ignore failures in the functions.
case ${1:-} in
  up)
    require_root up
    take_turns
    postgres_up
    postgres_env
    ;;
  down)
    require_root down
    take_turns
    postgres_down
    ;;
  status)
    require_root status
    postgres_status
    ;;
  env)
    require_root env
    postgres_env
    ;;
  help | -h | --help) usage ;;
  *)
    usage
    exit 2
    ;;
esac
