"""The choice of an engine as the toolbox runs it, and without the packages it needs."""

import functools
import sys

import numpy as np
import pytest
from qgis.core import (
    QgsApplication,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
)

BUILT_IN, OTHER = 0, 1
CHOICES = {
    "naturalbreaks": "jenkspy",
    "globalmoran": "PySAL",
    "localmoran": "PySAL",
    "incrementalmoran": "PySAL",
}
PACKAGES = {
    "naturalbreaks": ["jenkspy"],
    "globalmoran": ["esda", "libpysal"],
    "localmoran": ["esda"],
    "incrementalmoran": ["esda", "libpysal"],
}


@pytest.fixture
def parcels(grid):
    """A hundred parcels with a trend, one of them without a value."""
    rng = np.random.default_rng(4)
    values = (np.add.outer(np.arange(10), np.arange(10)) + rng.normal(0, 4, (10, 10))).tolist()
    values[3][5] = None
    return grid(values)


@pytest.fixture
def definition(provider):
    """An algorithm by its id."""
    return lambda name: QgsApplication.processingRegistry().algorithmById(f"agglomeration:{name}")


@pytest.fixture
def calls(monkeypatch):
    """Count the calls of a function of a package: calls(esda, "Moran") is a list that grows."""

    def watch(package, name):
        made, function = [], getattr(package, name)

        @functools.wraps(function)
        def called(*arguments, **options):
            made.append(name)
            return function(*arguments, **options)

        monkeypatch.setattr(package, name, called)
        return made

    return watch


def settings(parcels, engine):
    return {"INPUT": parcels, "FIELD": "value", "ENGINE": engine, "OUTPUT": "TEMPORARY_OUTPUT"}


@pytest.mark.parametrize("name", CHOICES)
def test_the_built_in_engine_is_the_first_and_the_default(definition, name):
    engine = definition(name).parameterDefinition("ENGINE")
    assert engine.options() == ["Built-in", CHOICES[name]]
    assert engine.defaultValue() == BUILT_IN
    assert "cite" in engine.help() and "must be installed" in engine.help()


class TestWithThePackages:
    def test_levels_by_jenkspy(self, run, parcels, calls):
        made = calls(pytest.importorskip("jenkspy"), "jenks_breaks")
        ours, theirs = (run("naturalbreaks", **settings(parcels, engine)) for engine in (BUILT_IN, OTHER))
        assert made == ["jenks_breaks"]
        assert theirs.column("value_lvl") == ours.column("value_lvl")
        assert theirs["GVF"] == pytest.approx(ours["GVF"], abs=1e-12)
        assert theirs["EXCLUDED"] == ours["EXCLUDED"] == 1
        assert any("Engine: jenkspy" in line for line in theirs.log.info)
        assert not any("Engine:" in line for line in ours.log.info)
        history = theirs.layer().metadata().history()
        assert any("Engine: jenkspy 0" in line for line in history)

    def test_global_moran_by_pysal(self, run, parcels, calls):
        made = calls(pytest.importorskip("esda"), "Moran")
        ours, theirs = (
            run("globalmoran", **settings(parcels, engine), PERMUTATIONS=999) for engine in (BUILT_IN, OTHER)
        )
        assert made == ["Moran"]
        for name in ("MORAN_I", "EXPECTED_I", "Z", "P", "GEARY_C", "GEARY_Z", "GEARY_P"):
            assert theirs[name] == pytest.approx(ours[name], abs=1e-12), name
        assert 0 < theirs["P_SIM"] <= 1
        assert any("Engine: esda" in line and "libpysal" in line for line in theirs.log.info)

    def test_local_moran_by_pysal(self, run, parcels, calls):
        made = calls(pytest.importorskip("esda"), "Moran_Local")
        ours, theirs = (
            run("localmoran", **settings(parcels, engine), PERMUTATIONS=9_999, CORRECTION=0)
            for engine in (BUILT_IN, OTHER)
        )
        assert made == ["Moran_Local"]
        known = [value is not None for value in ours.column("lm_i")]
        assert known.count(False) == 1
        assert [value is not None for value in theirs.column("lm_i")] == known
        # Five standard errors of the difference of two p-values near 1, of 9,999 draws each: .07.
        for name, tolerance in (("lm_i", 1e-12), ("lm_lag", 1e-12), ("lm_p", 0.07)):
            pairs = zip(ours.column(name), theirs.column(name), strict=True)
            assert all(a == pytest.approx(b, abs=tolerance) for a, b in pairs if a is not None), name
        assert theirs.column("lm_quad") == ours.column("lm_quad")
        assert theirs["EXCLUDED"] == 1

    def test_incremental_moran_by_pysal(self, run, parcels, calls):
        made = calls(pytest.importorskip("esda"), "Moran")
        ours, theirs = (
            run("incrementalmoran", **settings(parcels, engine), DISTANCES=4) for engine in (BUILT_IN, OTHER)
        )
        assert made == ["Moran"] * 4
        assert theirs.column("moran_i") == pytest.approx(ours.column("moran_i"), abs=1e-12)
        assert theirs.column("z") == pytest.approx(ours.column("z"), rel=1e-9)
        assert any("Engine: esda" in line for line in theirs.log.info)

    def test_bivariate_rows_and_those_of_districts_by_pysal(self, run, calls, layer):
        esda = pytest.importorskip("esda")
        univariate, bivariate = calls(esda, "Moran"), calls(esda, "Moran_BV")
        rng = np.random.default_rng(6)
        rows = [
            (f"Point ({x} {y})", *rng.normal(size=2).tolist(), district)
            for (x, y), district in zip(rng.uniform(0, 1000, (60, 2)), ["east", "west"] * 30, strict=True)
        ]
        source = layer("Point", "a:double b:double d:string", rows)
        shared = {"INPUT": source, "FIELD": "a", "SECOND_FIELD": "b", "DISTRICT": "d", "K": 4}
        ours, theirs = (
            run("globalmoran", **shared, ENGINE=engine, OUTPUT="TEMPORARY_OUTPUT")
            for engine in (BUILT_IN, OTHER)
        )
        assert (len(univariate), len(bivariate)) == (3, 3)
        assert theirs.column("district") == ours.column("district")
        assert theirs.column("moran_i") == pytest.approx(ours.column("moran_i"), abs=1e-12)

    def test_a_constant_column_has_no_cluster_by_pysal_either(self, run, grid):
        pytest.importorskip("esda")
        result = run("localmoran", **settings(grid([[7.0] * 5] * 4), OTHER), PERMUTATIONS=99)
        assert set(result.column("lm_p")) == set(result.column("lm_i")) == {None}
        assert set(result.column("lm_cluster")) == {"ns"}


class TestWithoutThem:
    @pytest.fixture(autouse=True)
    def hide(self, monkeypatch):
        for name in ("jenkspy", "esda", "libpysal"):
            monkeypatch.setitem(sys.modules, name, None)

    @pytest.mark.parametrize("name", CHOICES)
    def test_the_check_before_the_run_names_package_python_and_command(self, definition, parcels, name):
        fine, message = definition(name).checkParameterValues(
            settings(parcels, OTHER), QgsProcessingContext()
        )
        assert not fine
        for part in (*PACKAGES[name], sys.prefix, "-m pip install", f"numpy=={np.__version__}", "built-in"):
            assert part in message

    @pytest.mark.parametrize("name", CHOICES)
    def test_so_does_a_run_that_was_not_checked_as_in_models(self, definition, parcels, name):
        algorithm = definition(name).create()
        context, feedback = QgsProcessingContext(), QgsProcessingFeedback(False)
        parameters = settings(parcels, OTHER)
        algorithm.prepare(parameters, context, feedback)
        with pytest.raises(QgsProcessingException, match="-m pip install"):
            algorithm.processAlgorithm(parameters, context, feedback)

    @pytest.mark.parametrize("name", CHOICES)
    def test_the_built_in_engine_does_not_miss_them(self, run, parcels, name):
        assert run(name, **settings(parcels, BUILT_IN))["EXCLUDED"] == 1

    def test_fixed_breaks_need_no_engine(self, run, parcels):
        base = run("naturalbreaks", **settings(parcels, BUILT_IN))
        again = run("naturalbreaks", **settings(parcels, OTHER), FIXED_BREAKS=base.layer("BREAKS"))
        assert again.column("value_lvl") == base.column("value_lvl")
