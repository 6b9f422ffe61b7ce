#!/usr/bin/env bash
# Evaluates the demonstration parcels with qgis_process and draws a map of the zones. Run it by `make demo`.
set -euo pipefail
cd "$(dirname "$0")/.."
data=resources/demo/demo.gpkg
results=build/demo
mkdir -p "$results"
rm -f "$results"/*

qgis_process run agglomeration:evaluate -- \
    INPUT="$data|layername=parcels_partly_synthetic" \
    INDEX_SYSTEM="$data|layername=index_system_synthetic_fields" \
    JUDGEMENTS="$data|layername=judgements_illustrative" \
    ID_FIELD=parcel_id \
    DISTRICT_FIELD=syn_distr \
    OUTPUT="$results/zones.gpkg" \
    STATISTICS="$results/statistics.csv" \
    MORAN="$results/moran.csv" \
    BREAKS="$results/breaks.csv" \
    CELLS="$results/cells.csv" \
    TARGETS="$results/index_system_as_used.csv" \
    EXCLUDED_PARCELS="$results/excluded.csv"

/usr/bin/python3 scripts/draw_zones.py "$results/zones.gpkg" "$results/zones.png"
/usr/bin/python3 scripts/zone_table.py "$results/statistics.csv"

echo
echo "Zoned layer  $PWD/$results/zones.gpkg"
echo "Statistics   $PWD/$results/statistics.csv"
echo "Map          $PWD/$results/zones.png"
