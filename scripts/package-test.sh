#!/usr/bin/env bash
# The packages as a person meets them: what is in them, installed (on a machine of its own: CI=true and
# root; unpacked elsewhere), and both programs started once. Wants a finished `make test` build.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/paths.sh
packages=$(scripts/package.sh --debug)
deb=$(grep '\.deb$' <<<"$packages")
rpm=$(grep '\.rpm$' <<<"$packages")
lists() { grep -xF "$1" >/dev/null || { echo "package-test: $2 lacks $1" >&2; exit 1; }; }
for file in /usr/bin/hotfix-desk /usr/bin/hotfix '/usr/share/applications/Hotfix Desk.desktop'; do
  dpkg-deb --fsys-tarfile "$deb" | tar -t | sed 's,^\.*/*,/,' | lists "$file" "$deb"
  rpm -qpl --nosignature "$rpm" | lists "$file" "$rpm"
done

root=
if [ "${CI:-}" = true ] && [ "$(id -u)" = 0 ]; then
  dpkg -i "$deb" >&2
  trap 'dpkg -r hotfix-desk >&2' EXIT
else
  root=$(mktemp -d)
  trap 'rm -rf "$root"' EXIT
  dpkg-deb -x "$deb" "$root"
fi
"$root/usr/bin/hotfix" --version
target/debug/demo installed "$root/usr/bin/hotfix-desk"
echo "package-test: $(basename "$deb") and $(basename "$rpm") are whole, and their programs start"
