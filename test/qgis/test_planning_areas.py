"""Areas between and around parcels, drawn by hand: one sign is a square of 20 m."""

import pytest
from parcel_agglomeration.algorithms.auxiliary_layers import repaired
from parcel_agglomeration.algorithms.errors import ParcelDataError
from parcel_agglomeration.algorithms.planning_areas import (
    closed,
    containing,
    cut,
    large_pieces,
    less,
    merged,
    nearest,
    rings,
)
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsDistanceArea,
    QgsGeometry,
    QgsProcessingContext,
    QgsRectangle,
)

SIGN = 20
WEST, SOUTH = 400_000, 6_170_000
BOW_TIE = "Polygon ((0 0,10 10,10 0,0 10,0 0))"


def drawn(picture, signs="#"):
    """Geometry of the squares that have one of the signs."""
    lines = picture.strip("\n").splitlines()
    squares = [
        QgsGeometry.fromRect(
            QgsRectangle(WEST + SIGN * x, SOUTH - SIGN * (y + 1), WEST + SIGN * (x + 1), SOUTH - SIGN * y)
        )
        for y, line in enumerate(lines)
        for x, sign in enumerate(line)
        if sign in signs
    ]
    return QgsGeometry.unaryUnion(squares) if squares else QgsGeometry()


def assert_same(found, expected):
    assert found.isGeosValid()
    assert found.symDifference(expected).area() == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize(
    ("picture", "gap"),
    [
        # roads of 20 m between four parcels go to the area, and so does the crossing
        ("##+##\n##+##\n+++++\n##+##\n##+##", 20),
        # 40 m are too wide for a gap of 39
        ("##..##\n##..##", 39),
        ("##++##\n##++##", 40),
        # a lane into a parcel, and a yard inside one
        ("####\n##++\n####", 20),
        ("####\n#++#\n####", 20),
        ("#####\n#...#\n#...#\n#...#\n#####", 50),
        # corner to corner nothing faces
        ("##..\n##..\n..##\n..##", 20),
        # staggered: only what faces is closed
        ("##...\n##+##\n...##", 20),
        # without a gap nothing is closed
        ("##.##", 0),
    ],
)
def test_gaps_are_closed_between_edges_that_face_each_other(picture, gap):
    assert_same(closed(drawn(picture), gap), drawn(picture, "#+"))


def test_closing_never_takes_from_a_parcel():
    # A pillar of 2 m in a notch of 70 degrees: mitres of the narrowing reach down to it.
    notch = (
        "Polygon ((-200 -100,200 -100,200 100,70 100,1 1.43,1 10,-1 10,-1 1.43,-70 100,-200 100,-200 -100))"
    )
    thorn = "Polygon ((0 0,200 5,0 10,0 0))"
    for shape in map(QgsGeometry.fromWkt, (notch, thorn)):
        assert shape.difference(closed(shape, 40)).area() == pytest.approx(0, abs=1e-6)


def test_rings_follow_each_other():
    square = drawn("#####\n#####\n#####\n#####\n#####")
    near, far = rings(square, (50, 80))
    # Along four sides of 100 m; at the corners a polygon of 64 corners stands for the circle.
    circle = 32 * 0.0980171403295606  # 64/2 sin(2 pi / 64)
    assert near.area() == pytest.approx(400 * 50 + circle * 50**2)
    assert far.area() == pytest.approx(400 * 30 + circle * (80**2 - 50**2))
    assert near.intersection(far).area() == pytest.approx(0, abs=1e-6)
    assert near.intersection(square).area() == pytest.approx(0, abs=1e-6)


def test_what_is_cut_and_cleared_keeps_no_lines():
    picture = "aabb\naabb\ncccc"
    left, right, below = (drawn(picture, sign) for sign in "abc")
    assert cut(left, right).isEmpty(), "they share a side only"
    assert_same(cut(merged([left, below]), merged([right, below])), below)
    assert_same(less(merged([left, right]), right), left)
    assert less(left, left).isEmpty()
    assert less(left, QgsGeometry()).area() == left.area()


def test_pieces_are_measured_on_the_ellipsoid_and_small_ones_dropped():
    crs = QgsCoordinateReferenceSystem("EPSG:32637")
    picture = "###.##.#"
    found = large_pieces(
        [drawn(picture), drawn("\n\n####"), QgsGeometry()], 0.075, crs, QgsProcessingContext()
    )
    # 100 km west of the central meridian lengths are 0.99972 of those on the ground.
    assert found.hectares.tolist() == pytest.approx([0.16, 0.12, 0.08], rel=6e-4)
    assert found.group.tolist() == [1, 0, 0]
    assert found.dropped == 1
    measure = QgsDistanceArea()
    measure.setSourceCrs(crs, QgsProcessingContext().transformContext())
    measure.setEllipsoid("EPSG:7030")
    assert found.hectares[0] == pytest.approx(measure.measureArea(found.shapes[0]) / 10_000)
    nothing = large_pieces([QgsGeometry()], 0, crs, QgsProcessingContext())
    assert (nothing.shapes, nothing.hectares.size, nothing.dropped) == ([], 0, 0)


def test_where_parcels_lie_and_what_is_nearest():
    areas = [drawn("##..\n##.."), drawn("...#\n...#")]
    parcels = [drawn("...#"), drawn("#"), drawn("..#"), QgsGeometry()]
    assert containing(areas, parcels).tolist() == [1, 0, -1, -1]
    assert nearest(areas, [drawn("..#\n\n"), drawn("\n....#")]).tolist() == [0, 1]
    assert nearest([], [drawn("#")]).tolist() == [-1]
    assert containing([], parcels).tolist() == [-1] * 4


def test_invalid_polygons_are_repaired_and_counted():
    given = [
        QgsGeometry.fromWkt(BOW_TIE),
        drawn("#"),
        QgsGeometry(),
        QgsGeometry.fromWkt("Polygon ((0 0,10 0,0 0))"),
    ]
    result, faulty = repaired(given)
    assert faulty == 2
    assert [geometry.isEmpty() for geometry in result] == [False, False, True, True]
    assert result[0].isGeosValid() and result[0].area() == pytest.approx(50)
    assert not given[0].isGeosValid(), "the source is left as it is"


def test_what_geos_cannot_draw_is_one_sentence():
    with pytest.raises(ParcelDataError, match=r"areas cannot be drawn .*Fix geometries"):
        cut(QgsGeometry.fromWkt(BOW_TIE), QgsGeometry.fromRect(QgsRectangle(1, 1, 9, 6)))
