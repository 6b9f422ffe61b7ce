#!/usr/bin/env bash
# Runs the tests on other releases of Debian, each a system of its own in build/matrix: test_matrix.sh SUITE...
# Takes the committed state of this checkout, and package sources, certificates and pip's settings from this
# system. Needs root, Debian and mmdebstrap; a system that is there is used again. See `make help`.
set -euo pipefail
. "$(dirname "$0")/debian_sources.sh"
cd "$(dirname "$0")/.."
checkout=$PWD
cases=${PARCEL_CASES:-$checkout/../shared/cases}

say() { printf 'matrix: %s\n' "$*" >&2; }
die() { say "$@"; exit 1; }

bootstrap() {
    local suite=$1 system=$2 entry
    entry=$(entry_for "$suite")
    [ -n "$entry" ] || die "no entry for Debian's main archive was found in this system's package sources"
    say "making a system of Debian $suite"
    rm -rf "$system.part"
    # An archive that is a snapshot may be older than its date of expiry.
    mmdebstrap --quiet --variant=minbase --include=ca-certificates,git,make \
        --aptopt='Acquire::Check-Valid-Until "false"' "$suite" "$system.part" - <<<"$entry"
    mv "$system.part" "$system"
}

# mount_at SYSTEM FOLDER [SOURCE]: makes a folder of this system visible at the same place in the other one.
mount_at() {
    local place=$1$2 source=${3:-$2}
    mkdir -p "$place"
    mount --bind "$source" "$place"
}

test_on() {
    local suite=$1 system=$checkout/build/matrix/$1 copy=/srv/parcel_agglomeration file
    [ -d "$system" ] || bootstrap "$suite" "$system"
    for file in /etc/resolv.conf /etc/hosts /etc/pip.conf /etc/xdg/pip "$HOME/.config/pip"; do
        if [ -e "$file" ]; then
            mkdir -p "$(dirname "$system$file")"
            cp -rLT "$file" "$system$file"
        fi
    done
    rm -rf "$system$copy.new"
    git clone --quiet --no-hardlinks "$checkout" "$system$copy.new"
    # What the set-up made there stays; it knows whether that is still good.
    if [ -d "$system$copy/build" ]; then
        mv "$system$copy/build" "$system$copy.new/build"
    fi
    rm -rf "${system:?}$copy"
    mv "$system$copy.new" "$system$copy"
    mount_at "$system" /proc
    mount_at "$system" /dev
    mount_at "$system" /etc/ssl
    [ ! -d "$cases" ] || mount_at "$system" /srv/cases "$cases"
    say "testing on Debian $suite"
    chroot "$system" /usr/bin/env -i HOME="$HOME" PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 \
        PARCEL_CASES=/srv/cases PYTEST_ARGS="${PYTEST_ARGS:-}" make -C "$copy" test
}

[ $# -gt 0 ] || die "name the releases to test on: test_matrix.sh forky"
[ "$(id -u)" = 0 ] || die "this must run as root"
command -v mmdebstrap >/dev/null || bash scripts/debian_packages.sh mmdebstrap
mkdir -p build/matrix
# Mounts in a namespace of their own end with the run, however it ends.
if [ "${MATRIX_MOUNTS:-}" != private ]; then
    MATRIX_MOUNTS=private exec unshare --mount --propagation private bash scripts/test_matrix.sh "$@"
fi
for suite in "$@"; do test_on "$suite"; done
