#!/usr/bin/env bash
# Licences, bans and sources of every dependency (deny.toml; the npm lockfile against the same list).
# Advisories need a database from outside the registries: `audit.sh --advisories` asks for it.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/paths.sh
command -v cargo-deny >/dev/null || {
  echo "audit: building cargo-deny (some minutes, once)" >&2
  cargo install --quiet --locked --root target/tools cargo-deny
}
checks="licenses bans sources"
[ "${1:-}" = --advisories ] && checks="advisories $checks"
# shellcheck disable=SC2086 # a list of words
cargo deny --locked check $checks
node scripts/audit-npm.mjs ui/package-lock.json
