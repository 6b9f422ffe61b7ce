#!/usr/bin/env bash
# Builds the plugin's zip, checks it by the rules of the plugin repository and scans what is in it with the
# programs that the repository scans with. See `make help`.
set -euo pipefail
cd "$(dirname "$0")/.."
tools=$PWD/build/package-venv/bin
zip=$(/usr/bin/python3 scripts/package.py build)
/usr/bin/python3 scripts/package.py check "$zip"
/usr/bin/python3 -m zipfile -e "$zip" build/package
cd build/package
"$tools/bandit" --quiet --recursive parcel_agglomeration
"$tools/detect-secrets" scan parcel_agglomeration | /usr/bin/python3 -c '
import json, sys
found = json.load(sys.stdin)["results"]
sys.exit(json.dumps(found, indent=1) if found else 0)'
# E203 and W503 are at odds with the formatter. QGS105: a plugin is handed its iface. QGS2*: experimental; where
# these methods fail they raise, or what they are called on is checked before.
"$tools/flake8" --max-line-length 120 --extend-ignore E203,W503,QGS105,QGS201,QGS202 parcel_agglomeration
printf 'package: %s, %s bytes, scanned by bandit, detect-secrets, flake8 and flake8-qgis\n' "$zip" "$(stat -c %s "$zip")"
