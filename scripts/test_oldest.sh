#!/usr/bin/env bash
# Runs the tests of the optional engines with the oldest releases of jenkspy, esda and libpysal that serve
# (requirements-oldest.txt). See `make help`.
set -euo pipefail
cd "$(dirname "$0")/.."
environment=build/oldest-venv
wanted=$(cat build/constraints.txt requirements-oldest.txt)
if [ "$(cat $environment/requirements.stamp 2>/dev/null)" != "$wanted" ]; then
    /usr/bin/python3 -m venv --clear --system-site-packages $environment
    $environment/bin/python -m pip install --quiet --disable-pip-version-check --no-input \
        -c build/constraints.txt -r requirements-oldest.txt
    printf '%s\n' "$wanted" >$environment/requirements.stamp
fi
eval "$(scripts/env.sh)"
[ $# -gt 0 ] || set -- test/test_optional_packages.py test/autocorrelation/test_pysal_engine.py \
    test/autocorrelation/test_foreign_weights.py test/autocorrelation/test_weights_file.py \
    test/classification/test_jenkspy_engine.py test/qgis/test_engines.py
$environment/bin/python -m pytest "$@"
