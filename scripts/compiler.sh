#!/usr/bin/env bash
# Says when the compiler is not the one that `rust-version` in Cargo.toml pins. A newer one builds the project as
# well; what it says of formatting and lints may be another thing.
set -euo pipefail
cd "$(dirname "$0")/.."
pinned=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
used=$(RUSTUP_AUTO_INSTALL=0 rustc --version | cut -d ' ' -f 2)
if [ "$used" != "$pinned" ]; then
  echo "check: this is rustc $used, the pinned release is $pinned; to use it:" >&2
  echo "check: rustup toolchain install $pinned --component rustfmt --component clippy && rustup override set $pinned" >&2
fi
