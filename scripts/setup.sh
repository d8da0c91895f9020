#!/usr/bin/env bash
# Brings a Debian or Ubuntu machine to where the project builds (--test: and its tests run).
# Says what is missing before it fetches anything; does nothing, quickly, when nothing is.
set -euo pipefail
cd "$(dirname "$0")/.."

BUILD="build-essential pkg-config curl ca-certificates git libwebkit2gtk-4.1-dev librsvg2-dev
       libayatana-appindicator3-dev xdg-utils"
TEST="webkit2gtk-driver xvfb xauth dbus-x11 dunst gnome-keyring libsecret-tools minisign sqlite3
      imagemagick xdotool python3 zstd rpm openssl prometheus prometheus-alertmanager dovecot-imapd
      radicale python3-aiosmtpd poppler-utils fonts-dejavu-core fonts-droid-fallback fonts-noto-color-emoji"
# Reports are set with the system's fonts (these reach Arabic, Chinese and emoji) and read by poppler. Radicale is the CalDAV server that deployments are published to.
# The tests start these themselves, each with a configuration of its own: the system's stay off.
QUIET="prometheus prometheus-alertmanager dovecot radicale"
NODE=20      # the oldest that Vite 8 and Svelte 5 run on
DRIVER=2.1   # tauri-driver

wanted=$BUILD
test=no
for word in "$@"; do
  case $word in
    --test) test=yes; wanted="$BUILD $TEST" ;;
    *) echo "setup: unknown option $word (only --test)" >&2; exit 2 ;;
  esac
done

say() { printf 'setup: %s\n' "$*" >&2; }
# Whether version $1 is at least $2.
least() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }
root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

# --- the system's packages -------------------------------------------------------------------------
install() {
  command -v apt-get >/dev/null || {
    say "this system has no apt-get; install by hand what corresponds to: $*"; exit 3; }
  say "installing with apt-get: $*"
  for daemon in $QUIET; do
    case " $* " in
      *" $daemon "*|*" $daemon-imapd "*)
        if [ -d /run/systemd/system ]; then
          say "keeping the system's own $daemon from starting (systemctl unmask $daemon undoes it)"
          root systemctl mask --quiet "$daemon.service" "$daemon.socket"
        fi ;;
    esac
  done
  root env DEBIAN_FRONTEND=noninteractive apt-get update -q
  root env DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "$@"
}
# One question for all; a package that is not known at all is missing, too.
present=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' $wanted 2>/dev/null \
          | sed -n 's/^installed //p' || true)
missing=$(comm -23 <(tr -s ' \n' '\n' <<<"$wanted" | sed '/^$/d' | sort -u) <(sort -u <<<"$present"))
# shellcheck disable=SC2086 # a list of words
[ -z "$missing" ] || install $missing

# --- Node ------------------------------------------------------------------------------------------
export PATH="$PWD/target/tools/bin:$PATH"
version_of() { "$@" --version 2>/dev/null | grep -oE '[0-9]+(\.[0-9]+)+' | head -n 1 || true; }
if ! least "$(version_of node)" "$NODE"; then
  say "Node $NODE or newer is missing; taking it from the npm registry's package “node”"
  command -v npm >/dev/null || install npm
  mkdir -p target/tools/node
  npm install --silent --no-audit --no-fund --prefix target/tools/node "node@$NODE"
  mkdir -p target/tools/bin
  # The package keeps its binary in a package of its own for each platform.
  binary=$(find target/tools/node/node_modules -path '*/bin/node' -type f | head -n 1)
  ln -sf "$PWD/$binary" target/tools/bin/node
fi

# --- Rust ------------------------------------------------------------------------------------------
rust=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
[ -x "${CARGO_HOME:-$HOME/.cargo}/bin/cargo" ] && export PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"
# What is asked for its version must not fetch a toolchain for it.
if ! least "$(version_of env RUSTUP_AUTO_INSTALL=0 rustc)" "$rust"; then
  say "Rust $rust is missing; taking exactly that release with rustup from static.rust-lang.org"
  say "(the one step that reaches beyond the package registries; install Rust by hand to avoid it)"
  if ! command -v rustup >/dev/null; then
    fresh=$(mktemp)
    curl --proto '=https' --tlsv1.2 -fsS https://sh.rustup.rs -o "$fresh"
    sh "$fresh" -y --no-modify-path --profile minimal --default-toolchain none
    rm -f "$fresh"
    export PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"
  fi
  rustup toolchain install "$rust" --profile minimal --component rustfmt --component clippy
  # Before rust-toolchain.toml, which says stable; for this folder alone.
  rustup override set "$rust" >/dev/null
fi

# --- what drives the window under test ---------------------------------------------------------------
if [ $test = yes ] && ! compgen -G 'target/tools/.tauri-driver*' >/dev/null; then
  found=$(command -v tauri-driver || true)
  if [ -n "$found" ] && "$found" --help >/dev/null 2>&1; then
    mkdir -p target/tools
  else
    say "building tauri-driver $DRIVER (about a minute, once)"
    cargo install --quiet --locked --root target/tools tauri-driver --version "^$DRIVER"
  fi
  touch target/tools/.tauri-driver
fi

# --- what calendars are compared with ----------------------------------------------------------------
if [ $test = yes ]; then
  wishes=$(sha256sum < tests/calendars/requirements.txt)
  if [ "$(cat target/tools/python/.installed 2>/dev/null)" != "$wishes" ]; then
    say "installing python-dateutil and recurring_ical_events with pip, into target/tools/python"
    python3 -m pip --version >/dev/null 2>&1 || install python3-pip
    rm -rf target/tools/python
    python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore \
      --target target/tools/python --requirement tests/calendars/requirements.txt
    printf '%s\n' "$wishes" > target/tools/python/.installed
  fi
fi

# --- the window's packages ---------------------------------------------------------------------------
if [ -f ui/package-lock.json ]; then
  stamp=ui/node_modules/.installed
  lock=$(sha256sum < ui/package-lock.json)
  if [ "$(cat "$stamp" 2>/dev/null)" != "$lock" ]; then
    say "installing the window's packages with npm ci"
    npm ci --prefix ui --ignore-scripts --no-audit --no-fund --silent
    printf '%s\n' "$lock" > "$stamp"
  fi
fi
