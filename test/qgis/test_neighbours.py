"""The choice of neighbours as the toolbox offers it: districts, weights, measures, files, summary."""

import struct

import numpy as np
import pytest
from parcel_agglomeration.algorithms.autocorrelation.distance_weights import (
    inverse_distance,
    kernel_weights,
    link_distances,
)
from parcel_agglomeration.algorithms.autocorrelation.nearest_neighbours import distance_band, k_nearest
from parcel_agglomeration.algorithms.features import Parcels
from qgis.core import QgsProcessingException

KNN, BAND, CONTIGUITY, ROOK, FILE = range(5)
EQUAL, INVERSE, TRIANGULAR, EPANECHNIKOV, QUARTIC, GAUSSIAN = range(6)
CENTROIDS, POINTS, POLYGONS = range(3)


def square(x, y=0, size=10):
    return f"Polygon (({x} {y},{x + size} {y},{x + size} {y + size},{x} {y + size},{x} {y}))"


class Source:
    """A layer as a Processing source."""

    def __init__(self, layer):
        self.layer = layer

    def __getattr__(self, name):
        return getattr(self.layer, {"sourceCrs": "crs", "sourceName": "name"}.get(name, name))

    def getFeatures(self, request, flags):
        return self.layer.getFeatures(request)


@pytest.fixture
def scattered(layer):
    """60 points with a name, one of three parks and a value."""
    rng = np.random.default_rng(4)
    xy = rng.uniform(0, 1000, (60, 2)).round(3) + np.array([400000, 6170000])
    rows = [
        (f"Point ({x} {y})", f"P{i}", "ABC"[i % 3], float(x - 400000 + rng.normal(0, 200)))
        for i, (x, y) in enumerate(xy)
    ]
    made = layer("Point", "code:string park:string value:double", rows)
    made.xy = xy
    return made


def links(result):
    return {(row["from_id"], row["to_id"]): row["weight"] for row in result.rows()}


def expected(weights):
    weights = weights.row_standardised()
    triples = zip(weights.rows.tolist(), weights.indices.tolist(), weights.data.tolist(), strict=True)
    return {(f"P{i}", f"P{j}"): weight for i, j, weight in triples}


@pytest.mark.parametrize("settings", [{"K": 5}, {"NEIGHBOURS": BAND, "DISTANCE": 200}, {"NEIGHBOURS": BAND}])
def test_neighbours_are_of_the_same_district(run, scattered, settings):
    result = run("spatialweights", INPUT=scattered, ID_FIELD="code", DISTRICT="park", **settings)

    assert result["LINKS"] > 0
    for origin, near in links(result):
        assert (int(origin[1:]) - int(near[1:])) % 3 == 0
    assert result["COMPONENTS"] >= 3
    assert any("3 districts" in line for line in result.log.info)


def test_a_district_is_as_a_layer_of_its_own(run, scattered, layer):
    whole = links(run("spatialweights", INPUT=scattered, ID_FIELD="code", NEIGHBOURS=BAND, DISTRICT="park"))
    rows = [(feature.geometry().asWkt(6), feature["code"]) for feature in scattered.getFeatures("park = 'B'")]
    alone = run("spatialweights", INPUT=layer("Point", "code:string", rows), ID_FIELD="code", NEIGHBOURS=BAND)

    assert {pair: w for pair, w in whole.items() if int(pair[0][1:]) % 3 == 1} == pytest.approx(links(alone))


def test_bands_are_told_by_district_and_the_stretched_one_is_named(run, layer):
    rows = [(f"Point ({x} {y})", "near") for x in range(5) for y in range(5)]
    rows += [(f"Point ({x} {y})", "far") for x in range(50, 55) for y in range(5)] + [
        ("Point (500 0)", "far")
    ]
    result = run(
        "spatialweights", INPUT=layer("Point", "park:string", rows), NEIGHBOURS=BAND, DISTRICT="park"
    )

    assert any("far 446, near 1." in line for line in result.log.info)
    warnings = [line for line in result.log.warnings if "stretches" in line]
    assert len(warnings) == 1 and "“far”: it gives up to 25" in warnings[0]


def test_a_parcel_without_district_has_no_neighbours_and_is_counted(run, layer):
    rows = [(square(10 * x), park) for x, park in enumerate(["A", "A", None, "B", "B", None])]
    parcels = layer("Polygon", "park:string", rows)
    for settings in ({"K": 1}, {"NEIGHBOURS": BAND}, {"NEIGHBOURS": CONTIGUITY}, {"NEIGHBOURS": ROOK}):
        result = run("spatialweights", INPUT=parcels, DISTRICT="park", **settings)
        assert links(result).keys() == {("1", "2"), ("2", "1"), ("4", "5"), ("5", "4")}
        assert any("2 parcels have no district" in line for line in result.log.warnings)


def test_a_field_without_any_district_is_one_sentence(run, layer):
    parcels = layer("Polygon", "park:string", [(square(0), None), (square(10), None)])
    with pytest.raises(QgsProcessingException, match="No parcel has a district in field park"):
        run("spatialweights", INPUT=parcels, NEIGHBOURS=CONTIGUITY, DISTRICT="park")


@pytest.mark.parametrize("between", [CENTROIDS, POLYGONS])
def test_in_a_small_district_all_others_are_neighbours_and_it_is_named(run, layer, between):
    rows = [(square(20 * x), "large") for x in range(6)] + [(square(20 * x, 500), "small") for x in range(3)]
    rows.append((square(0, 900), "single"))
    parcels = layer("Polygon", "park:string", rows)
    result = run("spatialweights", INPUT=parcels, K=4, DISTRICT="park", BETWEEN=between)

    assert result.column("nb_n", "PARCELS") == [4] * 6 + [2] * 3 + [0]
    assert any("Districts of 4 parcels or fewer" in w and "single, small" in w for w in result.log.warnings)


def test_districts_are_codes_and_names(layer):
    parcels = layer("Point", "park:string", [("Point (0 0)", park) for park in ("b", None, "a", "b", "")])

    codes, names = Parcels(Source(parcels)).districts("park")
    assert (codes.tolist(), names) == ([1, -1, 0, 1, -1], ["a", "b"])


@pytest.mark.parametrize(
    ("weighting", "kernel"),
    [
        (TRIANGULAR, "triangular"),
        (EPANECHNIKOV, "epanechnikov"),
        (QUARTIC, "quartic"),
        (GAUSSIAN, "gaussian"),
    ],
)
def test_kernel_weights_are_those_of_the_band_or_of_the_farthest_neighbour(run, scattered, weighting, kernel):
    band, nearest = distance_band(scattered.xy, 200), k_nearest(scattered.xy, 5)

    by_band = run(
        "spatialweights", INPUT=scattered, ID_FIELD="code", NEIGHBOURS=BAND, DISTANCE=200, WEIGHTING=weighting
    )
    adaptive = run("spatialweights", INPUT=scattered, ID_FIELD="code", K=5, WEIGHTING=weighting)

    distance = link_distances(band, scattered.xy)
    assert links(by_band) == pytest.approx(expected(kernel_weights(band, distance, kernel, 200)))
    distance = link_distances(nearest, scattered.xy)
    assert links(adaptive) == pytest.approx(expected(kernel_weights(nearest, distance, kernel)))


@pytest.mark.parametrize("power", [1, 2])
def test_inverse_distance(run, scattered, power):
    nearest = k_nearest(scattered.xy, 5)
    result = run("spatialweights", INPUT=scattered, ID_FIELD="code", K=5, WEIGHTING=INVERSE, POWER=power)
    distance = link_distances(nearest, scattered.xy)
    assert links(result) == pytest.approx(expected(inverse_distance(nearest, distance, power)))
    assert not result.log.warnings


def test_parcels_at_the_same_place_are_warned_of_under_inverse_distance(run, layer):
    rows = [("Point (0 0)",), ("Point (0 0)",), ("Point (30 0)",)]
    result = run("spatialweights", INPUT=layer("Point", "", rows), K=2, WEIGHTING=INVERSE)

    assert any(line.startswith("2 links join parcels at the same place") for line in result.log.warnings)
    assert links(result) == dict.fromkeys(links(result), 0.5)


def test_contiguous_neighbours_are_weighted_by_the_distance_of_centroids(run, layer):
    rows = [(square(0),), (square(10),), (square(20, size=30),)]
    result = run("spatialweights", INPUT=layer("Polygon", "", rows), NEIGHBOURS=CONTIGUITY, WEIGHTING=INVERSE)
    # centroids 10 and sqrt(20^2 + 10^2) apart
    near, far = 1 / 10, 1 / np.hypot(20, 10)
    assert links(result)["2", "1"] == pytest.approx(near / (near + far))


def test_weights_by_distance_reach_the_statistics(run, scattered):
    nearest = k_nearest(scattered.xy, 5)
    weights = inverse_distance(nearest, link_distances(nearest, scattered.xy), 2).row_standardised()
    value = np.array([feature["value"] for feature in scattered.getFeatures()])
    z = value - value.mean()

    settings = {"INPUT": scattered, "FIELD": "value", "K": 5, "WEIGHTING": INVERSE, "POWER": 2}
    assert run("globalmoran", **settings)["MORAN_I"] == pytest.approx(z @ weights.lag(z) / (z @ z), abs=1e-12)
    lags = run("localmoran", **settings, PERMUTATIONS=99).column("lm_lag")
    assert lags == pytest.approx(weights.lag(value).tolist())


BENT = "Polygon ((0 0,100 0,100 10,10 10,10 100,0 100,0 0))"


def test_representative_points_lie_inside_bent_parcels(run, layer):
    # the centroid of an L is in its corner: there the small parcel is nearest to it
    parcels = layer("Polygon", "", [(BENT,), (square(25, 25),), (square(90, 20),), (square(20, 90),)])
    for between, inside in ((CENTROIDS, False), (POINTS, True)):
        result = run("spatialweights", INPUT=parcels, K=1, BETWEEN=between)
        start = next(f.geometry() for f in result.layer().getFeatures() if f["from_id"] == "1")
        point = start.asPolyline()[0]
        bent = next(parcels.getFeatures()).geometry()
        assert bent.contains(point) == inside


def test_distances_between_polygons(run, layer):
    # long parcels side by side are near, though their centroids are far apart
    long = "Polygon ((0 0,500 0,500 10,0 10,0 0))"
    parcels = layer("Polygon", "", [(long,), (square(490, 12),), (square(230, 60),), (square(270, 60),)])
    nearest = {
        between: links(run("spatialweights", INPUT=parcels, K=1, BETWEEN=between)).keys()
        for between in (CENTROIDS, POLYGONS)
    }
    assert ("1", "3") in nearest[CENTROIDS]
    assert ("1", "2") in nearest[POLYGONS]

    band = run("spatialweights", INPUT=parcels, NEIGHBOURS=BAND, BETWEEN=POLYGONS, DISTANCE=2)
    contiguous = run("spatialweights", INPUT=parcels, NEIGHBOURS=CONTIGUITY, TOLERANCE=2)
    assert links(band) == links(contiguous)
    assert links(band).keys() == {("1", "2"), ("2", "1")}


def test_neighbours_between_polygons_are_found_anew_among_those_with_a_value(run, layer):
    rows = [(square(20 * x), None if x == 1 else float(x)) for x in range(5)]
    result = run(
        "localmoran", INPUT=layer("Polygon", "value:double", rows), FIELD="value", K=1, BETWEEN=POLYGONS,
        PERMUTATIONS=99,
    )  # fmt: skip
    assert result.column("lm_lag")[0] == 2


@pytest.mark.parametrize(
    ("geometry", "settings", "said"),
    [
        ("Point (0 0)", {"BETWEEN": POLYGONS, "K": 1}, "need polygons"),
        (square(0), {"BETWEEN": POLYGONS, "NEIGHBOURS": BAND}, "needs a band distance"),
    ],
)
def test_what_cannot_be_measured_is_one_sentence(run, layer, geometry, settings, said):
    kind = geometry.split(maxsplit=1)[0]
    with pytest.raises(QgsProcessingException, match=said):
        run("spatialweights", INPUT=layer(kind, "", [(geometry,), (geometry,)]), **settings)


def test_the_summary_is_counted_listed_and_mapped(run, layer):
    rows = [(square(x),) for x in (0, 10, 20, 100, 110, 200)] + [(None,)]
    result = run("spatialweights", INPUT=layer("Polygon", "", rows), NEIGHBOURS=CONTIGUITY)

    assert result.rows("NEIGHBOUR_COUNTS") == [
        {"neighbours": 0, "parcels": 2}, {"neighbours": 1, "parcels": 4}, {"neighbours": 2, "parcels": 1},
    ]  # fmt: skip
    assert result.column("nb_n", "PARCELS") == [1, 2, 1, 1, 1, 0, 0]
    assert result.column("nb_comp", "PARCELS") == [1, 1, 1, 2, 2, 3, 4]
    assert (result["LINKS"], result["ISLANDS"], result["COMPONENTS"], result["SYMMETRIC"]) == (6, 2, 4, 1)
    assert [result[f"{kind}_NEIGHBOURS"] for kind in ("MIN", "MEAN", "MAX")] == [0, 6 / 7, 2]
    assert any("Parcels by number of neighbours: 0: 2, 1: 4, 2: 1." in line for line in result.log.info)
    assert any(
        "4 components, the largest of 3 parcels; 2 islands; 100.0 %" in line for line in result.log.info
    )


def test_the_share_of_symmetric_links(run, layer):
    # each is the nearest of the one to its left, the last two are each other's
    rows = [(f"Point ({x} 0)",) for x in (0, 10, 18, 24)]
    assert run("spatialweights", INPUT=layer("Point", "", rows), K=1)["SYMMETRIC"] == 0.5


def test_faulty_geometries_are_counted(run, layer):
    bow_tie = "Polygon ((300 0,310 10,310 0,300 10,300 0))"
    two_parts = "MultiPolygon (((0 50,10 50,10 60,0 60,0 50)),((20 50,30 50,30 60,20 60,20 50)))"
    rows = [
        square(0), square(0),  # a duplicate
        square(100), square(105), square(114.9995),  # the last shares half of a ten-thousandth only
        square(200), square(202, 2, 3), two_parts, bow_tie, None,
    ]  # fmt: skip
    parcels = layer("MultiPolygon", "", [(wkt,) for wkt in rows])
    result = run("spatialweights", INPUT=parcels, K=2)
    assert [line for line in result.log.warnings if "Geometries" in line] == [
        "Geometries of the parcels: 1 without geometry, 1 multipart, 1 invalid, 1 duplicates of another one, "
        "4 overlapping another one."
    ]
    silent = run("spatialweights", INPUT=parcels, K=2, CHECK_GEOMETRY=False)
    assert not silent.log.warnings
    clean = run("spatialweights", INPUT=layer("Polygon", "", [(square(0),), (square(10),)]), K=1)
    assert not clean.log.warnings


def test_a_file_of_arcgis_is_read_by_the_id_field(run, layer, tmp_path):
    # parcels 7, 8, 9 in a line; 9 has no neighbour in the file
    path = tmp_path / "parcels.swm"
    path.write_bytes(
        b"ID;Unknown\n"
        + struct.pack("<2i", 3, 0)
        + struct.pack("<3i2d", 7, 1, 8, 3.0, 3.0)
        + struct.pack("<2i", 9, 0)
        + struct.pack("<4i3d", 8, 2, 7, 9, 1.0, 3.0, 4.0)
    )
    rows = [(f"Point ({x} 0)", x, park) for x, park in ((8, "A"), (9, "B"), (7, "A"))]
    parcels = layer("Point", "number:integer park:string", rows)
    settings = {"INPUT": parcels, "ID_FIELD": "number", "NEIGHBOURS": FILE, "WEIGHTS_FILE": str(path)}

    assert links(run("spatialweights", **settings)) == {("7", "8"): 1, ("8", "7"): 0.25, ("8", "9"): 0.75}
    within = run("spatialweights", **settings, DISTRICT="park", WEIGHTING=INVERSE)
    assert links(within) == {("7", "8"): 1, ("8", "7"): 1}
    assert any("weights of the file count" in line for line in within.log.warnings)


def test_a_file_may_link_parcels_without_geometry(run, layer, tmp_path):
    path = tmp_path / "w.gal"
    path.write_text("1 1\n2\n2 1\n1\n")
    parcels = layer("Point", "", [("Point (0 0)",), (None,)])
    result = run("spatialweights", INPUT=parcels, NEIGHBOURS=FILE, WEIGHTS_FILE=str(path))
    assert links(result) == {("1", "2"): 1, ("2", "1"): 1}
    assert not any(feature.hasGeometry() for feature in result.layer().getFeatures())


def shuffled_gal(run, path, **settings):
    """The neighbours of a layer as a .gal file with its parcels in reverse order."""
    run("spatialweights", WEIGHTS=str(path), **settings)
    header, *lines = path.read_text(encoding="utf-8").splitlines()
    pairs = list(zip(lines[::2], lines[1::2], strict=True))
    path.write_text(
        "\n".join([header, *(line for pair in pairs[::-1] for line in pair)]) + "\n", encoding="utf-8"
    )
    return {"NEIGHBOURS": FILE, "WEIGHTS_FILE": str(path)}


@pytest.mark.parametrize(
    ("algorithm", "settings"),
    [
        ("globalmoran", {"FIELD": "value", "PERMUTATIONS": 99}),
        ("localmoran", {"FIELD": "value", "PERMUTATIONS": 99}),
        ("localgeary", {"FIELD": "value", "PERMUTATIONS": 99}),
        ("hotspots", {"FIELD": "value", "PERMUTATIONS": 99}),
        ("joincounts", {"FIELD": "park", "PERMUTATIONS": 99}),
    ],
)
def test_every_statistic_reads_a_written_file_by_the_id_field(run, scattered, tmp_path, algorithm, settings):
    file = shuffled_gal(run, tmp_path / "w.gal", INPUT=scattered, ID_FIELD="code", K=5)
    by_file = run(algorithm, INPUT=scattered, ID_FIELD="code", **settings, **file)
    assert by_file.rows() == run(algorithm, INPUT=scattered, K=5, **settings).rows()
    assert by_file.rows() != run(algorithm, INPUT=scattered, K=3, **settings).rows()


def test_an_evaluation_reads_a_written_file_by_the_id_field(run, demo, tmp_path):
    bridged = {"NEIGHBOURS": CONTIGUITY, "TOLERANCE": 20}
    file = shuffled_gal(run, tmp_path / "w.gal", INPUT=demo(), ID_FIELD="parcel_id", **bridged)
    system = demo("index_system_synthetic_fields")
    by_file, chosen, other = (
        run("evaluate", INPUT=demo(), INDEX_SYSTEM=system, ID_FIELD="parcel_id", **neighbours).rows("MORAN")
        for neighbours in (file, bridged, {})
    )
    assert by_file == chosen != other


def test_a_tolerance_is_suggested_by_the_chosen_rule(run, layer):
    # the corners are 0.42 apart, and no sides face each other
    parcels = layer("Polygon", "", [(square(0),), (square(10.3, 10.3),)])
    said = {
        rule: run("spatialweights", INPUT=parcels, NEIGHBOURS=rule).log.warnings[-1]
        for rule in (CONTIGUITY, ROOK)
    }
    assert "A tolerance of 0.43 would leave 0 alone" in said[CONTIGUITY]
    assert "Use k nearest, or a larger tolerance" in said[ROOK]


def test_a_tolerance_is_suggested_for_the_parcels_with_a_value(run, layer):
    # the one between the lonely two has no value: these are 6 apart
    rows = [
        (square(0), 1),
        (square(10.05, 0, 5.9), None),
        (square(16), 2),
        (square(100), 3),
        (square(110), 4),
    ]
    parcels = layer("Polygon", "value:double", rows)
    said = run("globalmoran", INPUT=parcels, FIELD="value", NEIGHBOURS=CONTIGUITY).log.warnings
    assert any(
        "2 of 4 parcels have no neighbour. A tolerance of 6 would leave 0 alone" in line for line in said
    )


def test_progress_moves_while_neighbours_are_found(run, scattered, monkeypatch):
    from parcel_agglomeration.algorithms.autocorrelation import nearest_neighbours

    monkeypatch.setattr(nearest_neighbours, "BLOCK", 100)
    result = run("localmoran", INPUT=scattered, FIELD="value", K=5, PERMUTATIONS=99)
    steps = result.log.steps
    assert steps == sorted(steps)
    assert len({step for step in steps if 20 < step < 36}) >= 3


def test_a_run_can_be_cancelled_while_columns_are_read(layer, monkeypatch):
    from parcel_agglomeration.algorithms import features

    monkeypatch.setattr(features, "_BLOCK", 2)
    parcels = layer("Point", "a:double b:string", [("Point (0 0)", i, str(i)) for i in range(5)])
    checks = []
    read = Parcels(Source(parcels), check=lambda: checks.append(1))
    for column in (lambda: read.numbers("a"), lambda: read.column("b")):
        checks.clear()
        column()
        assert len(checks) == 3
    assert read.texts("b") == list("01234")
