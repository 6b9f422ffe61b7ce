"""What map sheets say in the language of the sheet, their scales and their file names."""

import math
import textwrap
from dataclasses import dataclass
from itertools import pairwise

from ..fields import CONFIDENCES, DIMENSIONS, TERMS, ZONES, class_terms
from ..scoring.target_scores import translate_targets_note

INDUSTRY = "ind_conf"
PANELS = (*(f"{term.code}_lvl" for term in DIMENSIONS), INDUSTRY, "zone")
"""Fields of a district sheet, in the order of its maps."""
STYLES = {
    "zone": "zones",
    "zone_stab": "stability",
    "lm_cluster": "clusters",
    "lg_cluster": "local_geary",
    "gi_bin": "hot_spots",
    "plan_list": "planning_lists",
    "ind_conf": "levels",
}

_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_LONGEST_NAME = 60
_IN_LINE = 3
_CLOSING = "，。、；：！？）》”’,.;:!?)] "
_OPENING = "（《“‘(["
_LEGEND_LINE = 42
_TEXTS = {
    "en": {
        "zone": "Agglomeration zones of industrial land",
        "zone_stab": "Stability of the agglomeration zones",
        "lm_cluster": "Spatial clusters (local Moran's I)",
        "lg_cluster": "Spatial clusters (local Geary's c)",
        "gi_bin": "Hot and cold spots",
        "plan_list": "Planning lists",
        "ind_conf": "Industry check: confidence",
        "level": "Quality levels: {}",
        "districts": "{}: evaluation of industrial land",
        "districts_sub": "Five dimensions in three levels, industry check and agglomeration zones",
        "panel": "({}) {}",
        "panel_zone": "agglomeration zones",
        "panel_ind_conf": "industry check, confidence",
        "levels": "Level of the dimension",
        "confidence": "Industry check",
        "zones": "Agglomeration zone",
        "others": "parcels of other districts",
        "no_result": "no result",
        "counts": "{}: {} ({} ha)",
        "class": "{}\n{}, {} ha",
        "number": "zone {}",
        "one": "1 parcel",
        "many": "{} parcels",
        "joint": "   ",
        "absent": "not given",
        "absent_long": "Not given: the layer has no field ind_conf; run “Industry check” first.",
        "scale": "1 : {}",
        "unit": "Compiled by: {}",
        "date": "Date: {}",
        "sources": "Data: {}",
        "crs": "Coordinate system: {}",
        "own_crs": "local system of the data",
        "local_crs": "transverse Mercator around {:.4f}°, {:.4f}° (WGS 84)",
        "made_by": "Made with Parcel Agglomeration {} in QGIS {}.",
        "notes": "Notes",
        "completed": "{} in cells of the zone matrix that the publication leaves open and we completed "
        "(zone_src: completed).",
        "user": "{} zoned by cells of a matrix of the user's own (zone_src: user).",
        "derived": "Targets of the indicators: {}. Derived or assumed targets are not official ones.",
        "whole": "Parcels and hectares are of the whole layer, of which the map shows a part.",
        "excluded": "{} not evaluated, as values are missing (excluded = 1).",
        "synthetic": "Synthetic data: the fields {} hold invented figures. The sheet shows the method, not "
        "the place.",
    },
    "zh": {
        "zone": "产业用地集聚分区图",
        "zone_stab": "集聚分区稳定性图",
        "lm_cluster": "空间集聚类型图（局部莫兰指数）",
        "lg_cluster": "空间集聚类型图（局部吉尔里指数）",
        "gi_bin": "冷热点分析图",
        "plan_list": "规划清单图",
        "ind_conf": "行业校核可信度图",
        "level": "质量等级图：{}",
        "districts": "{}产业用地评价图",
        "districts_sub": "五维度三级评价、行业校核与集聚分区",
        "panel": "({}) {}",
        "panel_zone": "集聚分区",
        "panel_ind_conf": "行业校核（可信度）",
        "levels": "维度等级",
        "confidence": "行业校核",
        "zones": "集聚分区",
        "others": "其他片区地块",
        "no_result": "无结果",
        "counts": "{} {} 宗（{} 公顷）",
        "class": "{}\n{}，{} 公顷",
        "number": "{} 区",
        "one": "1 宗地块",
        "many": "{} 宗地块",
        "joint": "　",
        "absent": "未提供",
        "absent_long": "未提供：图层无 ind_conf 字段，请先运行“行业校核”。",
        "scale": "1 : {}",
        "unit": "编制单位：{}",
        "date": "编制日期：{}",
        "sources": "数据来源：{}",
        "crs": "坐标系：{}",
        "own_crs": "数据自有的地方坐标系",
        "local_crs": "以 {:.4f}°，{:.4f}° 为中心的横轴墨卡托投影（WGS 84）",
        "made_by": "由 QGIS {1} 插件 Parcel Agglomeration {0} 制图。",
        "notes": "说明",
        "completed": "{}按补全的分区矩阵单元分区，论文未给出这些单元（zone_src 为 completed）。",
        "user": "{}按用户自定义的分区矩阵分区（zone_src 为 user）。",
        "derived": "指标目标值：{}。由数据推导或暂定的目标值并非官方目标。",
        "whole": "宗地数与面积按整个图层统计，本图仅显示其中一部分。",
        "excluded": "{}因缺值未评价（excluded 为 1）。",
        "synthetic": "合成数据：字段 {} 为虚构数值，本图仅示意方法，不反映实际情况。",
    },
}
_MOST_FIELDS = 4


@dataclass(frozen=True)
class ClassCount:
    """Parcels and hectares of a class.

    Parameters
    ----------
    code : str
        "" for parcels without a class.
    parcels : int
    hectares : float
    """

    code: str
    parcels: int
    hectares: float


def heading_of(field, language):
    """Heading of the legend of a field."""
    if field == "zone":
        return text("zones", language)
    return wrapped(title_of(field, language))


def text(key, language, *values):
    """A text of the sheets, "en" or "zh", filled in."""
    return _TEXTS[language][key].format(*values)


def title_of(field, language):
    """Title of a sheet of a field."""
    if field.endswith("_lvl"):
        term = TERMS.get({"compos": "composite"}.get(field[:-4], field[:-4]))
        return text("level", language, term.label(language) if term else field)
    return _TEXTS[language].get(field, field) if field in STYLES else field


def caption_of(number, field, language):
    """Caption of the map of a field on a district sheet, the first of which is (a)."""
    name = TERMS[field[:-4]].label(language) if field.endswith("_lvl") else text(f"panel_{field}", language)
    return text("panel", language, "abcdefg"[number], name)


def class_counts(codes, hectares):
    """Parcels and hectares by class.

    Parameters
    ----------
    codes : sequence of str
        Class of each parcel, "" without one.
    hectares : (n,) float
        NaN counts as 0.

    Returns
    -------
    dict of str to ClassCount
        By code, only of classes with parcels.
    """
    sums = {}
    for code, area in zip(codes, hectares, strict=True):
        parcels, total = sums.get(code, (0, 0.0))
        sums[code] = parcels + 1, total + (0.0 if math.isnan(area) else area)
    return {code: ClassCount(code, *found) for code, found in sums.items()}


def parcels_text(count, language):
    """A number of parcels in words."""
    return text("one", language) if count == 1 else text("many", language, f"{count:,}")


def class_text(name, count, language):
    """Lines of a class in the legend: name, parcels, hectares; ``count`` is None where it has no parcels."""
    parcels, hectares = (count.parcels, count.hectares) if count else (0, 0.0)
    return text("class", language, wrapped(name), parcels_text(parcels, language), f"{hectares:,.1f}")


def wrapped(words):
    """A text in lines that a legend has room for; a Chinese sign is as wide as two letters."""
    width = _LEGEND_LINE // 2 if is_chinese(words) else _LEGEND_LINE
    return "\n".join(textwrap.wrap(words, width))


def pieces(words):
    """Pieces of a text between which a line may break: after spaces, and around Chinese signs.

    No piece begins with a closing sign or ends with an opening one.
    """
    found = [""]
    for before, sign in pairwise(" " + words):
        breaks = (before == " " and sign != " ") or is_chinese(before) or is_chinese(sign)
        if breaks and sign not in _CLOSING and before not in _OPENING:
            found.append("")
        found[-1] += sign
    return [piece for piece in found if piece]


def counts_text(field, counts, language):
    """Line below a map of a district sheet: classes with parcels and hectares."""
    found = [(term.code, term.label(language)) for term in terms_of(field)]
    if field == "zone":
        found = [(code, text("number", language, code)) for code, _ in found]
    found.append(("", text("no_result", language)))
    parts = [
        text("counts", language, name, counts[code].parcels, f"{counts[code].hectares:,.1f}")
        for code, name in found
        if code in counts
    ]
    lines = parts[:_IN_LINE], parts[_IN_LINE:]
    return "\n".join(text("joint", language).join(line) for line in lines if line)


def terms_of(field):
    """Classes of a field of ours, low first; () for other fields."""
    return {"zone": ZONES, INDUSTRY: CONFIDENCES}.get(field) or class_terms(field)


def notes_of(sources, targets, excluded, fields, language):
    """What a reader must know of the data, as sentences.

    Parameters
    ----------
    sources, targets : sequence of str
        Values of ``zone_src`` and ``targets`` per parcel; empty where the layer lacks them.
    excluded : int
        Number of parcels not evaluated.
    fields : sequence of str
        Names of the fields of the layer.
    language : str

    Returns
    -------
    list of str
    """
    notes = []
    for kind in ("completed", "user"):
        count = sum(source == kind for source in sources)
        if count:
            notes.append(text(kind, language, parcels_text(count, language)))
    for note in sorted({translate_targets_note(target, language) for target in set(targets)} - {""}):
        notes.append(text("derived", language, note))
    if excluded:
        notes.append(text("excluded", language, parcels_text(excluded, language)))
    synthetic = [field for field in fields if field.lower().startswith("syn_")]
    if synthetic:
        more = ", …" if len(synthetic) > _MOST_FIELDS else ""
        notes.append(text("synthetic", language, ", ".join(synthetic[:_MOST_FIELDS]) + more))
    return notes


def round_scale(denominator):
    """The next round scale denominator: 1, 2, 2.5 or 5 times a power of ten, at least ``denominator``."""
    power = 10.0 ** math.floor(math.log10(max(denominator, 1.0)))
    return next(step * power for step in _STEPS if step * power >= denominator * (1 - 1e-9))


def file_name(number, name, pages):
    """Name of the file of a page, without its ending: its number, and letters and digits of a name.

    The number makes names unique, and free of those that Windows keeps for itself.
    """
    safe = "".join(sign if sign.isalnum() else "_" for sign in name)[:_LONGEST_NAME].strip("_")
    digits = f"{number:0{max(2, len(str(pages)))}}"
    return f"{digits}_{safe}" if safe else digits


def is_chinese(words):
    """Whether a text has Chinese signs."""
    return any("\u3000" <= sign <= "\u9fff" or "\uff00" <= sign <= "\uffef" for sign in words)


def unevaluated(words):
    """Text that a label of QGIS shows as it is: none of it is taken for an expression."""
    return words.replace("[%", "[ %")
