#!/usr/bin/env bash
# Builds everything and runs every test: against real servers, a real database, a real browser.
#
#   ./test.sh                  all tests
#   ./test.sh --filter NAME    only those whose full name contains NAME
#   ./test.sh --full           also the slow suites at full size (sets MIGRATOR_TEST_FULL=1)
#
# The last line is "N passed, N failed, N skipped"; the exit code is 0 only if tests ran and none failed.
# What it starts it stops, on Ctrl-C too. What it needs besides the .NET SDK 10 and Node.js 20 it installs when it runs as
# root on Debian or Ubuntu; otherwise it prints the command and stops.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

say() { printf '%s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }

filter=()
while [ $# -gt 0 ]; do
  case $1 in
    --full) export MIGRATOR_TEST_FULL=1; shift ;;
    --filter) [ $# -ge 2 ] || fail "--filter needs a name."; filter=(--filter "FullyQualifiedName~$2"); shift 2 ;;
    *) fail "Unknown option $1. Known: --filter NAME, --full" ;;
  esac
done

# --- what must be there -------------------------------------------------------------------------------------------------
command -v dotnet >/dev/null || fail "The .NET SDK 10 is missing: https://dotnet.microsoft.com/download"
command -v node >/dev/null || fail "Node.js 20 or newer is missing: https://nodejs.org"

missing=()
compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || missing+=(postgresql)
command -v age >/dev/null || missing+=(age)
command -v chromium >/dev/null || missing+=(chromium)
command -v c++ >/dev/null || missing+=(g++)
command -v make >/dev/null || missing+=(make)
command -v python3 >/dev/null || missing+=(python3)
if [ ${#missing[@]} -gt 0 ]; then
  install="apt-get update && apt-get install -y --no-install-recommends ${missing[*]}"
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    fail "Missing for the tests: ${missing[*]}. As root: $install"
  fi
  say "Installing ${missing[*]}"
  DEBIAN_FRONTEND=noninteractive bash -c "$install" >&2 </dev/null || fail "Could not install ${missing[*]}."
fi
tests/network/install.sh

# --- a place of our own, and an end to everything in it -----------------------------------------------------------------
# The tests put all their folders in here, those of the PostgreSQL servers they start too.
work=$(mktemp -d -t migrator-test.XXXXXX)
mkdir "$work/tmp"
chmod 755 "$work" "$work/tmp" # as root, PostgreSQL runs as another user
running=

clean_up() {
  trap - EXIT
  if [ -n "$running" ]; then kill -TERM -- "-$running" 2>/dev/null || true; wait "$running" 2>/dev/null || true; fi
  # Tests end their own database servers; those of tests that were cut short are still there.
  local server
  for server in "$work"/tmp/*/data/postmaster.pid; do
    if [ -f "$server" ]; then kill -QUIT "$(head -n 1 "$server")" 2>/dev/null || true; fi
  done
  rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Runs a command as a process group of its own, so that all of it can be ended; shells only notice a signal while they wait.
run() {
  set -m
  "$@" </dev/null &
  running=$!
  set +m
  local code=0
  wait "$running" || code=$?
  running=
  return $code
}

# --- build, check, test -------------------------------------------------------------------------------------------------
# No build server stays behind.
export MSBUILDDISABLENODEREUSE=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
run dotnet restore Migrator.sln --locked-mode --verbosity quiet
run dotnet build Migrator.sln -c Release --no-restore --verbosity quiet "-clp:ErrorsOnly;NoSummary" -p:UseSharedCompilation=false

count() { grep -oE "<Counters [^>]*" "$1" | grep -oE " $2=\"[0-9]+\"" | grep -oE '[0-9]+'; }

passed=0 failed=0 skipped=0
if ! run dotnet format whitespace . --folder --verify-no-changes; then
  say "The format is off. To mend it: dotnet format whitespace . --folder"
  failed=1
fi

for project in tests/Migrator.*.Tests/*.csproj; do
  name=$(basename "$project" .csproj)
  say "== $name"
  code=0
  run env TMPDIR="$work/tmp" dotnet test "$project" -c Release --no-build --nologo "${filter[@]}" \
    --results-directory "$work/results" --logger "trx;LogFileName=$name.trx" --logger "console;verbosity=minimal" || code=$?
  if [ -s "$work/results/$name.trx" ]; then
    trx=$work/results/$name.trx
    total=$(count "$trx" total) ok=$(count "$trx" passed) bad=$(count "$trx" failed)
    passed=$((passed + ok)) failed=$((failed + bad)) skipped=$((skipped + total - ok - bad))
    # A host that dies leaves its last tests uncounted; the exit code tells.
    if [ $code -ne 0 ] && [ "$bad" -eq 0 ]; then say "$name broke off (exit code $code)."; failed=$((failed + 1)); fi
  elif [ $code -ne 0 ]; then
    say "$name could not run (exit code $code)."
    failed=$((failed + 1))
  fi
done

[ $((passed + failed)) -gt 0 ] || say "No test ran."
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
