"""PySAL as an engine: the same weights, the same I, the same p but for sampling error."""

import dataclasses

import numpy as np
import pytest
from parcel_agglomeration.algorithms.autocorrelation import pysal_engine
from parcel_agglomeration.algorithms.autocorrelation.bivariate_moran import bivariate_moran
from parcel_agglomeration.algorithms.autocorrelation.geary import geary
from parcel_agglomeration.algorithms.autocorrelation.global_moran import global_moran
from parcel_agglomeration.algorithms.autocorrelation.incremental_moran import incremental_moran
from parcel_agglomeration.algorithms.autocorrelation.local_moran import local_moran
from parcel_agglomeration.algorithms.autocorrelation.nearest_neighbours import distance_band, k_nearest
from parcel_agglomeration.algorithms.autocorrelation.spatial_weights import SpatialWeights
from parcel_agglomeration.algorithms.errors import ParcelDataError

esda = pytest.importorskip("esda")
pytest.importorskip("libpysal")

N = 250
DRAWS = 9_999
OUR_DRAWS = 99_999
PLACES = np.random.default_rng(1).uniform(0, 1000, (N, 2))
VALUES = np.random.default_rng(2).gamma(0.7, size=N) + PLACES[:, 0] / 500


def inverse_distances():
    near = k_nearest(PLACES, 6)
    gaps = np.hypot(*(PLACES[near.indices] - PLACES[near.rows]).T)
    return SpatialWeights(near.indptr, near.indices, 1 / gaps)


def with_islands():
    weights = distance_band(PLACES, 60)
    assert 0 < np.count_nonzero(weights.islands) < N / 2
    return weights


WEIGHTS = {
    "nearest": k_nearest(PLACES, 8).row_standardised(),
    "binary": k_nearest(PLACES, 5),
    "inverse distances": inverse_distances(),
    "inverse distances, standardised": inverse_distances().row_standardised(),
    "islands": with_islands().row_standardised(),
}


@pytest.fixture(params=WEIGHTS)
def weights(request):
    return WEIGHTS[request.param]


def five_errors(p, *draws):
    """Five standard errors of the difference of two directed p-values, plus the steps of the counts."""
    return 5 * np.sqrt(p * (1 - p) * sum(1 / r for r in draws)) + 2 * sum(1 / r for r in draws)


class TestOneWeightsObject:
    def test_the_matrix_is_the_same(self, weights):
        matrix = pysal_engine.libpysal_weights(weights).sparse.toarray()
        rows = np.zeros((N, N))
        rows[weights.rows, weights.indices] = weights.data
        np.testing.assert_array_equal(matrix, rows)

    def test_esda_does_not_standardise_it_again(self):
        assert pysal_engine.global_moran(VALUES, WEIGHTS["inverse distances"]).i != pytest.approx(
            pysal_engine.global_moran(VALUES, WEIGHTS["inverse distances, standardised"]).i, rel=1e-3
        )


class TestGlobal:
    def test_every_closed_form_figure_is_the_same(self, weights):
        ours, theirs = global_moran(VALUES, weights), pysal_engine.global_moran(VALUES, weights)
        assert theirs.i == pytest.approx(ours.i, abs=1e-12)
        assert theirs.expected == ours.expected
        for name in ("variance_norm", "variance_rand", "z_norm", "z_rand", "p_norm", "p_rand"):
            assert getattr(theirs, name) == pytest.approx(getattr(ours, name), rel=1e-9), name
        assert (theirs.n, theirs.islands) == (ours.n, ours.islands)
        assert theirs.p_sim is None and theirs.permutations == 0

    @pytest.mark.parametrize("alternative", ["two-sided", "directed"])
    def test_pseudo_p_within_sampling_error(self, alternative):
        values = np.random.default_rng(21).normal(size=N)
        weights = WEIGHTS["nearest"]
        ours = global_moran(values, weights, DRAWS, 1, alternative).p_sim
        theirs = pysal_engine.global_moran(values, weights, DRAWS, 1, alternative).p_sim
        sides = 2 if alternative == "two-sided" else 1
        assert abs(ours - theirs) <= sides * five_errors(ours / sides, DRAWS, DRAWS)
        assert 0.05 < ours < 0.5  # a p at its limits would agree by itself

    def test_two_sided_is_twice_what_esda_prints(self):
        weights = WEIGHTS["nearest"]
        np.random.seed(7)
        printed = esda.Moran(VALUES[::-1], pysal_engine.libpysal_weights(weights), permutations=99).p_sim
        p = pysal_engine.global_moran(VALUES[::-1], weights, 99, seed=7).p_sim
        assert p == pytest.approx(min(1, 2 * printed))
        assert pysal_engine.global_moran(VALUES[::-1], weights, 99, 7, "directed").p_sim == pytest.approx(
            printed
        )


class TestGeary:
    def test_every_closed_form_figure_is_the_same(self, weights):
        ours, theirs = geary(VALUES, weights), pysal_engine.geary(VALUES, weights)
        for field in dataclasses.fields(ours):
            expected = getattr(ours, field.name)
            assert getattr(theirs, field.name) == (expected and pytest.approx(expected, rel=1e-9)), field.name

    @pytest.mark.parametrize("alternative", ["two-sided", "directed"])
    def test_pseudo_p_within_sampling_error(self, alternative):
        values = np.random.default_rng(21).normal(size=N)
        weights = WEIGHTS["nearest"]
        ours, theirs = (
            engine(values, weights, DRAWS, 1, alternative).p_sim for engine in (geary, pysal_engine.geary)
        )
        sides = 2 if alternative == "two-sided" else 1
        assert abs(ours - theirs) <= sides * five_errors(ours / sides, DRAWS, DRAWS)
        assert 0.05 < ours < 0.9

    def test_a_constant_column_has_no_result(self):
        result = pysal_engine.geary(np.full(N, 0.1), WEIGHTS["nearest"], 99)
        assert np.isnan([result.c, result.z_rand, result.p_sim]).all() and result.permutations == 99


class TestBivariate:
    SECOND = np.random.default_rng(6).normal(size=N) + PLACES[:, 1] / 2000

    def test_the_same_statistic(self, weights):
        ours, theirs = (
            engine(VALUES, self.SECOND, weights) for engine in (bivariate_moran, pysal_engine.bivariate_moran)
        )
        assert dataclasses.replace(theirs, i=0) == dataclasses.replace(ours, i=0)
        assert theirs.i == pytest.approx(ours.i, abs=1e-12)

    def test_pseudo_p_within_sampling_error(self):
        ours, theirs = (
            engine(VALUES, self.SECOND, WEIGHTS["islands"], DRAWS, alternative="directed").p_sim
            for engine in (bivariate_moran, pysal_engine.bivariate_moran)
        )
        assert abs(ours - theirs) <= five_errors(ours, DRAWS, DRAWS)
        assert 0.001 < ours < 0.5


class TestIncremental:
    DISTANCES = np.array([1e-6, 40.0, 80.0, 120.0, 160.0])

    def test_every_figure_is_the_same_and_none_where_there_are_no_links(self):
        places = PLACES.copy()
        places[7] = np.nan
        ours, theirs = (
            engine(VALUES, places, self.DISTANCES)
            for engine in (incremental_moran, pysal_engine.incremental_moran)
        )
        assert np.isnan(ours.i).tolist() == [True, False, False, False, False]
        np.testing.assert_allclose(theirs.i, ours.i, rtol=0, atol=1e-12)
        for name in ("variance", "z", "p"):
            np.testing.assert_allclose(getattr(theirs, name), getattr(ours, name), rtol=1e-9, err_msg=name)
        assert theirs.links.tolist() == ours.links.tolist()
        assert (theirs.first_peak, theirs.max_peak) == (ours.first_peak, ours.max_peak)

    def test_esda_is_asked_for_each_band_with_links(self, monkeypatch):
        asked = []
        ask = pysal_engine.global_moran
        monkeypatch.setattr(pysal_engine, "global_moran", lambda *a: asked.append(a) or ask(*a))
        seen = []
        pysal_engine.incremental_moran(VALUES, PLACES, self.DISTANCES, seen.append)
        assert len(asked) == 4
        assert seen == sorted(seen) and seen[-1] == 1


class TestLocal:
    def test_i_lag_z_and_quadrants_are_the_same(self, weights):
        ours = local_moran(VALUES, weights, 99)
        theirs = pysal_engine.local_moran(VALUES, weights, 99)
        np.testing.assert_allclose(theirs.i, ours.i, rtol=1e-12, atol=1e-12)
        np.testing.assert_array_equal(theirs.lag, ours.lag)
        np.testing.assert_array_equal(theirs.z, ours.z)
        np.testing.assert_array_equal(theirs.quadrant, ours.quadrant)
        assert theirs.quadrant.dtype == ours.quadrant.dtype and theirs.permutations == 99

    @pytest.mark.parametrize("alternative", ["two-sided", "directed"])
    def test_p_within_sampling_error(self, weights, alternative):
        ours = local_moran(VALUES, weights, OUR_DRAWS, 1, alternative).p
        theirs = pysal_engine.local_moran(VALUES, weights, DRAWS, 1, alternative).p
        sides = 2 if alternative == "two-sided" else 1
        np.testing.assert_array_equal(np.isnan(ours), weights.islands)
        np.testing.assert_array_equal(np.isnan(theirs), weights.islands)
        known = ~weights.islands
        error = np.abs(ours - theirs)[known]
        assert (error <= sides * five_errors(ours[known] / sides, OUR_DRAWS, DRAWS)).all()

    def test_i_is_esdas_in_the_scale_of_spdep(self):
        weights = WEIGHTS["nearest"]
        printed = esda.Moran_Local(VALUES, pysal_engine.libpysal_weights(weights), permutations=0).Is
        np.testing.assert_allclose(
            pysal_engine.local_moran(VALUES, weights, 9).i, printed * N / (N - 1), rtol=1e-13
        )
        assert pysal_engine.local_moran(VALUES, weights, 9).i.mean() == pytest.approx(
            global_moran(VALUES, weights).i, abs=1e-12
        )

    def test_the_seed_decides_and_nothing_of_the_process_is_touched(self):
        state = np.random.get_state()[1].copy()
        weights = WEIGHTS["nearest"]
        first, again, other = (pysal_engine.local_moran(VALUES, weights, 99, seed).p for seed in (3, 3, 4))
        np.testing.assert_array_equal(first, again)
        assert (first != other).any()
        one, same = (pysal_engine.global_moran(VALUES, weights, 99, 5).p_sim for _ in range(2))
        assert one == same
        np.testing.assert_array_equal(np.random.get_state()[1], state)


class TestWhatEsdaGetsWrong:
    """Where esda gives the smallest p-value, both engines give none, or 1."""

    def test_islands(self):
        weights = WEIGHTS["islands"]
        printed = esda.Moran_Local(VALUES, pysal_engine.libpysal_weights(weights), permutations=99).p_sim
        assert (printed[weights.islands] == 0.01).all()
        result = pysal_engine.local_moran(VALUES, weights, 99)
        for column in (result.i, result.p, result.lag):
            assert np.isnan(column[weights.islands]).all()
        assert not result.quadrant[weights.islands].any()

    @pytest.mark.parametrize("engine", [local_moran, pysal_engine.local_moran])
    def test_a_constant_column_has_no_local_result(self, engine):
        result = engine(np.full(N, 0.1), WEIGHTS["nearest"], 99)
        assert np.isnan(result.i).all() and np.isnan(result.p).all() and np.isnan(result.z).all()
        assert not result.quadrant.any()
        np.testing.assert_allclose(result.lag, 0.1)

    def test_a_constant_column_has_no_global_result(self):
        result = pysal_engine.global_moran(np.full(N, 0.1), WEIGHTS["nearest"], 99)
        assert np.isnan([result.i, result.z_rand, result.p_rand, result.p_sim]).all()
        assert result.permutations == 99

    @pytest.mark.parametrize("engine", [local_moran, pysal_engine.local_moran])
    def test_a_value_at_the_mean_is_nothing_unusual(self, engine):
        values = np.append(np.tile([-1.0, 2.0, -3.0, 2.0], 10), 0.0)
        result = engine(values, k_nearest(PLACES[: values.size], 4).row_standardised(), 999)
        assert result.i[-1] == pytest.approx(0, abs=1e-12) and result.p[-1] == 1

    def test_all_neighbours_of_each_other(self):
        near = SpatialWeights.from_pairs(*np.divmod(np.arange(100), 10), 10).row_standardised()
        ours, theirs = (engine(VALUES[:10], near, 99) for engine in (global_moran, pysal_engine.global_moran))
        assert theirs.i == pytest.approx(ours.i) == -1 / 9
        assert np.isnan([theirs.z_rand, theirs.p_rand, theirs.z_norm, theirs.p_norm]).all()
        assert theirs.p_sim == ours.p_sim == 1

    def test_ties_count_in_one_tail_only(self):
        """A column of flags: esda's p of a site among zeros only is that of the smaller tail without them."""
        flags = (np.random.default_rng(3).random(N) < 0.2).astype(float)
        weights = WEIGHTS["nearest"]
        empty = (weights.lag(flags) == 0) & (flags == 1)
        assert empty.any()
        ours = local_moran(flags, weights, OUR_DRAWS, alternative="directed").p[empty]
        theirs = pysal_engine.local_moran(flags, weights, DRAWS, alternative="directed").p[empty]
        assert (ours > 0.1).all() and (theirs < 0.001).all()


@pytest.mark.parametrize(
    "use",
    [
        lambda engine: engine(VALUES[:-1], WEIGHTS["nearest"], 99),
        lambda engine: engine(np.append(VALUES[1:], np.nan), WEIGHTS["nearest"], 99),
        lambda engine: engine(VALUES, WEIGHTS["nearest"], -1),
        lambda engine: engine(VALUES, WEIGHTS["nearest"], 99, -1),
        lambda engine: engine(VALUES, WEIGHTS["nearest"], 99, 1, "greater"),
    ],
)
@pytest.mark.parametrize("statistic", ["global_moran", "local_moran"])
def test_both_engines_refuse_the_same_with_the_same_sentence(statistic, use):
    sentences = []
    for engine in ({"global_moran": global_moran, "local_moran": local_moran}[statistic],
                   getattr(pysal_engine, statistic)):  # fmt: skip
        with pytest.raises(ParcelDataError) as refused:
            use(engine)
        sentences.append(str(refused.value))
    assert sentences[0] == sentences[1]


def test_no_neighbours_and_too_few_values():
    with pytest.raises(ParcelDataError, match="has a neighbour"):
        pysal_engine.global_moran(VALUES, SpatialWeights.from_pairs([], [], N))
    with pytest.raises(ParcelDataError, match="at least 4"):
        pysal_engine.global_moran(VALUES[:3], k_nearest(PLACES[:3], 1))
    assert np.isnan(pysal_engine.local_moran(VALUES, SpatialWeights.from_pairs([], [], N), 9).p).all()


def test_progress_ends_at_one():
    done = []
    pysal_engine.global_moran(VALUES, WEIGHTS["nearest"], progress=done.append)
    pysal_engine.local_moran(VALUES, WEIGHTS["nearest"], 9, progress=done.append)
    assert done == [1, 1]


@pytest.mark.parametrize("alternative", ["two-sided", "directed"])
def test_bivariate_local_moran(alternative):
    """esda.Moran_Local_BV: I times n / (n - 1), p within sampling error, its quadrants."""
    weights = WEIGHTS["nearest"]
    income = np.random.default_rng(9).normal(size=N) + PLACES[:, 1] / 500
    ours = local_moran(VALUES, weights, OUR_DRAWS, 1, alternative, neighbour_values=income)
    theirs = pysal_engine.local_moran(VALUES, weights, DRAWS, 1, alternative, neighbour_values=income)
    np.testing.assert_allclose(theirs.i, ours.i, rtol=1e-12, atol=1e-12)
    np.testing.assert_array_equal(theirs.quadrant, ours.quadrant)
    np.testing.assert_array_equal(theirs.lag, ours.lag)
    sides = 2 if alternative == "two-sided" else 1
    error = np.abs(ours.p - theirs.p)
    assert (error <= sides * five_errors(ours.p / sides, OUR_DRAWS, DRAWS)).all()


def test_pysal_has_no_analytic_p():
    with pytest.raises(ParcelDataError, match="no analytic p-value"):
        pysal_engine.local_moran(VALUES, WEIGHTS["nearest"], analytic=True)
