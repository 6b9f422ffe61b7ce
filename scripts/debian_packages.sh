#!/usr/bin/env bash
# Installs the Debian packages named as arguments, QGIS from backports where the release has an older one.
# Runs as root, on Debian only.
set -euo pipefail
. "$(dirname "$0")/debian_sources.sh"
# After plain su the folders of dpkg's helpers are missing from PATH.
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 PATH=/usr/local/sbin:/usr/sbin:/sbin:$PATH
minimum_qgis=3.40
source_list=/etc/apt/sources.list.d/parcel-agglomeration-backports

say() { printf 'set-up: %s\n' "$*" >&2; }
die() { say "$@"; exit 1; }
recent() { dpkg --compare-versions "$1" ge "$minimum_qgis"; }
update() { apt-get update -qq || say "some package sources could not be read; going on with the others"; }
offered_qgis() { apt-cache madison qgis | awk -F' *[|] *' -v suite=" $1/" 'index($3, suite) && !n++ {print $2}'; }

[ "$(id -u)" = 0 ] || die "scripts/debian_packages.sh must run as root"
codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
target=()
update
if [[ " $* " == *" qgis "* ]]; then
    candidate=$(apt-cache policy qgis | awk '/Candidate:/ {print $2}')
    [[ $candidate == [0-9]* ]] || die "apt-get knows no package qgis: check the network and the package sources"
    if ! recent "$candidate"; then
        backports=$codename-backports
        if [ -z "$(offered_qgis "$backports")" ]; then
            entry=$(entry_for "$backports")
            case $entry in
                deb\ *) file=$source_list.list ;;
                Types:*) file=$source_list.sources ;;
                *) die "Debian $codename has QGIS $candidate and $minimum_qgis or newer is needed: add $backports" \
                    "to the package sources and run this again (no entry for Debian's main archive was found" \
                    "there to take it from)" ;;
            esac
            say "adding $backports, from where this machine gets Debian, as $file"
            printf '%s\n' "$entry" >"$file"
            update
        fi
        recent "$(offered_qgis "$backports")" ||
            die "neither Debian $codename nor $backports has QGIS $minimum_qgis or newer (found:" \
                "$candidate, $(offered_qgis "$backports"))"
        target=(-t "$backports")
    fi
fi
# The tests start a server of their own: none is to run on this machine because of them.
if [[ " $* " == *" postgresql "* ]] && [ ! -e /etc/postgresql-common/createcluster.conf ]; then
    mkdir -p /etc/postgresql-common
    echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
fi
# --no-remove: whatever else is on the machine stays there.
apt-get install -y -qq --no-install-recommends --no-remove -o DPkg::Lock::Timeout=600 "${target[@]}" "$@" \
    >/dev/null
