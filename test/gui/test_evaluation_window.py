"""The toolbox and the guided evaluation in a real QGIS window, by clicks and keys."""

from pathlib import Path

from parcel_agglomeration.algorithms.provider import ALGORITHMS, MODELS

DEMO = Path(__file__).resolve().parents[2] / "resources" / "demo" / "demo.gpkg"
TABLES = ("index_system_synthetic_fields", "parcels_partly_synthetic")
LAYERS = [f"{DEMO}|layername={name}" for name in TABLES]
LEGEND = {
    "en_US": ["4 high-quality agglomeration", "3 relatively high-quality agglomeration",
              "2 general agglomeration", "1 low-quality agglomeration", "no result"],
    "zh-Hans": ["4 高质量集聚区", "3 较高质量集聚区", "2 一般质量集聚区", "1 低质量集聚区", "无结果"],
}  # fmt: skip
GROUPS = {
    "en_US": ["1 Indicators", "2 Weighting", "3 Scoring", "4 Classification", "5 Spatial autocorrelation",
              "6 Zoning", "7 Planning", "Evaluation"],
    "zh-Hans": ["1 指标", "2 赋权", "3 评分", "4 分级", "5 空间自相关", "6 分区", "7 规划", "综合评价"],
}  # fmt: skip
PAGES = ("Parcels", "Fields", "Targets", "Weights", "Zones", "Run")


def at(page):
    """Whether the dialog is at a page, by its number."""
    return lambda told: told["evaluation"] and told["evaluation"]["page"] == page


def test_the_toolbox_lists_every_algorithm_in_the_users_language(window):
    window.keys("ctrl+alt+t")
    told = window.until(lambda told: told["toolbox"])
    assert sorted(group for group, _ in told["toolbox"]) == sorted(GROUPS[window.language])
    names = [name for _, names in told["toolbox"] for name in names]
    assert len(names) == len(ALGORITHMS) + len(list(MODELS.glob("*.model3")))
    assert window.say("Natural breaks") in names
    window.picture("toolbox")


def test_from_a_layer_to_zones_on_the_map_page_by_page(window):
    window.press("Evaluate parcels…")
    told = window.until(at(0))
    assert [text.split(maxsplit=1)[1] for text in told["evaluation"]["steps"]] == [
        window.say(p) for p in PAGES
    ]
    window.until(lambda told: "117" in told["evaluation"]["about"])
    window.picture("guided_1_parcels")
    window.press("Next")
    window.until(at(1))
    window.press("From project")
    window.press(f"demo — {TABLES[0]}")
    window.until(lambda told: told["evaluation"]["problems"] == [])
    window.picture("guided_2_fields")
    for page, name in ((2, "targets"), (3, "weights"), (4, "zones"), (5, "run")):
        window.press("Next")
        window.until(at(page))
        window.picture(f"guided_{page + 1}_{name}")
    window.press("Evaluate")
    told = window.until(lambda told: told["evaluation"] and told["evaluation"]["summary"])
    zones = told["evaluation"]["summary"].split()
    assert {"56", "22", "21", "15"} <= set(zones), "parcels by zone, as `evaluate` counts them"
    window.until(lambda told: not told["drawing"])
    window.picture("guided_7_summary")
    tree = {layer["name"]: layer for layer in told["tree"]}
    counted = zip(LEGEND[window.language], (15, 21, 22, 56, 3), strict=True)
    assert tree[window.say("Evaluated parcels")]["legend"] == [f"{name} [{n}]" for name, n in counted]
    assert window.say("Statistics") in tree
    assert told["messages"] == [] or all(tag not in ("Python error", "Python") for tag, _ in told["messages"])
