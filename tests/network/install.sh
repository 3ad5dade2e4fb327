#!/usr/bin/env bash
# Installs the servers that tests and demo run against: the sandbox's packages (../../sandbox/install.sh says how) and, apart from them,
# an S3 store and a second implementation of repositories.
#
#   MIGRATOR_CACHE   where to keep it (default: $XDG_CACHE_HOME/migrator or ~/.cache/migrator)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

fail() { printf '%s\n' "$*" >&2; exit 1; }

../../sandbox/install.sh
[ -L node_modules ] || rm -rf node_modules
ln -sfn "$(readlink -f ../../sandbox/node_modules)" node_modules

cache=${MIGRATOR_CACHE:-${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/migrator}
machine=$(node -p 'process.versions.modules + process.platform + process.arch')
exec 9>"$cache/s3.lock"
flock 9

# These have lock files of their own: a change there must not make better-sqlite3 compile anew.
for package in s3 atcute; do
  key=$({ cat "$package/package.json" "$package/package-lock.json"; echo "$machine"; } | sha256sum | cut -c1-16)
  kept=$cache/$package-$key
  if [ ! -d "$kept" ]; then
    fresh=$(mktemp -d "$cache/$package-$key.XXXXXX")
    trap 'rm -rf "$fresh"' EXIT
    cp "$package/package.json" "$package/package-lock.json" "$fresh/"
    if ! (cd "$fresh" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error) >"$fresh/npm.log" 2>&1; then
      tail -n 40 "$fresh/npm.log" >&2
      fail "npm ci failed in $package/."
    fi
    mv "$fresh" "$kept"
  fi
  [ -L "$package/node_modules" ] || rm -rf "$package/node_modules"
  ln -sfn "$kept/node_modules" "$package/node_modules"
done
