"""The Chinese README says what the English one says: same sections, commands, algorithms and links."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ENGLISH = (ROOT / "README.md").read_text(encoding="utf-8")
CHINESE = (ROOT / "README.zh.md").read_text(encoding="utf-8")


def commands(text):
    """Indented blocks, which hold the commands."""
    return re.findall(r"(?:^ {4}.+\n)+", text, re.MULTILINE)


def headings(text):
    """Level and title of each section."""
    return re.findall(r"^(#+) (.+)$", text, re.MULTILINE)


def table_rows(text):
    """Cells of each row of a table, without those of the heads."""
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    return [cells for cells in rows if "`" in cells[0]]


def links(text):
    """Targets of links and pictures."""
    return re.findall(r"\]\(([^)]+)\)", text)


def anchor(title):
    """The place in a page to which a heading's links go."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def test_both_have_the_same_commands():
    assert len(commands(ENGLISH)) > 5
    assert commands(CHINESE) == commands(ENGLISH)


def test_both_have_the_same_sections():
    assert [level for level, _ in headings(CHINESE)] == [level for level, _ in headings(ENGLISH)]


def test_both_name_the_same_algorithms_and_fields_in_the_same_rows():
    def code(text):
        return [re.findall("`[^`]+`", cells[0]) for cells in table_rows(text)]

    assert len(code(ENGLISH)) > 40
    assert code(CHINESE) == code(ENGLISH)


def test_both_give_the_same_figures():
    """Measured speeds: the rows of the table with the sizes."""

    def figures(text):
        rows = [line for line in text.splitlines() if re.match(r"\|.*\| \d[\d,]* \|", line)]
        return [re.findall(r"(?<=\| )\d[\d,.]*(?= \|)", row) for row in rows]

    assert len(figures(ENGLISH)) > 10
    assert figures(CHINESE) == figures(ENGLISH)


@pytest.mark.parametrize("text", [ENGLISH, CHINESE], ids=["English", "Chinese"])
def test_links_lead_somewhere(text):
    anchors = {anchor(title) for _, title in headings(text)}
    lost = []
    for target in links(text):
        found = target[1:] in anchors if target.startswith("#") else (ROOT / target).is_file()
        if not found and "://" not in target:
            lost.append(target)
    assert lost == []


def test_each_links_to_the_other_in_its_first_lines():
    assert "README.zh.md" in links("\n".join(ENGLISH.splitlines()[:5]))
    assert "README.md" in links("\n".join(CHINESE.splitlines()[:5]))
