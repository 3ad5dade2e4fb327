#!/usr/bin/env bash
# Builds Migrator and runs it on this machine; it prints a link to open. Ctrl-C ends it.
#
#   ./start.sh            keeps its data in ./data
#   ./start.sh --demo     with a small network of its own: an account to move and a server to move it to, nothing real.
#                         Everything is gone afterwards.
#
# Needs the .NET SDK 10; the demo also Node.js 20 or newer, and perhaps, for its first start, a C++ compiler (sandbox/install.sh).
# Other arguments go to the program: ./start.sh --Migrator:Url=http://127.0.0.1:8080 (./start.sh --help lists them).
# "./start.sh verify …" compiles that command natively when it is first asked for, where there is clang or gcc.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

fail() { printf '%s\n' "$*" >&2; exit 1; }

demo=
arguments=()
for argument in "$@"; do
  if [ "$argument" = --demo ]; then demo=yes; else arguments+=("$argument"); fi
done

command -v dotnet >/dev/null || fail "The .NET SDK 10 is missing: https://dotnet.microsoft.com/download"

# publish PROJECT FOLDER [more …]
publish() {
  local project=$1 folder=$2
  shift 2
  rm -rf "$folder"
  # MSBUILDDISABLENODEREUSE: no build server stays behind.
  (cd "$here" && MSBUILDDISABLENODEREUSE=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 \
    dotnet publish "src/$project" -c Release -o "$folder" --verbosity quiet "-clp:ErrorsOnly;NoSummary" \
    -p:RestoreLockedMode=true -p:UseSharedCompilation=false "$@")
}

build() {
  echo "Building Migrator ..." >&2
  local fresh=$here/.run/fresh
  # With machine code in it the program starts in two thirds of the time. The compiler for that is a package that not every machine can get.
  publish Migrator.Web "$fresh" -p:PublishReadyToRun=true >/dev/null 2>&1 || {
    echo "No machine code ahead of time on this machine; building without, which starts a little slower." >&2
    publish Migrator.Web "$fresh" >&2
  }
  # Swapped at the end: a Migrator that runs from the old folder keeps its files.
  rm -rf "$here/.run/app"
  mv "$fresh" "$here/.run/app"
}

# Verify as native code (decision 0006): made once, and again when a source file is newer. That it failed is remembered as long.
native=$here/.run/native
is_current() {
  [ -e "$1" ] && [ -z "$(find "$here/src" "$here"/*.props "$here/global.json" -type f -newer "$1" \
    -not -path '*/bin/*' -not -path '*/obj/*' -print -quit)" ]
}

build_native() {
  local fresh=$here/.run/native-fresh why="there is neither clang nor gcc"
  if is_current "$native/migrator-verify"; then return 0; fi
  if { command -v clang || command -v gcc; } >/dev/null; then
    why="$native/failed says why; delete it to try again"
    if ! is_current "$native/failed"; then
      echo "Compiling verify natively, once; this takes about a minute ..." >&2
      rm -rf "$native" "$fresh"
      mkdir -p "$fresh"
      # Its parts lie in a folder of their own: what the other programs are built from stays as it is.
      if publish Migrator.Verify "$fresh/app" -p:Native=true --artifacts-path "$fresh/parts" >"$fresh/log" 2>&1; then
        touch "$fresh/app/migrator-verify"
        mv "$fresh/app" "$native"
        rm -rf "$fresh"
        return 0
      fi
      mkdir "$native"
      mv "$fresh/log" "$native/failed"
      rm -rf "$fresh"
    fi
  fi
  echo "No native verify on this machine ($why); this one takes longer." >&2
  return 1
}

program() { exec dotnet "$here/.run/app/migrator.dll" "${arguments[@]}"; }

# Drills restore into the servers of this checkout; sandbox/install.sh installs them. (What was published is replaced at each start.)
export Migrator__Drill__Sandbox=${Migrator__Drill__Sandbox:-$here/sandbox}

if [ -z "$demo" ]; then
  if [ "${arguments[0]:-}" = verify ] && build_native; then exec "$native/migrator-verify" "${arguments[@]:1}"; fi
  build
  export Migrator__Data=${Migrator__Data:-$here/data}
  program
fi

# --- the demo -----------------------------------------------------------------------------------------------------------
"$here/tests/network/install.sh"
build

# The network ends when this script does: it watches its standard input.
coproc NETWORK { exec node "$here/tests/network/network.mjs" --exit-with-parent; }
network=$NETWORK_PID
echo "Starting the demo network ..." >&2
read -r facts <&"${NETWORK[0]}" || fail "The demo network did not start."
fact() { node -p "JSON.parse(process.argv[1]).$1" "$facts"; }
plc=$(fact plc.url) from=$(fact a.url) to=$(fact b.url) domain=$(fact 'b.handleDomains[0]')

# The directory of the demo network is new at every start, so what Migrator knew of the last one is of no use.
rm -rf "$here/.run/demo"
export Migrator__Data=$here/.run/demo
export Migrator__Plc__Url=$plc
# Migrator calls no address of a private network unless it is listed. Names ending in .test are known to these two servers
# only, so no name server is asked.
export Migrator__Network__AllowPrivate__0=${plc#http://}
export Migrator__Network__AllowPrivate__1=${from#http://}
export Migrator__Network__AllowPrivate__2=${to#http://}
export Migrator__Identity__DohUrl=
export Migrator__Identity__HandleResolvers__0=$from
export Migrator__Identity__HandleResolvers__1=$to

cat <<TEXT

The demo network runs.
  Account to move    $(fact account.handle)
  Its password       $(fact account.password)
  It lives on        $from
  Move it to         $to   (new handle: anything ending in $domain, such as ada$domain)
  Mailed codes       $(fact mail)   (also printed here)

TEXT

end() {
  trap - EXIT
  [ -z "${migrator:-}" ] || { kill -TERM "$migrator" 2>/dev/null || true; wait "$migrator" 2>/dev/null || true; }
  kill -TERM "$network" 2>/dev/null || true
  wait "$network" 2>/dev/null || true
}
trap end EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

(program) &
migrator=$!
code=0
wait "$migrator" || code=$?
migrator=
exit "$code"
