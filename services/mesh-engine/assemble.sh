#!/bin/sh
# Makes of this folder what the mesh engine needs to run, and nothing else: assemble.sh /mesh-engine
# The Dockerfile runs it in its first stage; a test runs it where there is no Docker.
set -eu
target=$1

mkdir -p "$target"
python3 -m pip install --no-cache-dir --disable-pip-version-check --no-compile --quiet --target "$target/packages" -r requirements.txt
cp -R mesh_engine "$target"
find "$target" -name __pycache__ -prune -exec rm -rf {} +
# Every package with its version, as a bill of materials.
python3 - "$target/packages" > "$target/sbom.json" <<'PROGRAM'
import json
import sys
from importlib.metadata import distributions

found = sorted((one.metadata["Name"], one.version) for one in distributions(path=[sys.argv[1]]))
components = [
    {"type": "library", "name": name, "version": version, "purl": f"pkg:pypi/{name.lower()}@{version}"}
    for name, version in found
]
print(json.dumps({"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "components": components}, indent=1))
PROGRAM
