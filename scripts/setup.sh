#!/usr/bin/env bash
# Makes the checkout ready to run ("setup.sh run") or to be tested as well ("setup.sh test"). Everything it
# writes is in build/, but for Debian packages; done once, it does nothing. See `make help`.
set -euo pipefail
cd "$(dirname "$0")/.."
python=/usr/bin/python3
tests=0
[ "${1:-run}" = test ] && tests=1
export PYTHONNOUSERSITE=1
exec >&2

say() { printf 'set-up: %s\n' "$*"; }
die() { say "$@"; exit 1; }

link_plugin() {
    mkdir -p build/plugins build/runtime build/profile/profiles/default/QGIS
    [ -w build/plugins ] || die "build/ belongs to $(stat -c %U build); remove it (sudo make clean)"
    chmod 0700 build/runtime
    ln -sfn ../.. build/plugins/parcel_agglomeration
    # In a profile of its own QGIS loads only plugins enabled there. QGIS 4 has its settings in QGIS4.ini.
    local ini
    for ini in build/profile/profiles/default/QGIS/QGIS{3,4}.ini; do
        grep -qs '^parcel_agglomeration=true' "$ini" ||
            printf '\n[PythonPlugins]\nparcel_agglomeration=true\n' >>"$ini"
    done
}

missing_packages() {
    if [ -x "$python" ]; then
        "$python" scripts/probe.py missing "$tests"
    else
        printf '%s\n' qgis python3-qgis qgis-providers fonts-wqy-microhei python3-scipy python3-pandas
        [ "$tests" = 0 ] || echo python3-venv
    fi
}

install_packages() {
    local id='' version='' install=(bash scripts/debian_packages.sh "$@")
    if [ -r /etc/os-release ]; then
        id=$(. /etc/os-release && echo "${ID:-}")
        version=$(. /etc/os-release && echo "${VERSION_ID:-}")
    fi
    # Debian's testing and unstable have no version number.
    if [ "$id" != debian ] || [ "${version:-99}" -lt 12 ]; then
        explain "$id" "$@"
    fi
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null || die "packages are missing and installing them needs root. In $PWD run this," \
            $'then make again:\n ' "su -c '${install[*]}'"
        install=(sudo "${install[@]}")
    fi
    say "installing $*, with what they need (some minutes; the log is /var/log/apt/term.log)"
    "${install[@]}" || die "the packages could not be installed; to try again: ${install[*]}"
}

explain() {
    local id=$1
    shift
    say "this set-up installs packages on Debian 12 and newer only. Install these here, then run make again:"
    say "  QGIS 3.40 or newer, with qgis_process in the PATH and its Python modules for $python"
    say "  for the same Python: numpy, scipy, pandas; venv to run the tests"
    say "  for Chinese labels on maps: any font with Chinese characters"
    say "Missing, by the names of Debian's packages: $*"
    case $id in
        ubuntu | linuxmint) say "Try: sudo apt-get install --no-install-recommends $*" ;;
        fedora) say "Try: sudo dnf install qgis python3-qgis python3-scipy python3-pandas" ;;
        arch) say "Try: sudo pacman -S qgis python-scipy python-pandas" ;;
    esac
    exit 1
}

# Quick when nothing changed since it last came to its end.
system_packages() {
    local stamp=build/system-$tests.stamp missing wished
    if [ -x "$python" ] && [ -e "$stamp" ] && [ "$("$python" scripts/probe.py versions)" = "$(cat "$stamp")" ]; then
        return
    fi
    missing=$(missing_packages)
    if [ -n "$missing" ]; then
        # shellcheck disable=SC2086 # one word per package
        install_packages $missing
        missing=$("$python" scripts/probe.py missing "$tests")
        [ -z "$missing" ] || die "still missing after installing: ${missing//$'\n'/ }"
    fi
    wished=$("$python" scripts/probe.py wished "$tests")
    if [ -n "$wished" ]; then
        # shellcheck disable=SC2086
        (install_packages $wished) || say "going on without ${wished//$'\n'/ }"
    fi
    "$python" scripts/probe.py versions >"$stamp"
}

test_environment() {
    local stamp=build/venv/requirements.stamp wanted
    wanted=$("$python" scripts/probe.py constraints)
    if [ -e "$stamp" ] && [ "$(cat build/constraints.txt requirements-test.txt)" = "$(cat "$stamp")" ] &&
        [ "$(cat build/constraints.txt)" = "$wanted" ] && build/venv/bin/python -c ''; then
        return
    fi
    say "making build/venv for the tests"
    if [ "$(cat build/constraints.txt 2>/dev/null)" != "$wanted" ] || ! build/venv/bin/python -c '' 2>/dev/null; then
        "$python" -m venv --clear --system-site-packages build/venv
        printf '%s\n' "$wanted" >build/constraints.txt
    fi
    build/venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input \
        -c build/constraints.txt -r requirements-test.txt
    # pyproj, which geopandas imports, looks for PROJ's data under the environment and warns of its absence.
    if [ -d /usr/share/proj ]; then
        mkdir -p build/venv/share
        ln -sfn /usr/share/proj build/venv/share/proj
    fi
    cat build/constraints.txt requirements-test.txt >"$stamp"
}

link_plugin
system_packages
"$python" scripts/translations.py build
[ "$tests" = 0 ] || test_environment
