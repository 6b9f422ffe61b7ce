"""Neighbours of polygons, against counts that follow from the figure, GEOS, libpysal and spdep."""

import csv

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from parcel_agglomeration.algorithms.autocorrelation import _arrays
from parcel_agglomeration.algorithms.autocorrelation.contiguity import contiguity, rook
from parcel_agglomeration.algorithms.autocorrelation.outlines import Boundaries
from parcel_agglomeration.algorithms.errors import ParcelDataError

CADASTRES = ["parcels_ebelsbach_de", "parcels_bubenec_cz", "parcels_edigeo_fr"]
CLASSICS = {
    "sa_columbus": ("columbus", 236),
    "sa_nc": ("nc", 490),
    "sa_boston": ("boston_tracts", 2910),
    "sa_chicago": ("chicago_comm", 394),
    "sa_guerry": ("Guerry", 420),
    "sa_natregimes": ("natregimes", 18168),
}


def pairs(weights):
    return set(zip(weights.rows.tolist(), weights.indices.tolist(), strict=True))


def both_ways(*links):
    return {(i, j) for i, j in links} | {(j, i) for i, j in links}


def polygons(*sites):
    """Boundaries of sites that are lists of rings; a ring is a list of vertices."""
    rings = [ring for site in sites for ring in site]
    return Boundaries(
        np.array([vertex for ring in rings for vertex in ring], dtype=float).reshape(-1, 2),
        np.cumsum([0] + [len(ring) for ring in rings]),
        np.array([number for number, site in enumerate(sites) for _ in site], dtype=int),
        len(sites),
    )


def box(x, y, width=1.0, height=1.0):
    return [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]


def boxes(*corners_and_sizes):
    return polygons(*([box(*each)] for each in corners_and_sizes))


def grid(side, step=1.0):
    """Unit squares, ``step`` apart, row after row."""
    return boxes(*((step * column, step * row) for row in range(side) for column in range(side)))


def moved(boundaries, by=0.0, scale=1.0):
    return Boundaries(boundaries.xy * scale + by, boundaries.ring_start, boundaries.site, boundaries.n)


def test_a_row_of_squares_is_a_line():
    row = boxes((0, 0), (1, 0), (2, 0))

    assert pairs(contiguity(row)) == pairs(rook(row)) == both_ways((0, 1), (1, 2))


def test_squares_4_by_4_have_24_rook_and_42_queen_joins():
    assert rook(grid(4)).indices.size == 2 * 24
    assert contiguity(grid(4)).indices.size == 2 * 42
    assert sorted(contiguity(grid(4)).cardinality.tolist()) == [3] * 4 + [5] * 8 + [8] * 4


def test_rings_may_be_closed_or_open_and_start_and_turn_as_they_like():
    closed = polygons([[*box(0, 0), (0, 0)]], [box(1, 0)[::-1]], [box(2, 0)[2:] + box(2, 0)[:2]])

    assert pairs(contiguity(closed)) == pairs(rook(closed)) == both_ways((0, 1), (1, 2))


def test_a_vertex_on_a_side_is_contact():
    # two small squares along one long side: none of the vertices in the middle is shared
    junction = boxes((0, 0, 3, 1), (0.5, 1), (1.5, 1))

    assert pairs(contiguity(junction)) == pairs(rook(junction)) == both_ways((0, 1), (0, 2), (1, 2))


def test_a_corner_on_a_side_is_queen_but_not_rook():
    arrow = polygons([box(0, 0, 3, 1)], [[(1.3, 1), (2, 2), (1, 2)]])

    assert pairs(contiguity(arrow)) == both_ways((0, 1))
    assert pairs(rook(arrow)) == set()


@pytest.mark.parametrize("offset", [0.0, 5.0e6, 38_500_000.0])
def test_a_vertex_that_rounding_puts_beside_a_side_touches_it(offset):
    # thirds and sevenths of a slanting side are not representable
    ends = np.array([[0.1, 0.2], [10.3, 7.7]]) + offset
    on_side = ends[0] + (ends[1] - ends[0]) * np.array([[1 / 3], [3 / 7]])
    lower = [*ends, (ends[1][0], ends[0][1])]
    upper = [*on_side, (ends[0][0], ends[1][1])]

    weights = polygons([lower], [upper])

    assert pairs(contiguity(weights)) == pairs(rook(weights)) == both_ways((0, 1))


@pytest.mark.parametrize("offset", [0.0, 5.0e6])
def test_a_gap_of_10_cm_is_bridged_by_a_tolerance_of_10_cm(offset):
    gaps = moved(grid(4, step=1.1), by=offset)

    assert contiguity(gaps).islands.all()
    assert contiguity(gaps, 0.099).islands.all()
    # the corners are 14 cm apart
    assert contiguity(gaps, 0.1).indices.size == rook(gaps, 0.1).indices.size == 2 * 24
    assert contiguity(gaps, 0.15).indices.size == 2 * 42
    assert rook(gaps, 0.15).indices.size == 2 * 24


def test_noise_of_vertices_is_bridged_by_a_tolerance():
    shaken = grid(6)
    shaken.xy[:] += np.random.default_rng(0).uniform(-1e-7, 1e-7, shaken.xy.shape)

    assert contiguity(shaken).indices.size < 2 * 110
    assert contiguity(shaken, 1e-6).indices.size == 2 * 110
    assert rook(shaken, 1e-6).indices.size == 2 * 60


def test_a_parcel_in_the_hole_of_another_touches_it():
    around = polygons([box(0, 0, 3, 3), box(1, 1)], [box(1, 1)])

    assert pairs(contiguity(around)) == pairs(rook(around)) == both_ways((0, 1))


def test_a_parcel_inside_another_is_its_neighbour_but_one_in_the_open_of_a_hole_is_not():
    inside = polygons([box(0, 0, 9, 9)], [box(4, 4)])
    in_hole = polygons([box(0, 0, 9, 9), box(2, 2, 5, 5)], [box(4, 4)])
    in_island = polygons([box(0, 0, 9, 9), box(2, 2, 5, 5), box(3, 3, 3, 3)], [box(4, 4)])

    assert pairs(contiguity(inside)) == both_ways((0, 1))
    assert pairs(rook(inside)) == set()
    assert pairs(contiguity(in_hole)) == set()
    assert pairs(contiguity(in_hole, 2)) == both_ways((0, 1))
    assert pairs(contiguity(in_island)) == both_ways((0, 1))


def test_overlapping_parcels_are_neighbours():
    crossing = boxes((0, 1, 9, 1), (4, -3, 1, 9), (20, 0))

    assert pairs(contiguity(crossing)) == both_ways((0, 1))
    assert pairs(rook(crossing)) == set()


def test_duplicates_are_neighbours_of_each_other():
    assert pairs(contiguity(boxes((0, 0), (0, 0), (5, 5), (0, 0)))) == both_ways((0, 1), (0, 3), (1, 3))


def test_parts_count_for_their_parcel():
    two_parts = polygons([box(0, 0), box(10, 0)], [box(1, 0)], [box(11, 0)])

    assert pairs(contiguity(two_parts)) == pairs(rook(two_parts)) == both_ways((0, 1), (0, 2))


def test_empty_geometries_are_islands():
    with_gaps = polygons([], [box(0, 0)], [[]], [box(1, 0)], [[(np.nan, np.nan)]])
    nothing = polygons([], [])

    for find in (contiguity, rook):
        assert pairs(find(with_gaps)) == both_ways((1, 3))
        assert pairs(find(with_gaps, 0.5)) == both_ways((1, 3))
        assert find(nothing).islands.all()
        assert find(polygons()).n == 0


def test_contiguity_is_within_groups():
    groups = np.arange(16) // 8

    assert contiguity(grid(4), groups=groups).indices.size == 2 * 2 * 16
    assert rook(grid(4), groups=groups).indices.size == 2 * 2 * 10
    assert contiguity(polygons([box(0, 0, 9, 9)], [box(4, 4)]), groups=[1, 2]).indices.size == 0


@pytest.mark.parametrize("tolerance", [-1, np.nan])
def test_a_tolerance_that_means_nothing_is_named(tolerance):
    for find in (contiguity, rook):
        with pytest.raises(ParcelDataError, match=str(tolerance)):
            find(grid(2), tolerance)


def test_a_remote_vertex_changes_nothing_else():
    spoiled = grid(20)
    spoiled.xy[-1] = 4e6, 3e6

    near = {(i, j) for i, j in pairs(contiguity(spoiled)) if 399 not in (i, j)}
    assert near == {(i, j) for i, j in pairs(contiguity(grid(20))) if 399 not in (i, j)}


def test_different_places_with_the_same_hash_stay_apart(monkeypatch):
    monkeypatch.setattr(_arrays, "_mixed", lambda x, y: np.zeros(x.size, dtype=np.uint64))

    assert contiguity(grid(4)).indices.size == 2 * 42


def test_rook_with_tolerance_adds_up_the_pieces_of_a_broken_side():
    # a side broken into ten pieces faces a whole one at half the tolerance
    broken = polygons([[*((0.1 * k, 1) for k in range(11)), (1, 0), (0, 0)]], [box(0, 1.1)])

    assert pairs(rook(broken, 0.2)) == both_ways((0, 1))
    assert pairs(rook(broken, 0.05)) == set()


def test_rook_with_tolerance_does_not_take_a_corner_for_a_side():
    # the sides that leave the common corner open by 45 degrees
    corner = polygons([[(0, 0), (1, 0), (1, -1)]], [[(0, 0), (1, 1), (0, 1)]])

    assert pairs(contiguity(corner, 0.1)) == both_ways((0, 1))
    assert pairs(rook(corner, 0.1)) == set()


def test_rook_with_tolerance_counts_a_shared_length_once():
    # 0.2 is shared, 0.22 is 1 % of the perimeter; the small ones make the search fine-grained
    small = [(50 + number, 50, 0.01, 0.01) for number in range(200)]
    weights = rook(boxes((0, 0, 1, 10), (1.1, 9.8, 1, 10), *small), 0.3)

    assert (0, 1) not in pairs(weights)
    assert (0, 1) in pairs(rook(boxes((0, 0, 1, 10), (1.1, 9.7, 1, 10), *small), 0.3))


def test_vertices_given_twice_change_nothing():
    doubled = polygons(
        *([[vertex for vertex in ring for _ in range(2)]] for ring in map(box, [0, 1, 0], [0, 1, 1]))
    )

    assert pairs(contiguity(doubled)) == both_ways((0, 1), (0, 2), (1, 2))
    assert pairs(rook(doubled)) == both_ways((0, 2), (1, 2))


def test_progress_moves_from_0_to_1_and_may_cancel():
    seen = []
    for find in (contiguity, rook):
        find(grid(8), progress=seen.append)
        assert seen == sorted(seen)
        assert 0 < seen[0] < 1
        assert seen[-1] == pytest.approx(1)
        seen.clear()

    def cancel(fraction):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        contiguity(grid(3), progress=cancel)


boxes_anywhere = st.lists(
    st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(1, 6), st.integers(1, 6)),
    min_size=1,
    max_size=12,
)


@given(boxes_anywhere, st.integers(0, 3))
def test_boxes_are_neighbours_where_their_gap_is_within_the_tolerance(sites, tolerance):
    x, y, width, height = np.array(sites, dtype=float).T
    gap_x = np.maximum(0, np.maximum.outer(x, x) - np.minimum.outer(x + width, x + width))
    gap_y = np.maximum(0, np.maximum.outer(y, y) - np.minimum.outer(y + height, y + height))
    near = np.hypot(gap_x, gap_y) <= tolerance
    np.fill_diagonal(near, False)

    assert pairs(contiguity(boxes(*sites), tolerance)) == set(zip(*np.nonzero(near), strict=True))


@given(
    boxes_anywhere,
    st.floats(-4e7, 4e7),
    st.sampled_from([1e-3, 0.3, 1.0, 777.0]),
    st.randoms(use_true_random=False),
)
def test_place_size_and_order_do_not_matter(sites, by, scale, random):
    order = list(range(len(sites)))
    random.shuffle(order)
    changed = moved(boxes(*(sites[k] for k in order)), by, scale)

    for find in (contiguity, rook):
        expected = pairs(find(boxes(*sites)))
        assert {(order[i], order[j]) for i, j in pairs(find(changed))} == expected


# Real parcels


def geos_pairs(geometries, tolerance):
    shapely = pytest.importorskip("shapely", minversion="2.0")
    near = shapely.STRtree(geometries).query(geometries, predicate="dwithin", distance=tolerance)
    return {(i, j) for i, j in near.T.tolist() if i != j}


@pytest.mark.parametrize("tolerance", [0, 1, 20])
@pytest.mark.parametrize("name", CADASTRES)
def test_contiguity_of_cadastres_is_that_of_geos(cases, cadastre, boundaries_of, name, tolerance):
    parcels = cadastre(cases / name)
    with (cases / name / "expected" / "contiguity_all_tools.csv").open(encoding="utf-8") as table:
        known = {row["method"]: row for row in csv.DictReader(table)}
    method = {0: "GEOS intersects", 1: "GEOS dwithin 1 m", 20: "GEOS dwithin 20 m (across streets)"}
    row = known[method[tolerance]]

    weights = contiguity(boundaries_of(parcels), tolerance)

    assert (weights.indices.size, weights.islands.sum()) == (int(row["links"]), int(row["islands"]))
    assert pairs(weights) == geos_pairs(parcels, tolerance)


@pytest.mark.parametrize("name", CADASTRES)
def test_contiguity_of_cadastres_is_that_of_spdep(cases, cadastre, boundaries_of, read_gal, name):
    weights = contiguity(boundaries_of(cadastre(cases / name)))
    known = read_gal(cases / name / "expected" / "spdep_queen_default.gal", weights.n)

    assert pairs(weights) == pairs(known)


@pytest.mark.parametrize("name", CADASTRES)
def test_rook_of_cadastres_is_that_of_geos_and_libpysal(cases, cadastre, boundaries_of, name):
    shapely = pytest.importorskip("shapely", minversion="2.0")
    parcels = cadastre(cases / name)
    boundaries = boundaries_of(parcels)
    queen = contiguity(boundaries)
    shared = shapely.intersection(
        shapely.boundary(parcels[queen.rows]), shapely.boundary(parcels[queen.indices])
    )
    lines = shapely.length(shared) > 0

    found = pairs(rook(boundaries))

    assert found == set(zip(queen.rows[lines].tolist(), queen.indices[lines].tolist(), strict=True))
    graph = pytest.importorskip("libpysal.graph").Graph
    geopandas = pytest.importorskip("geopandas")
    adjacency = graph.build_contiguity(geopandas.GeoSeries(parcels), rook=True, strict=False).adjacency
    assert found == set(adjacency[adjacency > 0].index)


@pytest.mark.parametrize("name", CLASSICS)
def test_queen_links_of_the_classic_data(cases, boundaries_of, name):
    shapely = pytest.importorskip("shapely", minversion="2.0")
    ogr = pytest.importorskip("osgeo.ogr")
    ogr.UseExceptions()
    file, links = CLASSICS[name]
    layer = ogr.Open(str(cases / name / "data" / f"{file}.shp"))
    shapes = shapely.from_wkb([bytes(feature.geometry().ExportToWkb()) for feature in layer[0]])

    boundaries = boundaries_of(shapes)
    weights = contiguity(boundaries)

    assert weights.indices.size == links
    assert pairs(weights) == geos_pairs(shapes, 0)
    if name == "sa_natregimes":
        # published with pygeoda: mean number of rook neighbours
        assert rook(boundaries).cardinality.mean() == pytest.approx(5.571474878444084, rel=1e-12)


@pytest.mark.parametrize("tolerance", [0, 1])
def test_long_outlines_are_compared_piece_by_piece(boundaries_of, tolerance):
    # streets of a thousand vertices around, across and inside of each other
    shapely = pytest.importorskip("shapely", minversion="2.0")
    turn = np.linspace(0, 2 * np.pi, 1000)
    rings = [
        np.column_stack((shift + r * np.cos(turn), r * np.sin(turn)))
        for r, shift in [(10, 0), (12, 0), (12, 30), (30, 0), (10.5, 0.5), (3, -19.5), (2, 20)]
    ]
    streets = shapely.difference(shapely.polygons(rings), shapely.polygons([0.95 * ring for ring in rings]))
    streets = np.append(streets, shapely.polygons(rings[-2:]))

    assert pairs(contiguity(boundaries_of(streets), tolerance)) == geos_pairs(streets, tolerance)


@pytest.mark.parametrize("seed", range(4))
def test_contiguity_of_any_polygons_is_that_of_geos(boundaries_of, seed):
    shapely = pytest.importorskip("shapely", minversion="2.0")
    rng = np.random.default_rng(seed)
    centres = shapely.points(rng.uniform(0, 30, (150, 2)))
    discs = shapely.buffer(centres, rng.uniform(0.2, 4, 150), quad_segs=3)
    discs[::5] = shapely.difference(discs[::5], shapely.buffer(centres[::5], 0.15))
    discs[1::7] = shapely.union(discs[1::7], shapely.transform(discs[1::7], lambda xy: xy + 9))
    discs[3::50] = shapely.Polygon()

    for tolerance in (0, 0.3, 2):
        assert pairs(contiguity(boundaries_of(discs), tolerance)) == geos_pairs(discs, tolerance)
