"""The judgement editor in a real QGIS window on a virtual screen, by real clicks and keys."""

import pytest


def judges(window, expected):
    """Wait until the pairs have these values, and return what the editor shows."""
    return window.shows(lambda editor: values(editor) == expected)


def values(editor):
    return {tuple(pair["pair"]): pair["value"] for pair in editor["pairs"]}


def test_judgements_are_made_and_undone_by_hand(window):
    window.press("Judgements…")
    window.press("New hierarchy")
    window.press("Empty hierarchy")
    window.shows(lambda editor: editor["tree"] == [window.say("Goal")])
    window.press("New hierarchy")
    window.press("Index system of the paper")
    editor = window.shows(lambda editor: len(editor["tree"]) == 26)
    names = {
        "en_US": ["economic performance", "economic efficiency", "annual output", "annual tax"],
        "zh-Hans": ["经济效益", "经济高效", "用地年总产值", "用地年总税收"],
    }[window.language]
    assert editor["tree"][:5] == [window.say("Goal"), *names]

    window.keys("ctrl+Next", "ctrl+Next")  # goal, layer, dimension
    editor = window.shows(lambda editor: editor["node"] == "effic" and editor["focused"] == 0)
    assert editor["title"] == names[1]
    assert editor["pairs"][0]["names"] == names[2:]
    pairs = [("output", "tax"), ("output", "scale"), ("tax", "scale")]

    def judged(*figures):
        expected = (figure if figure is None else pytest.approx(figure) for figure in figures)
        return dict(zip(pairs, expected, strict=True))

    window.keys("Left", "Left", "Down", "5")
    editor = judges(window, judged(3, 5, None))
    window.click(editor["pairs"][2]["edit"])
    window.type("1/5")
    window.keys("Return")
    editor = judges(window, judged(3, 5, 1 / 5))
    assert editor["verdict"].startswith("✗ CR 0.4")
    assert [pair["worst"] for pair in editor["pairs"]].count("bad") == 1

    window.drag(editor["pairs"][2]["slider"], 0.67, 0.38)
    editor = judges(window, judged(3, 5, 3))
    assert editor["verdict"].startswith("✓ CR 0.03")
    assert sum(editor["weights"].values()) == pytest.approx(1)
    window.keys("ctrl+z")  # a drag is one step
    judges(window, judged(3, 5, 1 / 5))

    window.press("Propose repair…")
    window.until(lambda told: window.say("Apply") in told["buttons"])
    window.keys("Escape")
    told = window.until(lambda told: window.say("Apply") not in told["buttons"])
    assert values(told["editor"]) == judged(3, 5, 1 / 5), "not without confirmation"
    window.press("Propose repair…")
    window.press("Apply")
    window.shows(lambda editor: editor["verdict"].startswith("✓ CR 0.09"))
    window.keys("ctrl+z")
    judges(window, judged(3, 5, 1 / 5))
    window.keys("ctrl+shift+z")
    window.shows(lambda editor: editor["verdict"].startswith("✓ CR 0.09"))


def test_judgements_are_saved_and_not_lost_unasked(window):
    path = window.folder / "judgements.csv"
    window.keys("ctrl+s")
    window.until(lambda told: len(told["dialogs"]) == 2)
    window.keys("ctrl+a")
    window.type(str(path))
    window.keys("Return")
    editor = window.shows(lambda editor: editor["path"])
    assert not editor["modified"]
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    assert len(lines) == 1 + len(editor["rows"]) and lines[0].startswith("parent,a,b,value,expert")

    window.keys("ctrl+z")
    window.shows(lambda editor: editor["modified"])
    window.keys("Escape")
    told = window.until(lambda told: told["questions"])
    assert told["questions"] == [window.say("The judgements have changed. Save them?")]
    assert {"Discard", "Cancel"} <= told["buttons"].keys() or {"放弃", "取消"} <= told["buttons"].keys()
    assert ("Cancel" in told["buttons"]) == (window.language == "en_US")
    window.keys("Escape")
    told = window.until(lambda told: not told["questions"])
    assert told["editor"]["modified"], "the window stays"
    window.keys("ctrl+s")
    window.shows(lambda editor: not editor["modified"])
    window.keys("Escape")
    window.until(lambda told: not told["editor"])
    assert path.read_text(encoding="utf-8-sig").splitlines() != lines


def test_the_editor_serves_the_dialog_of_an_algorithm(window):
    window.keys("alt+p")
    window.press("Parcel Agglomeration")
    window.press("AHP weights…")
    window.press("edit_JUDGEMENTS")
    told = window.until(lambda told: told["editor"] and told["editor"]["focused"] == 0)
    assert told["modal"] and len(told["editor"]["tree"]) == 26
    for node in ("goal", "econ", "effic", "intens", "innov", "green", "access"):
        editor = window.shows(lambda editor, node=node: editor["node"] == node and editor["focused"] == 0)
        # Five judgements connect the six indicators of one node; its other ten pairs stay open.
        count = 5 if node == "intens" else len(editor["pairs"])
        window.keys(*["space", "Down"] * count)
        editor = window.shows(
            lambda editor, count=count: list(values(editor).values()).count(1) == count and editor["weights"]
        )
        children = len(editor["weights"])
        assert list(editor["weights"].values()) == pytest.approx([1 / children] * children)
        window.keys("ctrl+Next")
    editor = window.shows(lambda editor: editor["node"] == "goal")
    window.click(editor["ok"])
    told = window.until(lambda told: not told["editor"] and told["layers"])
    assert told["layers"] == [window.say("Judgements")]
