"""Components, numbers of neighbours and symmetry, with scipy and without, and as libpysal counts them."""

import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from parcel_agglomeration.algorithms.autocorrelation import connectivity as module
from parcel_agglomeration.algorithms.autocorrelation.connectivity import connectivity
from parcel_agglomeration.algorithms.autocorrelation.nearest_neighbours import k_nearest
from parcel_agglomeration.algorithms.autocorrelation.pysal_engine import libpysal_weights
from parcel_agglomeration.algorithms.autocorrelation.spatial_weights import SpatialWeights


@pytest.fixture(params=["scipy", "numpy alone"])
def engine(request, monkeypatch):
    """Run with scipy, and with scipy hidden."""
    if request.param == "scipy":
        pytest.importorskip("scipy.sparse.csgraph")
    else:
        for name in ("scipy", "scipy.sparse", "scipy.sparse.csgraph"):
            monkeypatch.setitem(sys.modules, name, None)


def test_components_are_numbered_by_size_then_by_order(engine):
    # 0 alone; 1 - 5; 2 - 3 - 4; 6 - 7
    summary = connectivity(SpatialWeights.from_pairs([5, 2, 4, 7], [1, 3, 3, 6], 8))

    assert summary.component.tolist() == [4, 2, 1, 1, 1, 2, 3, 3]
    assert summary.components == 4


def test_numbers_of_neighbours_and_symmetric_links(engine):
    summary = connectivity(SpatialWeights.from_pairs([0, 1, 1, 2], [1, 0, 2, 3], 5))

    assert dict(zip(summary.neighbours.tolist(), summary.sites.tolist(), strict=True)) == {0: 2, 1: 2, 2: 1}
    assert summary.symmetric == 0.5


def test_without_links_each_site_is_a_component_and_no_share_is_known(engine):
    summary = connectivity(SpatialWeights.from_pairs([], [], 3))

    assert summary.component.tolist() == [1, 2, 3]
    assert np.isnan(summary.symmetric)
    assert connectivity(SpatialWeights.from_pairs([], [], 0)).components == 0


def test_a_long_chain_in_any_order_is_one_component(engine):
    order = np.random.default_rng(0).permutation(5000)

    assert connectivity(SpatialWeights.from_pairs(order[1:], order[:-1], 5000)).components == 1


@given(st.integers(1, 30), st.lists(st.tuples(st.integers(0, 29), st.integers(0, 29)), max_size=40))
def test_components_are_those_of_walking_from_site_to_site(n, pairs):
    pairs = [(i % n, j % n) for i, j in pairs]
    weights = SpatialWeights.from_pairs([i for i, _ in pairs], [j for _, j in pairs], n)
    reach = np.eye(n, dtype=bool)
    reach[weights.rows, weights.indices] = reach[weights.indices, weights.rows] = True
    for _ in range(5):  # paths of up to 2^5 steps
        reach = (reach.astype(float) @ reach) > 0

    for label in (module._connected(weights), module._hooked(weights)):
        np.testing.assert_array_equal(label[:, None] == label[None], reach)


def test_libpysal_counts_the_same():
    pytest.importorskip("libpysal")
    weights = k_nearest(np.random.default_rng(3).random((300, 2)), 2)

    summary, theirs = connectivity(weights), libpysal_weights(weights)

    assert summary.components == theirs.n_components
    assert list(zip(summary.neighbours.tolist(), summary.sites.tolist(), strict=True)) == theirs.histogram
    one_way = round((1 - summary.symmetric) * weights.indices.size)
    # libpysal lists each of them in both directions
    assert 2 * one_way == len(theirs.asymmetry(intrinsic=False))
