#!/usr/bin/env bash
# Builds the .deb and the .rpm into target/release/bundle/, without downloads.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/paths.sh
# The bundler is only wanted here, so the window's own lockfile does not carry it.
cli=target/tools/tauri-cli
[ -x $cli/node_modules/.bin/tauri ] ||
  npm install --silent --no-audit --no-fund --prefix $cli '@tauri-apps/cli@~2.12'
exec $cli/node_modules/.bin/tauri build --ci --bundles deb,rpm -- --locked
