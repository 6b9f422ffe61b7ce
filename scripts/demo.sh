#!/usr/bin/env bash
# Takes the raw demonstration layers to zones with qgis_process and draws a map of them. Run it by `make demo`.
set -euo pipefail
cd "$(dirname "$0")/.."
data=resources/demo/demo.gpkg
results=build/demo
mkdir -p "$results"
rm -f "$results"/*

qgis_process run agglomeration:rawmodel -- \
    input="$data|layername=parcels_raw_partly_synthetic" \
    id_field=parcel_id \
    district_field=syn_distr \
    enterprises="$data|layername=enterprises_synthetic" \
    parcel_field=parcel_id \
    output_field=output \
    tax_field=tax \
    investment_field=investment \
    talent_field=staff_skilled \
    electricity_field=electricity \
    water_field=water \
    scale_field=above_scale \
    giant_field=little_giant \
    hightech_field=high_tech \
    buildings="$data|layername=buildings" \
    storeys_field=syn_storey \
    yards="$data|layername=yards_synthetic" \
    green="$data|layername=green_synthetic" \
    facilities="$data|layername=pois" \
    facility_class=class \
    distance=100 \
    planned_facilities="$data|layername=facilities_planned_synthetic" \
    planned_class=class \
    roads="$data|layername=roads" \
    road_type=type \
    places="$data|layername=pois" \
    place_type=type \
    planned_places="$data|layername=places_planned_synthetic" \
    planned_type=type \
    judgements="$data|layername=judgements_illustrative" \
    output="$results/zones.gpkg" \
    statistics="$results/statistics.csv" \
    moran="$results/moran.csv" \
    breaks="$results/breaks.csv" \
    cells="$results/cells.csv" \
    targets="$results/index_system_as_used.csv" \
    excluded="$results/excluded.csv" \
    facility_density="$results/facility_density.csv" \
    walk_coverage="$results/walk_coverage.csv" \
    access_points="$results/access_points.csv"

/usr/bin/python3 scripts/draw_zones.py "$results/zones.gpkg" "$results/zones.png"
/usr/bin/python3 scripts/zone_table.py "$results/statistics.csv"

echo
echo "Zoned layer  $PWD/$results/zones.gpkg"
echo "Statistics   $PWD/$results/statistics.csv"
echo "Map          $PWD/$results/zones.png"
