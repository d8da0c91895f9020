#!/usr/bin/env bash
# Runs a command in a display and a D-Bus session of its own: virtual.sh COMMAND…
set -euo pipefail
# Both end with the command, and neither touches the display or the session of whoever calls.
exec xvfb-run --auto-servernum --server-args='-screen 0 1440x900x24 -nolisten tcp' \
  dbus-run-session -- "$@"
