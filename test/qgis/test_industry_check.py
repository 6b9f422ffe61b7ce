"""industrycheck as the toolbox runs it."""

import pytest
from qgis.core import QgsProcessingException

POINT = "Point (0 0)"
FIELDS = "name:string industry:string composite:double area:double output:double compos_lvl:integer"
# Mean scores: 36 80, 37 60, 38 40, 14 20; 13 has no score, 99 no performance.
PARCELS = [
    ("p1", "3610", 100, 10_000, 5, 4),
    ("p2", "36 Cars", 70, 20_000, 5, 3),
    ("p3", "C37", 60, 30_000, 1, 3),
    ("p4", "38", 40, 10_000, None, 2),
    ("p5", "3810", 40, 10_000, None, 2),
    ("p6", "14", 20, 40_000, 7, 1),
    ("p7", "14", 20, 10_000, 7, None),
    ("p8", "13", None, 10_000, 7, None),
    ("p9", "99", 50, 10_000, 7, 3),
    ("p10", None, 50, 10_000, 7, 3),
]
SETTINGS = {
    "ID_FIELD": "name",
    "INDUSTRY_FIELD": "industry",
    "CODE_LEVEL": 2,
    "OUTPUT_FIELD": "output",
    "AREA_FIELD": "area",
    "KEY_FIELD": "code",
    "HIGHER_FIELDS": ["growth"],
    "RANK_DIFFERENCE": 2,
}


@pytest.fixture
def parcels(layer):
    return layer("Point", FIELDS, [(POINT, *row) for row in PARCELS])


@pytest.fixture
def performance(layer):
    # By growth 14 is first, then 37, 38, 36; nobody makes 40.
    rows = [("36 Automobiles", 1, 9), ("37", 3, 8), ("38", 2, 7), ("14", 4, 6), ("40", 5, 5), ("13", 5, 5)]
    return layer("None", "code:string growth:double energy:double", [(None, *row) for row in rows])


@pytest.fixture
def check(run, parcels, performance):
    def checked(**more):
        return run("industrycheck", **{"INPUT": parcels, "PERFORMANCE": performance, **SETTINGS, **more})

    return checked


def test_industries_conflicts_and_flags(check):
    result = check()
    rows = {row["industry"]: row for row in result.rows("INDUSTRIES")}
    assert list(rows) == ["36", "37", "99", "38", "14", "13", "40"]
    cars = rows["36"]
    assert (cars["name"], cars["parcels"], cars["area_hm2"], cars["output"]) == ("Automobiles", 2, 3, 10)
    assert (cars["score"], cars["rank"], cars["cmp_rank"], cars["perf_rank"]) == (80, 1, 1, 4)
    assert {key: row["finding"] for key, row in rows.items()} == {
        "36": "over", "37": "single", "38": "agrees", "14": "under", "13": "no_score", "99": "no_perf",
        "40": "no_parcel",
    }  # fmt: skip
    assert (result["COMPARED"], result["CONFLICTS"], result["EXCLUDED"]) == (4, 2, 3)
    assert result.column("ind_key") == ["36", "36", "37", "38", "38", "14", "14", "13", "99", None]
    assert result.column("ind_conf") == [1, 1, 2, 3, 3, 1, 1, None, None, None]
    assert result.column("ind_diff")[0] == -3
    assert result.column("compos_lvl") == [row[-1] for row in PARCELS]
    assert "shift_lvl" not in result.layer().fields().names()
    assert result["SHIFTED"] == 0


def test_correlations_are_those_of_scipy(check):
    stats = pytest.importorskip("scipy.stats")
    result = check()
    rho, tau = (
        stats.spearmanr([80, 60, 40, 20], [1, 3, 2, 4]),
        stats.kendalltau([80, 60, 40, 20], [1, 3, 2, 4]),
    )
    assert (result["SPEARMAN"], result["SPEARMAN_P"]) == pytest.approx((rho[0], rho[1]))
    assert (result["KENDALL"], result["KENDALL_P"]) == pytest.approx((tau[0], tau[1]))
    assert [row["measure"] for row in result.rows("CORRELATIONS")] == ["growth"]
    both = check(LOWER_FIELDS=["energy"]).rows("CORRELATIONS")
    assert [(row["measure"], row["better"]) for row in both] == [
        (None, None), ("growth", "higher"), ("energy", "lower"),
    ]  # fmt: skip


def test_the_review_list_has_the_widest_conflict_first(check):
    result = check(LEVEL_FIELD="compos_lvl", LANGUAGE=1)
    rows = result.rows("REVIEW")
    assert [row["parcel"] for row in rows] == ["p6", "p2", "p1", "p7", "p8", "p9", "p10"]
    assert rows[0]["label"] == "行业绩效位次优于得分位次"
    assert (rows[0]["level"], rows[0]["cmp_rank"], rows[0]["perf_rank"]) == (1, 4, 1)
    assert rows[0]["shift_lvl"] is None and rows[0]["shift_why"] is None
    assert result["TO_REVIEW"] == 7


def test_a_shift_is_logged_and_stands_beside_the_level(check):
    result = check(SHIFT=True, LEVEL_FIELD="compos_lvl")
    assert result.column("compos_lvl") == [row[-1] for row in PARCELS]
    assert result.column("shift_lvl") == [3, 2, 3, 2, 2, 2, None, None, 3, 3]
    assert [bool(why) for why in result.column("shift_why")] == [
        *[True] * 2,
        *[False] * 3,
        True,
        *[False] * 4,
    ]
    assert result["SHIFTED"] == 3
    assert any("1 parcels up, 2 down" in line for line in result.log.info)
    assert next(row for row in result.rows("REVIEW") if row["parcel"] == "p6")["shift_lvl"] == 2


def test_what_stands_on_one_side_only_is_told(check):
    said = check().log.info
    for text in (
        "Industries without performance: 99.",
        "Industries without parcels: 40.",
        "Industries without a scored parcel: 13.",
        "Industries with one parcel: 37, 99, 13.",
        "1 parcels have no industry.",
        "1 parcels have no score or no area and enter no mean.",
    ):
        assert text in said, text


def test_duplicated_parcels_are_warned_of(check, layer):
    twice = layer("Point", FIELDS, [(POINT, *row) for row in (*PARCELS, PARCELS[0])])
    result = check(INPUT=twice)
    assert any("“p1”" in line and "more than once" in line for line in result.log.warnings)
    assert next(row["parcels"] for row in result.rows("INDUSTRIES") if row["industry"] == "36") == 3


def test_names_that_hold_no_code_are_compared_as_they_stand(check, layer):
    named = layer("Point", FIELDS, [(POINT, *row) for row in (*PARCELS, ("p11", "钢铁", 90, 1, 1, 1))])
    table = layer("None", "code:string growth:double", [(None, "钢铁", 1), (None, "36", 2)])
    result = check(INPUT=named, PERFORMANCE=table)
    assert result["COMPARED"] == 2
    assert any("1 parcels hold no code of that level" in line for line in result.log.info)


def test_tables_with_nothing_in_common_are_warned_of(check, layer):
    table = layer("None", "code:string growth:double", [(None, "A", 1)])
    result = check(PERFORMANCE=table)
    assert (result["COMPARED"], result["SPEARMAN"], result["KENDALL_P"]) == (0, None, None)
    assert any("compare keys and code level" in line for line in result.log.warnings)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"HIGHER_FIELDS": []}, "No performance field is chosen"),
        ({"LOWER_FIELDS": ["growth"]}, "growth is chosen as higher and as lower"),
        ({"SHIFT": True}, "no level field is chosen"),
        ({"SHIFT": True, "LEVEL_FIELD": "area"}, "area holds .* in feature .*; levels are whole numbers"),
        ({"CODE_LEVEL": 1}, "Industry C stands 6 times in the performance table"),
        (
            {"HIGHER_FIELDS": ["code"]},
            "Field code holds “36 Automobiles” in feature 1, which is not a number",
        ),
        ({"SCORE_FIELD": "industry"}, "Field industry holds “36 Cars”"),
    ],
)
def test_bad_settings_are_one_sentence(check, settings, sentence):
    with pytest.raises(QgsProcessingException, match=sentence):
        check(**settings)


def test_a_column_without_industries_is_one_sentence(check, layer):
    bare = layer("Point", FIELDS, [(POINT, "p1", None, 1, 1, 1, 1)])
    with pytest.raises(QgsProcessingException, match="Field industry holds no industry"):
        check(INPUT=bare)


def test_the_report_shows_ranks_lists_and_shifts(check, tmp_path):
    path = tmp_path / "report.html"
    check(REPORT=str(path), SHIFT=True, LEVEL_FIELD="compos_lvl")
    page = path.read_text(encoding="utf-8")
    assert page.count("<circle") == 4
    for text in ("36 Automobiles", "With performance, but without parcels: 40", "Levels moved", ">p6<"):
        assert text in page, text


def test_texts_of_the_data_are_escaped_in_the_report(check, layer, tmp_path):
    path = tmp_path / "report.html"
    rows = [("<b>p</b>", "<i>x</i>", 50, 1, 1, 4), ("q", "y", 40, 1, 1, 4), ("r", "y", 40, 1, 1, 4)]
    named = layer("Point", FIELDS, [(POINT, *row) for row in rows])
    table = layer("None", "code:string growth:double", [(None, "<i>x</i>", 1), (None, "y", 2)])
    check(INPUT=named, PERFORMANCE=table, RANK_DIFFERENCE=1, REPORT=str(path))
    page = path.read_text(encoding="utf-8")
    assert "<i>" not in page and "<b>" not in page
    assert "&lt;i&gt;x" in page and "&lt;b&gt;p" in page
