"""GCJ-02 and BD-09 against pairs that other programs publish."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from parcel_agglomeration.algorithms.indicators.chinese_coordinates import (
    bd09_of_gcj02,
    gcj02_of_wgs84,
    in_china,
    wgs84_of_bd09,
    wgs84_of_gcj02,
)

# Tests of googollee/eviltransform (go/transform_test.go, python/test.py): Shanghai, Shenzhen, Beijing.
# WGS 84, GCJ-02. Later versions of it take the radius 6378137, which differs by centimetres.
EVILTRANSFORM = (
    ((121.5272106, 31.1774276), (121.531541859215, 31.17530398364597)),
    ((113.912316, 22.543847), (113.9171764808363, 22.540796131694766)),
    ((116.377817, 39.911954), (116.38404722455657, 39.91334545536069)),
)
# Their BD-09 pairs are no reference: they came from a formula with pi where 3000 pi / 180 belongs.
# wandergis/coordtransform, test/app.js: what becomes of (116.404, 39.915).
POINT = (116.404, 39.915)
COORDTRANSFORM_GCJ = (116.41024449916938, 39.91640428150164)
COORDTRANSFORM_BD = (116.41036949371029, 39.92133699351021)
COORDTRANSFORM_OF_BD = (116.39762729119315, 39.90865673957631)  # by an inverse formula
# caijun/geoChina, beside the answers of Baidu's and Amap's web services, five digits: Beijing railway
# station.
STATION = {"WGS 84": (116.42079, 39.90105), "GCJ-02": (116.42703, 39.90245), "BD-09": (116.43351, 39.90851)}
FIVE_DIGITS = 1.01e-5  # each of two numbers is rounded

CHINA = st.tuples(st.floats(73.5, 135), st.floats(18, 53.5))


def one(function, degrees):
    return function(np.array([degrees]))[0]


@pytest.mark.parametrize(("wgs84", "gcj02"), [*EVILTRANSFORM, (POINT, COORDTRANSFORM_GCJ)])
def test_gcj02_is_that_of_other_programs(wgs84, gcj02):
    np.testing.assert_allclose(one(gcj02_of_wgs84, wgs84), gcj02, rtol=0, atol=1e-12)
    np.testing.assert_allclose(one(wgs84_of_gcj02, gcj02), wgs84, rtol=0, atol=1e-11)


def test_bd09_is_that_of_other_programs():
    np.testing.assert_allclose(one(bd09_of_gcj02, POINT), COORDTRANSFORM_BD, rtol=0, atol=1e-12)
    # their way back is a formula too, off by centimetres
    gcj02 = one(gcj02_of_wgs84, one(wgs84_of_bd09, POINT))
    np.testing.assert_allclose(gcj02, COORDTRANSFORM_OF_BD, rtol=0, atol=1e-6)


def test_a_station_lies_where_the_map_services_say():
    found = one(gcj02_of_wgs84, STATION["WGS 84"])
    np.testing.assert_allclose(found, STATION["GCJ-02"], rtol=0, atol=FIVE_DIGITS)
    found = one(bd09_of_gcj02, STATION["GCJ-02"])
    np.testing.assert_allclose(found, STATION["BD-09"], rtol=0, atol=FIVE_DIGITS)


@given(CHINA)
def test_the_way_back_undoes_the_shift(place):
    shifted = one(gcj02_of_wgs84, place)
    np.testing.assert_allclose(one(wgs84_of_gcj02, shifted), place, rtol=0, atol=1e-11)
    np.testing.assert_allclose(one(wgs84_of_bd09, one(bd09_of_gcj02, shifted)), place, rtol=0, atol=1e-11)


@given(CHINA)
def test_the_shift_is_some_hundred_metres(place):
    east, north = (one(gcj02_of_wgs84, place) - place) * [111_320 * np.cos(np.radians(place[1])), 110_900]
    assert 20 < np.hypot(east, north) < 1000


@pytest.mark.parametrize("place", [(37.6, 55.7), (-74.0, 40.7), (151.2, -33.9), (72.0, 40.0), (100.0, 56.0)])
def test_outside_china_nothing_moves(place):
    assert not one(in_china, place)
    for function in (gcj02_of_wgs84, bd09_of_gcj02, wgs84_of_gcj02, wgs84_of_bd09):
        assert tuple(one(function, place)) == place


def test_points_within_and_without_come_back_in_their_order():
    places = np.array([(0.0, 0.0), (116.404, 39.915), (10.0, 50.0)])
    moved = gcj02_of_wgs84(places)
    assert (moved[[0, 2]] == places[[0, 2]]).all() and tuple(moved[1]) == pytest.approx(COORDTRANSFORM_GCJ)
    np.testing.assert_allclose(wgs84_of_gcj02(moved), places, rtol=0, atol=1e-11)
    assert wgs84_of_gcj02(np.empty((0, 2))).shape == (0, 2)
