"""The catalogue of translations has every text of the code, translated, with the same placeholders."""

import ast
import re
import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TOOL = runpy.run_path(str(ROOT / "scripts" / "translations.py"))
TEXTS, NOT_WRITTEN_OUT = TOOL["texts_of_code"]()
CATALOGUE = TOOL["read_catalogue"]()
# One term for one thing: the term, and patterns of those that it is mistaken for.
TERMS = {
    "赋权": ["定权(?!重)"],
    "集聚": ["聚集"],
    "是否型指标": ["是否类", "标志型"],
    "推导": ["导出的目标值", "由数据导出"],
    "单元": ["该单元格", "补全单元格"],
    "邻居": ["邻接地块"],
    "联合会审": ["联合评审"],
    "层面": ["准则层"],
    "一致性比率": ["一致性比例"],
    "备选用地": ["候选用地"],
    "生活服务": ["日常服务"],
    "封顶系数": ["上限系数"],
    "基准年": ["基期"],
    "分割": ["拆分"],
    "论文": ["原文(?!件)"],
}
CHINESE = re.compile("[\u4e00-\u9fff]")
# Names and symbols that are the same in Chinese.
NAMES = {
    "z",
    "p",
    "Pearson",
    "Spearman",
    "Kendall's tau-b",
    "CR",
    "Geary's C",
    "PySAL",
    "Bonferroni",
    "jenkspy",
    "Saaty",
    "CSV (*.csv)",
    "-1/(n - 1).",
}
PLACEHOLDER = re.compile(r"\{(\d*)(:[^{}]*)?\}")


def placeholders(text):
    """Formats by the position of the value that they show."""
    found = PLACEHOLDER.findall(text)
    return sorted((int(number or place), kind) for place, (number, kind) in enumerate(found))


def test_every_text_of_the_code_is_in_the_catalogue_and_no_other():
    assert not NOT_WRITTEN_OUT, "a text that is not written out cannot be translated"
    assert TEXTS.keys() - CATALOGUE.keys() == set(), "run make translations and translate what it prints"
    assert CATALOGUE.keys() - TEXTS.keys() == set(), "run make translations"


def test_every_text_is_translated():
    assert [text for (_, text), chinese in CATALOGUE.items() if not chinese] == []
    assert {text for (_, text), done in CATALOGUE.items() if not CHINESE.search(done or "")} == NAMES


def test_translations_keep_the_placeholders():
    lost = [text for (_, text), chinese in CATALOGUE.items() if placeholders(text) != placeholders(chinese)]
    assert lost == []


def test_chinese_sentences_have_chinese_punctuation():
    mixed = re.compile(
        "[\u4e00-\u9fff][,:;?!]|[,:;?!][\u4e00-\u9fff]"
        r"|[\u4e00-\u9fff]\((?!&)|\)[\u4e00-\u9fff]|\d\(\{"
    )
    assert [chinese for chinese in CATALOGUE.values() if mixed.search(chinese.replace(";;", " "))] == []


@pytest.fixture(scope="module")
def chinese_texts():
    """Every Chinese text that a user reads: catalogue, README, help, and what the code writes into data."""
    pages = [ROOT / "README.zh.md", *(ROOT / "resources" / "help" / "zh").glob("*.html")]
    texts = [*CATALOGUE.values(), *(page.read_text(encoding="utf-8") for page in pages)]
    for module in (ROOT / "algorithms").rglob("*.py"):
        constants = (node.value for node in ast.walk(ast.parse(module.read_text(encoding="utf-8")))
                     if isinstance(node, ast.Constant))  # fmt: skip
        texts += [text for text in constants if isinstance(text, str) and CHINESE.search(text)]
    return texts


@pytest.mark.parametrize("term", TERMS)
def test_one_term_stands_for_one_thing(chinese_texts, term):
    assert any(term in text for text in chinese_texts)
    others = re.compile("|".join(TERMS[term]))
    assert [text for text in chinese_texts if others.search(text)] == []


@pytest.mark.parametrize(
    "code",
    [
        'tr(f"{name} is wrong")',
        'tr("a" + name)',
        "tr(name)",
        'ParcelDataError("a {}".format(name))',
    ],
)
def test_a_text_that_is_not_written_out_is_found(code, tmp_path):
    (tmp_path / "plugin.py").write_text(f'tr("kept")\n{code}\n', encoding="utf-8")
    texts_of_code = TOOL["texts_of_code"]
    scope = texts_of_code.__globals__
    there = scope["ROOT"]
    scope["ROOT"] = tmp_path
    try:
        buttons = {key: file for key, file in TEXTS.items() if key[0] == "QPlatformTheme"}
        assert texts_of_code() == ({("ParcelAgglomeration", "kept"): "plugin.py"} | buttons, ["plugin.py:2"])
    finally:
        scope["ROOT"] = there


def test_the_texts_of_the_shipped_models_are_found():
    texts = TOOL["texts_of_model"](ROOT / "resources" / "models" / "rawmodel.model3")
    shown = {
        "parameter": "Deed area by which all is divided. Empty: the ellipsoidal area.",
        "description": "Stops, stations, junctions",
        "option": "GCJ-02 (Amap, Tencent)",
        "output": "Walk coverage",
        "step": "Enterprises, buildings, green areas",
    }
    assert {kind for kind, text in shown.items() if text not in texts} == set()
    ids = [text for text in texts if re.fullmatch("[a-z_]+", text)]
    assert ids == [], "ids and values are no texts"
    assert all(("ParcelAgglomeration", text) in TEXTS for text in texts)


def test_update_keeps_drops_and_marks_texts(tmp_path, monkeypatch):
    scope = TOOL["write_catalogue"].__globals__
    monkeypatch.setitem(scope, "CATALOGUE", tmp_path / "a.ts")
    context = "ParcelAgglomeration"
    kept, new, error = (context, "<kept> & “{}”\nline"), (context, "new"), ("ParcelDataError", "kept")
    known = {kept: "保留 <{}>\n行", (context, "gone"): "去掉", error: "错误"}
    TOOL["write_catalogue"](dict.fromkeys((kept, new, error), "plugin.py"), known)
    assert TOOL["read_catalogue"]() == {kept: known[kept], new: None, error: "错误"}
    lines = (tmp_path / "a.ts").read_text(encoding="utf-8").splitlines()
    assert sum(line.startswith("<message>") and line.endswith("</message>") for line in lines) == 3


def test_without_lrelease_the_plugin_stays_english_and_says_so(tmp_path, monkeypatch, capsys):
    scope = TOOL["build"].__globals__
    monkeypatch.setitem(scope, "COMPILED", tmp_path / "a.qm")
    monkeypatch.setitem(scope, "lrelease", lambda: None)
    TOOL["build"]()
    assert "the plugin speaks English" in capsys.readouterr().err and not list(tmp_path.iterdir())


@pytest.mark.skipif(TOOL["lrelease"]() is None, reason="lrelease is not installed")
def test_a_catalogue_is_compiled_once(tmp_path, monkeypatch):
    compiled = tmp_path / "a.qm"
    monkeypatch.setitem(TOOL["build"].__globals__, "COMPILED", compiled)
    TOOL["build"]()
    written = compiled.stat().st_mtime_ns
    TOOL["build"]()
    assert compiled.stat().st_mtime_ns == written and [path.name for path in tmp_path.iterdir()] == ["a.qm"]
