#!/usr/bin/env bash
# Prints the environment in which QGIS sees this checkout's plugin, and a profile of its own in build/
# instead of the user's: eval "$(scripts/env.sh)".
set -euo pipefail
build=$(cd "$(dirname "$0")/.." && pwd)/build

line() {
    printf "export %s='%s'\n" "$1" "$(sed "s/'/'\\\\''/g" <<<"$2")"
}

line QT_QPA_PLATFORM offscreen
line QGIS_PLUGINPATH "$build/plugins"
line QGIS_CUSTOM_CONFIG_PATH "$build/profile"
line XDG_RUNTIME_DIR "$build/runtime"
line PYTHONNOUSERSITE 1
# Without UTF-8, Qt cannot open files with Chinese names.
if [ "$(locale charmap 2>/dev/null)" != UTF-8 ]; then
    line LC_ALL C.UTF-8
fi
