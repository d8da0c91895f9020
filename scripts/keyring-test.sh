#!/usr/bin/env bash
# The test of the real keychain: a Secret Service (gnome-keyring) on a bus of its own, in a home of its own.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/paths.sh
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
mkdir -m 700 "$home/run" "$home/data"
# shellcheck disable=SC2016 # the inner shell reads its own words
XDG_RUNTIME_DIR=$home/run XDG_DATA_HOME=$home/data dbus-run-session -- bash -euc '
  # An empty password would not make a login collection.
  echo pw | gnome-keyring-daemon --unlock --components=secrets >/dev/null
  said=$(cargo test --locked --workspace --lib -- --ignored --exact \
    secrets::tests::a_secret_survives_in_the_real_keychain 2>&1) || { echo "$said" >&2; exit 1; }
  # A name that nobody has any more would pass as well.
  grep -q "1 passed" <<<"$said" || { echo "$said" >&2; exit 1; }
'
echo "keyring-test: the real keychain keeps, gives and forgets"
