#!/usr/bin/env bash
# Links the plugin into the user's own QGIS profile, or removes that link: install.sh install|uninstall.
# PROFILE names the profile; PLUGINS, when set, is the plugins folder to use instead.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
name=parcel_agglomeration
data=${XDG_DATA_HOME:-$HOME/.local/share}/QGIS
profile=profiles/${PROFILE:-default}

# QGIS 3 and 4 keep their profiles apart; the plugin goes to each that is there.
folders=()
if [ -n "${PLUGINS:-}" ]; then
    folders=("$PLUGINS")
else
    for release in QGIS3 QGIS4; do
        [ ! -d "$data/$release/$profile" ] || folders+=("$data/$release/$profile/python/plugins")
    done
    if [ "${#folders[@]}" = 0 ] && [ "${PROFILE:-default}" = default ]; then
        folders=("$data/QGIS3/$profile/python/plugins")
    fi
fi
if [ "${#folders[@]}" = 0 ]; then
    echo "No QGIS profile named $PROFILE in $data; name another with PROFILE=..., or its plugins folder" \
        "(in QGIS: Settings > User Profiles > Open Active Profile Folder) with PLUGINS=..." >&2
    exit 1
fi

for folder in "${folders[@]}"; do
    link=$folder/$name
    if [ "$(readlink -f "$link")" = "$root" ] && [ -L "$link" ]; then
        ours=1
    elif [ -e "$link" ] || [ -L "$link" ]; then
        echo "$link is not a link to this folder: it is left as it is. Remove it first, in QGIS' plugin" \
            "manager or by hand." >&2
        exit 1
    else
        ours=0
    fi
    case $1 in
        install)
            [ "$ours" = 1 ] || { mkdir -p "$folder" && ln -s "$root" "$link"; }
            echo "Linked: $link"
            ;;
        uninstall)
            [ "$ours" = 0 ] || { rm "$link" && echo "Removed: $link"; }
            ;;
    esac
done
if [ "$1" = install ]; then
    "$(command -v /usr/bin/python3 || echo python3)" "$root/scripts/translations.py" build
    echo "Now start QGIS and tick Parcel Agglomeration in Plugins > Manage and Install Plugins > Installed."
fi
