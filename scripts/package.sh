#!/usr/bin/env bash
# Builds the .deb and the .rpm, without downloads, into target/release/bundle (--debug: of the programs
# that the tests have built, into target/debug/bundle). Prints where they are.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/paths.sh
profile=release
debug=
if [ "${1:-}" = --debug ]; then
  profile=debug
  debug=--debug
fi
# The bundler is only wanted here, so the window's own lockfile does not carry it.
cli=target/tools/tauri-cli
[ -x $cli/node_modules/.bin/tauri ] ||
  npm install --silent --no-audit --no-fund --prefix $cli '@tauri-apps/cli@~2.12'
[ $profile = debug ] || cargo build --release --locked
# The command line travels with the window.
files="{\"files\":{\"/usr/bin/hotfix\":\"target/$profile/hotfix\"}}"
rm -rf "target/$profile/bundle"
$cli/node_modules/.bin/tauri bundle --ci $debug --bundles deb,rpm --no-binary-patching \
  --config "{\"bundle\":{\"linux\":{\"deb\":$files,\"rpm\":$files}}}" >&2
find "target/$profile/bundle" -name '*.deb' -o -name '*.rpm'
