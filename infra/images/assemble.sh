#!/bin/sh
# Makes of this workspace what one of its programs needs to run, and nothing else: assemble.sh services/campaign /millrace
# The Dockerfile runs it in its first stage; a test runs it where there is no Docker. It installs into the working directory: give it a copy.
set -eu
folder=$1
target=$2

pnpm() {
  npx -y "pnpm@$(sed -n 's/.*"packageManager": "pnpm@\([^"]*\)".*/\1/p' package.json)" "$@"
}
# The braces mean a folder, the dots everything that it stands on.
own="{./$folder}..."

mkdir -p "$target"
if [ -f "$folder/web/vite.config.ts" ]; then
  # A web app is built with packages that its server does without.
  pnpm install --frozen-lockfile --filter "$own"
  (cd "$folder/web" && NODE_ENV=production node ../node_modules/vite/bin/vite.js build --outDir "$target/web" --emptyOutDir --logLevel warn)
  find . -name node_modules -prune -exec rm -rf {} +
fi
pnpm install --frozen-lockfile --prod --filter-prod "$own"

# The workspace keeps its links, because Node strips types only outside node_modules.
cp -R package.json pnpm-workspace.yaml node_modules "$target"
root=$(pwd)
pnpm list --filter-prod "$own" --depth -1 --parseable | while read -r project; do
  path=${project#"$root"/}
  mkdir -p "$target/$path"
  cp -R "$path/." "$target/$path"
  rm -rf "$target/$path/web"
done
find "$target" -name node_modules -prune -o -name '*.test.ts' -exec rm {} +
pnpm sbom --filter-prod "$own" --prod --sbom-type application --sbom-format cyclonedx > "$target/sbom.json"
