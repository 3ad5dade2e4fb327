#!/usr/bin/env bash
# Installs the servers that drills restore into (also those of the tests and the demo), once per machine.
#
# better-sqlite3 is compiled from source where no prebuilt file can be had: about 75 s, with a C++ compiler, make and Python 3, which
# are installed where this runs as root on Debian or Ubuntu. So the result is kept outside this folder, under a name made of the lock
# file and the Node version, and node_modules here is a link to it. Another copy of Migrator on the same machine then installs in no time.
#
#   MIGRATOR_CACHE   where to keep it (default: $XDG_CACHE_HOME/migrator or ~/.cache/migrator)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

fail() { printf '%s\n' "$*" >&2; exit 1; }

command -v node >/dev/null || fail "Node.js 20 or newer is missing. Install it (Debian: apt-get install nodejs npm) and start again."
command -v npm >/dev/null || fail "npm is missing. It comes with Node.js (Debian: apt-get install npm)."
[ "$(node -p 'process.versions.node.split(".")[0] >= 20')" = true ] || fail "Node.js $(node -v) is too old: 20 or newer is needed."

cache=${MIGRATOR_CACHE:-${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/migrator}
machine=$(node -p 'process.versions.modules + process.platform + process.arch')
key=$({ cat package.json package-lock.json; echo "$machine"; } | sha256sum | cut -c1-16)
kept=$cache/sandbox-$key

# True when the tree works on this machine: opening a database runs the compiled part.
works() { node -e 'new (require(process.argv[1] + "/node_modules/better-sqlite3"))(":memory:").close()' "$1" 2>/dev/null; }

# False where there is a compiler already, so that something else is the matter.
install_compiler() {
  local needed=() name
  for name in c++:g++ make:make python3:python3; do command -v "${name%%:*}" >/dev/null || needed+=("${name##*:}"); done
  [ ${#needed[@]} -gt 0 ] || return 1
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    fail "better-sqlite3 has to be compiled here. That needs a C++ compiler, make and Python 3 (Debian: apt-get install ${needed[*]})."
  fi
  echo "Installing ${needed[*]} to compile better-sqlite3." >&2
  apt-get update >&2 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${needed[@]}" >&2 </dev/null
}

mkdir -p "$cache"
exec 9>"$cache/sandbox.lock"
flock 9 # two may install at once; the second then finds the work done

if ! works "$kept"; then
  fresh=$(mktemp -d "$cache/sandbox-$key.XXXXXX")
  trap 'rm -rf "$fresh"' EXIT
  cp package.json package-lock.json "$fresh/"
  echo "Installing the sandbox's packages into $kept (once; one to two minutes)." >&2
  fetch() { (cd "$fresh" && npm ci --no-audit --no-fund --loglevel=error) >"$fresh/npm.log" 2>&1; }
  fetch || { install_compiler && fetch; } || {
    tail -n 40 "$fresh/npm.log" >&2
    fail "npm ci failed."
  }
  works "$fresh" || fail "better-sqlite3 was installed but does not load with Node.js $(node -v)."
  rm -rf "$kept"
  mv "$fresh" "$kept"
fi

[ -L node_modules ] || rm -rf node_modules
ln -sfn "$kept/node_modules" node_modules
