"""The whole demonstration computed again with pandas, jenkspy, libpysal and esda.

`evaluate` runs once by the real qgis_process; what it writes is compared with scores by pandas,
levels by jenkspy, neighbours by libpysal, global and local Moran's I by esda, zones by the
paper's table spelled out.
"""

import numpy as np
import pandas as pd
import pytest

gpd = pytest.importorskip("geopandas")
jenkspy = pytest.importorskip("jenkspy")
esda = pytest.importorskip("esda")
libpysal = pytest.importorskip("libpysal")

K = 8
DRAWS = 99_999
SCORES = ["d_effic", "d_intens", "d_innov", "d_green", "d_access", "l_econ", "l_land", "composite"]
LEVELS = {name: (name.split("_")[-1][:6] + "_lvl", 3 if name.startswith("d_") else 4) for name in SCORES}
# Planners 2024(7), cross-tabulation; the cells of `COMPLETED` are ours. (economy, land): zone
ZONES = {
    (4, 4): 4, (4, 3): 4, (4, 2): 3, (4, 1): 3,
    (3, 4): 4, (3, 3): 4, (3, 2): 3, (3, 1): 3,
    (2, 4): 2, (2, 3): 2, (2, 2): 2, (2, 1): 2,
    (1, 4): 1, (1, 3): 1, (1, 2): 1, (1, 1): 1,
}  # fmt: skip
COMPLETED = {(4, 1), (3, 1), (2, 2), (2, 1)}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("demonstration")


@pytest.fixture(scope="module")
def run(run_json, demo, folder):
    answer = run_json(
        "evaluate",
        INPUT=demo(),
        INDEX_SYSTEM=demo("index_system_synthetic_fields"),
        ID_FIELD="parcel_id",
        DISTRICT_FIELD="syn_distr",
        OUTPUT=folder / "zones.gpkg",
        MORAN=folder / "moran.csv",
        STATISTICS=folder / "statistics.csv",
        TARGETS=folder / "targets.csv",
    )
    assert answer.code == 0, answer.err
    return answer.results


@pytest.fixture(scope="module")
def zones(run, folder):
    return gpd.read_file(folder / "zones.gpkg").set_index("parcel_id")


@pytest.fixture(scope="module")
def expected(demo):
    """Scores by pandas from the raw fields."""
    path, layer = demo().split("|layername=")
    parcels = gpd.read_file(path, layer=layer).set_index("parcel_id")
    system = gpd.read_file(path, layer="index_system_synthetic_fields")
    scores = pd.DataFrame(index=parcels.index)
    for row in system.itertuples():
        x = parcels[row.field].astype(float)
        if row.direction == "benefit":
            s = (x / x.quantile(0.95)).clip(0, 1)
        elif row.direction == "cost":
            s = (x[x > 0].quantile(0.05) / x).clip(upper=1).where(x != 0, 1.0)
        elif row.direction == "rating":
            s = x / 10
        elif row.direction == "flag":
            s = x
        else:
            s = (
                pd.Series(1.0, x.index)
                .where(x <= row.upper, row.upper / x)
                .where(x >= row.lower, x / row.lower)
            )
        scores["s_" + row.indicator] = 100 * s.where(x.notna())
    complete = scores.notna().all(axis=1)
    for dimension, rows in system.groupby("dimension", sort=False):
        columns = ["s_" + code for code in rows.indicator]
        scores["d_" + dimension] = (
            (scores[columns] * rows.weight_local.to_numpy()).sum(axis=1).where(complete)
        )
    dimension_weight = system.groupby("dimension", sort=False).weight_dim.first()
    for layer, rows in system.groupby("layer", sort=False):
        names = rows.dimension.unique()
        weights = dimension_weight[names]
        columns = ["d_" + name for name in names]
        scores["l_" + layer] = (scores[columns] * weights.to_numpy()).sum(axis=1) / weights.sum()
        scores["l_" + layer] = scores["l_" + layer].where(complete)
    columns = ["d_" + name for name in dimension_weight.index]
    scores["composite"] = (scores[columns] * dimension_weight.to_numpy()).sum(axis=1).where(complete)
    return scores


@pytest.fixture(scope="module")
def weights(zones):
    """Eight nearest centroids among the scored parcels by libpysal, row-standardised."""
    scored = zones[zones.composite.notna()]
    centroids = scored.geometry.centroid
    made = libpysal.weights.KNN(np.column_stack([centroids.x, centroids.y]), k=K)
    made.transform = "R"
    return made


def test_scores(zones, expected):
    for name in expected.columns:
        np.testing.assert_allclose(zones[name[:10]], expected[name], rtol=0, atol=1e-9, err_msg=name)


def test_three_parcels_lack_an_indicator_and_are_not_scored(run, zones, expected):
    lacking = expected.index[expected.composite.isna()]
    assert list(lacking) == [1010, 1034, 1057]
    assert run["EXCLUDED"] == 3
    assert (zones.excluded == expected.composite.isna()).all()
    assert zones.loc[lacking, ["zone", "econ_lvl", "lm_p"]].isna().all(axis=None)
    assert zones.lacks[1034] == "talent"


def test_levels_are_jenkspys(zones):
    for name, (level, classes) in LEVELS.items():
        values = zones[name].dropna()
        breaks = jenkspy.jenks_breaks(values.tolist(), n_classes=classes)
        theirs = np.searchsorted(breaks[1:-1], values, side="left") + 1
        np.testing.assert_array_equal(zones[level].dropna(), theirs, err_msg=name)


def test_zones_are_the_papers_cells_and_ours_are_marked(zones):
    for row in zones[zones.zone.notna()].itertuples():
        cell = (row.econ_lvl, row.land_lvl)
        assert row.zone == ZONES[cell]
        assert row.zone_src == ("completed" if cell in COMPLETED else "printed")
    assert set(zones.zone.dropna()) == {1, 2, 3, 4}


def test_global_moran_of_all_eight_scores_is_esdas(zones, weights, folder):
    table = pd.read_csv(folder / "moran.csv").set_index("field")
    assert list(table.index) == SCORES
    for name in SCORES:
        theirs = esda.Moran(zones[name].dropna().to_numpy(), weights, permutations=0, two_tailed=True)
        ours = table.loc[name]
        assert ours.moran_i == pytest.approx(theirs.I, abs=1e-12)
        assert ours.expected == pytest.approx(theirs.EI, abs=1e-12)
        assert ours.z == pytest.approx(theirs.z_rand, rel=1e-9)
        assert ours.z_norm == pytest.approx(theirs.z_norm, rel=1e-9)
        assert ours.p == pytest.approx(theirs.p_rand, rel=1e-6, abs=1e-15)


def test_local_moran_of_the_composite_is_esdas(zones, weights):
    scored = zones[zones.composite.notna()]
    theirs = esda.Moran_Local(
        scored.composite.to_numpy(), weights, permutations=DRAWS, seed=7, n_jobs=1, keep_simulations=False
    )
    n = len(scored)
    # esda divides by sum z^2 / (n - 1), this project by sum z^2 / n, as spdep.
    np.testing.assert_allclose(scored.lm_i, theirs.Is * n / (n - 1), rtol=0, atol=1e-12)
    assert list(scored.lm_quad) == [{1: "HH", 2: "LH", 3: "LL", 4: "HL"}[q] for q in theirs.q]
    # Both are Monte Carlo: the difference has twice the variance of one tail's share.
    p = np.minimum(1, 2 * theirs.p_sim)
    error = 2 * np.sqrt(2 * theirs.p_sim * (1 - theirs.p_sim) / DRAWS)
    assert (np.abs(scored.lm_p - p) <= 5 * error + 4 / DRAWS).all()


def test_clusters_are_those_of_benjamini_and_hochberg(zones):
    scored = zones[zones.lm_p.notna()]
    p = np.sort(scored.lm_p)
    passing = np.flatnonzero(p <= 0.05 * np.arange(1, p.size + 1) / p.size)
    threshold = p[passing[-1]] if passing.size else -1
    expected = np.where(scored.lm_p <= threshold, scored.lm_quad, "ns")
    assert list(scored.lm_cluster) == list(expected)
    assert (expected != "ns").any()


def test_statistics_are_pandas(zones, folder):
    table = pd.read_csv(
        folder / "statistics.csv", keep_default_na=False, na_values=[""], dtype={"class": str}
    )
    area = zones.to_crs("EPSG:4326").geometry
    geod = pytest.importorskip("pyproj").Geod(ellps="WGS84")
    hectares = area.map(lambda shape: abs(geod.geometry_area_perimeter(shape)[0]) / 1e4)
    zoned = zones[zones.zone.notna()]
    whole = table[(table.section == "zone") & table.district.isna() & table.cross.isna()].set_index("class")
    groups = zoned.groupby(zoned.zone.astype(int))
    for zone, group in groups:
        row = whole.loc[str(zone)]
        assert row.parcels == len(group)
        assert row.share_n == pytest.approx(len(group) / len(zoned))
        assert row.area_hm2 == pytest.approx(hectares[group.index].sum(), rel=1e-6)
        assert row.share_area == pytest.approx(
            hectares[group.index].sum() / hectares[zoned.index].sum(), rel=1e-6
        )
        assert row.completed == (group.zone_src == "completed").sum()
        assert row.syn_tax_sum == pytest.approx(group.syn_tax.sum())
        assert row.syn_tax_share == pytest.approx(group.syn_tax.sum() / zoned.syn_tax.sum())
        assert row.syn_tax_ratio == pytest.approx(group.syn_tax.mean() / groups.syn_tax.mean()[1])
    per_district = table[(table.section == "zone") & table.district.notna()]
    counts = zoned.groupby(["syn_distr", zoned.zone.astype(int).astype(str)]).size()
    for row in per_district.to_dict("records"):
        assert row["parcels"] == counts.get((row["district"], row["class"]), 0)
    crossed = table[(table.section == "zone") & table.cross.notna()]
    assert crossed.parcels.sum() == len(zoned)
