#!/bin/sh
# Installs EvilTwin from the unpacked tarball as a systemd service. Run it as root; twice does no harm, and a newer tarball upgrades.
set -eu

usage() {
  cat <<'TEXT'
Usage: ./install.sh [--prefix DIRECTORY] [--no-service]

  --prefix DIRECTORY  where the program goes (default: /opt/eviltwin)
  --no-service        only the program: no user, no /etc/eviltwin, no systemd unit

Needs Node 20.19 or newer with npm. State is kept in /var/lib/eviltwin, settings in /etc/eviltwin/eviltwin.env.
To remove it: systemctl disable --now eviltwin eviltwin-tail; rm -r /opt/eviltwin /etc/systemd/system/eviltwin*.service
TEXT
}

fail() {
  echo "install.sh: $1" >&2
  exit 1
}

prefix=/opt/eviltwin
service=yes
while [ $# -gt 0 ]; do
  case $1 in
    --prefix)
      [ $# -ge 2 ] || fail '--prefix needs a directory'
      prefix=$2
      shift
      ;;
    --no-service) service=no ;;
    --help | -h)
      usage
      exit 0
      ;;
    *)
      usage >&2
      exit 2
      ;;
  esac
  shift
done

source=$(cd "$(dirname "$0")" && pwd)
[ -f "$source/server/bin/eviltwin.mjs" ] || fail "run it in the directory of the unpacked tarball; $source is another one"
command -v node >/dev/null || fail 'Node is missing: install version 20.19 or newer, see https://nodejs.org'
command -v npm >/dev/null || fail 'npm is missing: it comes with Node, or as the package npm'
node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' ||
  fail "EvilTwin needs Node 20.19 or newer; this is $(node --version)"
if [ "$service" = yes ]; then
  [ "$(id -u)" = 0 ] || fail 'run it as root, or with --no-service'
  command -v systemctl >/dev/null || fail 'systemd is missing: use --no-service and start server/bin/eviltwin.mjs yourself'
fi

# The new version is complete beside the old one before it takes its place.
new="$prefix.new"
rm -rf "$new"
mkdir -p "$new"
cp -R "$source/." "$new/"
echo "Installing dependencies ..." >&2
(cd "$new" && npm ci --omit=dev --no-audit --no-fund --loglevel=error --workspace eviltwin --workspace @eviltwin/contract >&2)
rm -rf "$prefix.old"
[ ! -e "$prefix" ] || mv "$prefix" "$prefix.old"
mv "$new" "$prefix"
rm -rf "$prefix.old"
version=$(node "$prefix/server/bin/eviltwin.mjs" --version)

if [ "$service" = no ]; then
  echo "EvilTwin $version is in $prefix. Start it: DATA_DIR=... node $prefix/server/bin/eviltwin.mjs start"
  exit 0
fi
id eviltwin >/dev/null 2>&1 ||
  useradd --system --home-dir /var/lib/eviltwin --no-create-home --shell /usr/sbin/nologin eviltwin
mkdir -p /etc/eviltwin
if [ ! -e /etc/eviltwin/eviltwin.env ]; then
  (umask 077 && echo '# Settings, one NAME=value a line: see docs/configuration.md' >/etc/eviltwin/eviltwin.env)
fi
for unit in eviltwin eviltwin-tail; do
  sed "s|/opt/eviltwin|$prefix|g" "$prefix/deploy/systemd/$unit.service" >"/etc/systemd/system/$unit.service"
done
systemctl daemon-reload
systemctl enable eviltwin
systemctl restart eviltwin
systemctl try-restart eviltwin-tail
cat <<TEXT
EvilTwin $version runs as the service eviltwin on http://localhost:8000.
Its first start writes the administrator's password and the first sensor key to the journal, once. After some seconds:
  journalctl --unit eviltwin --output cat | grep 'shown this once'
TEXT
