#!/usr/bin/env bash
# Starts the window; without a display, shows the whole journey in a virtual one instead.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/paths.sh
if [ -z "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] && [ "$(uname)" = Linux ]; then
  echo "run: there is no display here, so the demo runs in a virtual one (screenshots: target/demo)" >&2
  exec make demo
fi
npm --prefix ui run --silent build
exec cargo run --release --locked -- "$@"
