"""The evaluation in a real QGIS window: toolbox, dialog, result in the layer tree and on the map."""

from pathlib import Path

DEMO = Path(__file__).resolve().parents[2] / "resources" / "demo" / "demo.gpkg"
TABLES = ("index_system_synthetic_fields", "parcels_partly_synthetic")
LAYERS = [f"{DEMO}|layername={name}" for name in TABLES]
GROUPS = {
    "en_US": ["1 Indicators", "2 Weighting", "3 Scoring", "4 Classification", "5 Spatial autocorrelation",
              "6 Zoning", "7 Planning", "Evaluation"],
    "zh-Hans": ["1 指标", "2 赋权", "3 评分", "4 分级", "5 空间自相关", "6 分区", "7 规划", "综合评价"],
}  # fmt: skip

RUN = {"en_US": "Run", "zh-Hans": "运行"}  # QGIS' own word
LEGEND = {
    "en_US": ["4 high-quality agglomeration", "3 relatively high-quality agglomeration",
              "2 general agglomeration", "1 low-quality agglomeration", "no result"],
    "zh-Hans": ["4 高质量集聚区", "3 较高质量集聚区", "2 一般质量集聚区", "1 低质量集聚区", "无结果"],
}  # fmt: skip


def test_the_toolbox_lists_every_algorithm_in_the_users_language(window):
    window.keys("ctrl+alt+t")
    told = window.until(lambda told: told["toolbox"])
    assert sorted(group for group, _ in told["toolbox"]) == sorted(GROUPS[window.language])
    names = [name for _, names in told["toolbox"] for name in names]
    assert len(names) == 28
    assert window.say("Natural breaks") in names
    window.picture("toolbox")
    window.keys("ctrl+alt+t")
    window.until(lambda told: not told["toolbox"])


def test_a_finished_evaluation_in_the_layer_tree_and_on_the_map(window):
    window.press("Evaluate parcels…")
    window.choose("Parcels", "parcels_partly")
    window.choose("Index system", "index_system")
    window.picture("evaluate")
    window.press(RUN[window.language])
    tables = 8
    told = window.until(lambda told: len(told["tree"]) == len(LAYERS) + 1 + tables)
    tree = {layer["name"]: layer for layer in told["tree"]}
    assert tree[window.say("Evaluated parcels")]["legend"] == LEGEND[window.language]
    assert window.say("Excluded parcels") in tree
    window.keys("Escape")  # closes the dialog
    window.until(lambda told: not told["dialogs"] and not told["drawing"])
    window.picture("evaluated")
