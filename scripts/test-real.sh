#!/usr/bin/env bash
# Recipes against what is real: Buildbot's server and Salt's master, minion and api (PyPI), and GitHub's
# OpenAPI documents under Prism (npm). Everything is installed into target/real and ends with this script.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/paths.sh
real="$PWD/target/real"
mkdir -p "$real/npm"
started=()
finish() {
  [ -d "$real/master" ] && "$real/python/bin/buildbot" stop "$real/master" >/dev/null 2>&1 || true
  for pid in "${started[@]}"; do kill "$pid" 2>/dev/null || true; done
  wait
  [ -z "${salt-}" ] || rm -rf "$salt"
}
trap finish EXIT
free_port() { python3 -c 'import socket; s=socket.socket(); s.bind(("127.0.0.1",0)); print(s.getsockname()[1])'; }
awaited() { # URL: until something answers there
  for _ in $(seq 240); do
    curl -s -o /dev/null "$1" && return
    sleep 0.5
  done
  echo "test-real: nothing answers at $1" >&2
  exit 1
}

[ -x "$real/python/bin/buildbot" ] || {
  python3 -m venv "$real/python"
  "$real/python/bin/pip" -q install buildbot==4.3.0 buildbot-www==4.3.0 buildbot-worker==4.3.0
}
port=$(free_port)
rm -rf "$real/master"
"$real/python/bin/buildbot" create-master "$real/master" >/dev/null
sed "s/@PORT@/$port/" tests/data/buildbot.cfg >"$real/master/master.cfg"
"$real/python/bin/buildbot" start "$real/master" >/dev/null
export HOTFIX_BUILDBOT="http://127.0.0.1:$port"

[ -x "$real/salt/bin/salt-api" ] || {
  python3 -m venv "$real/salt"
  "$real/salt/bin/pip" -q install salt==3008.3 cherrypy==18.10.0
}
# Its sockets lie in a folder with a short name: a socket's path has room for 107 bytes.
salt=$(mktemp -d /tmp/salt.XXXX)
publish=$(free_port) answers=$(free_port) api=$(free_port)
mkdir -p "$salt/states"
cp tests/data/salt/hotfix.sls "$salt/states/"
for part in master minion; do
  sed "s|@ROOT@|$salt|; s|@USER@|$(id -un)|; s|@PUBLISH@|$publish|; s|@ANSWERS@|$answers|; s|@API@|$api|" \
    "tests/data/salt/$part" >"$salt/$part"
done
salt_program() { # PROGRAM
  "$real/salt/bin/$1" -c "$salt" -l warning >"$real/$1.log" 2>&1 &
  started+=($!)
}
salt_program salt-master
salt_program salt-minion
salt_program salt-api
export HOTFIX_SALT="http://127.0.0.1:$api"

[ -d "$real/npm/node_modules/@octokit/openapi" ] ||
  npm --prefix "$real/npm" install --no-audit --no-fund --silent @stoplight/prism-cli@5.14.2 @octokit/openapi
# Not --errors: some of the examples in the documents are not what the documents allow.
mock() { # DOCUMENT PORT
  "$real/npm/node_modules/.bin/prism" mock -h 127.0.0.1 -p "$2" \
    "$real/npm/node_modules/@octokit/openapi/generated/$1.json" >"$real/$1.log" 2>&1 &
  started+=($!)
}
github=$(free_port)
mock api.github.com "$github"
ghes=$(free_port)
mock ghes-3.19 "$ghes"
export HOTFIX_GITHUB="http://127.0.0.1:$github" HOTFIX_GHES="http://127.0.0.1:$ghes"
awaited "$HOTFIX_BUILDBOT/api/v2"
awaited "$HOTFIX_SALT/login"
salt_says() { # PATH JSON
  curl -s "$HOTFIX_SALT$1" -H "X-Auth-Token: ${HOTFIX_SALT_TOKEN-}" -H 'Accept: application/json' \
    -H 'Content-Type: application/json' -d "$2"
}
for _ in $(seq 60); do # until the master answers, nobody is let in
  HOTFIX_SALT_TOKEN=$(salt_says /login '{"username":"desk","password":"desk","eauth":"sharedsecret"}' |
    sed -n 's/.*"token": "\([0-9a-f]*\)".*/\1/p')
  [ -z "$HOTFIX_SALT_TOKEN" ] || break
  sleep 1
done
export HOTFIX_SALT_TOKEN
for _ in $(seq 60); do # until the minion answers, a job for it would reach nobody
  salt_says / '[{"client":"local","tgt":"web-1","fun":"test.ping","timeout":2}]' | grep -q '"web-1": true' && break
  sleep 1
done
awaited "$HOTFIX_GITHUB/"
awaited "$HOTFIX_GHES/"

cargo test --locked --workspace --test all recipes::real -- --ignored
