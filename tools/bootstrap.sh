#!/bin/sh
# Installs what every command needs: the packages of the lock file, the project's own Node among them.
# Needs a POSIX shell and some Node from 18 on; costs nothing when the lock file has not changed.
set -eu
cd "$(dirname "$0")/.."

stamp=node_modules/.millrace-stamp
wanted=$(cat pnpm-lock.yaml pnpm-workspace.yaml package.json packages/*/package.json services/*/package.json tools/*/package.json | cksum)
if [ -x node_modules/.bin/node ] && [ "$(cat "$stamp" 2>/dev/null || true)" = "$wanted" ]; then exit 0; fi

if ! command -v node >/dev/null 2>&1 || ! command -v npx >/dev/null 2>&1; then
  echo "Millrace needs Node 18 or newer with npx to install its own Node 24: install it from https://nodejs.org and run make again" >&2
  exit 1
fi
version=$(node --version)
major=${version#v}
major=${major%%.*}
if [ "$major" -lt 18 ]; then
  echo "Millrace needs Node 18 or newer to install its own Node 24, but $(command -v node) is $version: install a newer one from https://nodejs.org and run make again" >&2
  exit 1
fi

echo "installing the packages of pnpm-lock.yaml (about 30 seconds the first time)"
npx -y "pnpm@$(sed -n 's/.*"packageManager": "pnpm@\([^"]*\)".*/\1/p' package.json)" install --frozen-lockfile
printf '%s\n' "$wanted" >"$stamp"
