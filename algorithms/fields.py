"""Every name that data carries: output fields, indicator codes, levels, zones, clusters.

Field names of feature layers are ASCII and at most ten characters, so that they survive
shapefiles. Names never change once released: scripts and models rely on them.
Imports nothing of QGIS, so that numeric modules and tests can use it anywhere.
"""

from dataclasses import dataclass

LANGUAGES = ("en", "zh")

INTEGER = "integer"
NUMBER = "number"
TEXT = "text"


@dataclass(frozen=True)
class Field:
    """An output field: its name, kind (INTEGER, NUMBER, TEXT) and alias in both languages."""

    name: str
    kind: str
    en: str
    zh: str

    def alias(self, language):
        """Alias in ``language`` ("en" or "zh")."""
        return getattr(self, language)


@dataclass(frozen=True)
class Term:
    """A code in the data with its name in both languages."""

    code: str
    en: str
    zh: str

    def label(self, language):
        """Name in ``language`` ("en" or "zh")."""
        return getattr(self, language)


# Index system

ECONOMY = "econ"
LAND = "land"
COMPOSITE = "composite"

INDICATORS = (
    Term("output", "annual output", "用地年总产值"),
    Term("tax", "annual tax", "用地年总税收"),
    Term("scale", "above-scale enterprise", "是否为规模以上企业"),
    Term("out_mu", "output per mu", "产业用地亩均产值"),
    Term("tax_mu", "tax per mu", "产业用地亩均税收"),
    Term("inv_mu", "investment per mu", "产业用地亩均投资强度"),
    Term("far", "floor area ratio", "产业用地容积率"),
    Term("bld_coef", "building coefficient", "产业用地建筑系数"),
    Term("grn_rat", "green ratio", "产业用地绿地率"),
    Term("giant", "specialised enterprise (little giant)", "是否为专精特新企业"),
    Term("talent", "skilled-talent density", "高技能人才密度"),
    Term("hightech", "high-tech enterprise", "是否为高新技术企业"),
    Term("elec_out", "electricity per output", "单位产值用电量"),
    Term("wat_out", "water per output", "单位产值用水量"),
    Term("acc_now", "present accessibility", "现状交通可达性"),
    Term("fac_dens", "present facility density", "现状公共服务设施密度"),
    Term("fac_plan", "planned facility coverage", "规划公共服务设施覆盖率"),
    Term("acc_plan", "planned accessibility", "规划交通可达性"),
)

DIMENSIONS = (
    Term("effic", "economic efficiency", "经济高效"),
    Term("intens", "intensive land use", "用地集约"),
    Term("innov", "innovation", "创新驱动"),
    Term("green", "green development", "绿色发展"),
    Term("access", "livability and access", "宜业宜达"),
)

LAYERS = (
    Term(ECONOMY, "economic performance", "经济效益"),
    Term(LAND, "land value", "土地价值"),
)

COMPOSITE_TERM = Term(COMPOSITE, "composite quality", "综合质量")

DIRECTIONS = (
    Term("benefit", "more is better", "效益型（越大越优）"),
    Term("cost", "less is better", "成本型（越小越优）"),
    Term("interval", "best inside limits", "区间型（区间内最优）"),
    Term("flag", "yes or no", "是否型"),
    Term("rating", "rating from 1 to 10", "评分型（1-10 分）"),
)
UNITS = (
    Term("10^4 CNY", "10^4 CNY", "万元"),
    Term("10^4 CNY/mu", "10^4 CNY/mu", "万元/亩"),
    Term("persons/hm2", "persons/hm2", "人/公顷"),
    Term("10^4 kWh/10^4 CNY", "10^4 kWh/10^4 CNY", "万千瓦时/万元"),
    Term("10^4 t/10^4 CNY", "10^4 t/10^4 CNY", "万吨/万元"),
    Term("POI/hm2", "POI/hm2", "个/公顷"),
    Term("% (15 min walk)", "% (15 min walk)", "%（步行 15 分钟）"),
    Term("1-10", "1-10", "1-10 分"),
)
"""Units of the paper's index system that a report shows in another way."""

TARGET_SOURCES = (
    Term("given", "given", "给定"),
    Term("assumed, to be verified", "assumed, to be verified", "暂定，待核实"),
    Term("derived: 95th percentile", "derived: 95th percentile", "由数据推导：第 95 百分位数"),
    Term(
        "derived: 5th percentile of the positive values",
        "derived: 5th percentile of the positive values",
        "由数据推导：正值的第 5 百分位数",
    ),
    Term("derived: top of the 1-10 scale", "derived: top of the 1-10 scale", "由数据推导：1-10 分的最高分"),
)

TERMS = {term.code: term for term in (*INDICATORS, *DIMENSIONS, *LAYERS, COMPOSITE_TERM)}

INDEX_SYSTEM = (
    Field("indicator", TEXT, "indicator code", "指标代码"),
    Field("name", TEXT, "name", "英文名称"),
    Field("name_zh", TEXT, "name in Chinese", "中文名称"),
    Field("layer", TEXT, "layer", "层面"),
    Field("dimension", TEXT, "dimension", "维度"),
    Field("field", TEXT, "field of the parcel layer", "地块图层字段"),
    Field("unit", TEXT, "unit", "单位"),
    Field("direction", TEXT, "direction", "指标方向"),
    Field("target", NUMBER, "target value", "目标值"),
    Field("lower", NUMBER, "lower limit", "下限"),
    Field("upper", NUMBER, "upper limit", "上限"),
    Field("target_src", TEXT, "source of the target", "目标值来源"),
    Field("weight_local", NUMBER, "weight within the dimension", "维度内权重"),
    Field("weight_dim", NUMBER, "weight of the dimension", "维度权重"),
    Field("weight", NUMBER, "composite weight", "综合权重"),
)

# Levels, zones, clusters

LEVELS_4 = (
    Term("1", "low", "低质量"),
    Term("2", "general", "一般质量"),
    Term("3", "relatively high", "较高质量"),
    Term("4", "high", "高质量"),
)
LEVELS_3 = (
    Term("1", "low", "低值区"),
    Term("2", "medium", "中值区"),
    Term("3", "high", "高值区"),
)
STABILITIES = (
    Term("1", "below 50 % of the draws", "低于 50 % 的模拟"),
    Term("2", "50-80 % of the draws", "50-80 % 的模拟"),
    Term("3", "80-95 % of the draws", "80-95 % 的模拟"),
    Term("4", "95 % of the draws and more", "95 % 及以上的模拟"),
)
HOT_SPOTS = (
    Term("-3", "cold spot, 99 % confidence", "冷点，99 % 置信"),
    Term("-2", "cold spot, 95 % confidence", "冷点，95 % 置信"),
    Term("-1", "cold spot, 90 % confidence", "冷点，90 % 置信"),
    Term("0", "not significant", "不显著"),
    Term("1", "hot spot, 90 % confidence", "热点，90 % 置信"),
    Term("2", "hot spot, 95 % confidence", "热点，95 % 置信"),
    Term("3", "hot spot, 99 % confidence", "热点，99 % 置信"),
)
LIFE_CYCLE = (
    Term("admission", "admission", "准入"),
    Term("supply", "supply", "供应"),
    Term("use", "use", "利用"),
    Term("supervision", "supervision", "监管"),
    Term("exit", "exit", "退出"),
)
MATCHES = (
    Term("id", "same id", "编号相同"),
    Term("location", "same place", "位置相同"),
    Term("split", "part of a parcel of the base year", "由基准年地块分割"),
    Term("merged", "made of several parcels of the base year", "由多个基准年地块合并"),
    Term("new", "not in the base year", "新增地块"),
)
LAYER_CLASSES = len(LEVELS_4)
DIMENSION_CLASSES = len(LEVELS_3)
ZONES = (
    Term("1", "low-quality agglomeration", "低质量集聚区"),
    Term("2", "general agglomeration", "一般质量集聚区"),
    Term("3", "relatively high-quality agglomeration", "较高质量集聚区"),
    Term("4", "high-quality agglomeration", "高质量集聚区"),
)
CLUSTERS = (
    Term("HH", "high among high", "高-高集聚"),
    Term("LL", "low among low", "低-低集聚"),
    Term("LH", "low among high", "低-高异常"),
    Term("HL", "high among low", "高-低异常"),
    Term("ns", "not significant", "不显著"),
    Term("none", "no neighbours", "没有邻居"),
)

ALIKE = (
    Term("HH", "high, as its neighbours", "高值相似"),
    Term("LL", "low, as its neighbours", "低值相似"),
    Term("OP", "like its neighbours, neither high nor low", "其他正相关"),
    Term("NEG", "unlike its neighbours", "负相关（相异）"),
    Term("ns", "not significant", "不显著"),
    Term("none", "no neighbours", "没有邻居"),
)

CONFIDENCES = (
    Term("1", "low", "低"),
    Term("2", "medium", "中"),
    Term("3", "high", "高"),
)
INDUSTRY_CHECKS = (
    Term("agrees", "ranks agree", "位次一致"),
    Term("single", "ranks agree, but one parcel stands for the industry", "位次一致，但该行业仅一宗地块"),
    Term("over", "industry scores better than it performs", "行业得分位次优于绩效位次"),
    Term("under", "industry performs better than it scores", "行业绩效位次优于得分位次"),
    Term("no_perf", "industry without performance", "行业无绩效数据"),
    Term("no_score", "no score or area", "无得分或面积"),
    Term("no_ind", "no industry", "无行业信息"),
    Term("no_parcel", "industry without parcels", "行业无地块"),
)
LEVEL_SHIFTS = (
    Term(
        "down",
        "one level down: the industry scores better than it performs",
        "下调一级：行业得分位次优于绩效位次",
    ),
    Term(
        "up",
        "one level up: the industry performs better than it scores",
        "上调一级：行业绩效位次优于得分位次",
    ),
    Term("end", "not moved: there is no further level", "未调整：已是最高或最低等级"),
    Term("single", "not moved: one parcel stands for the industry", "未调整：该行业仅一宗地块"),
)

AREA_GRADES = (
    Term("C", "nurturing", "培育级"),
    Term("B", "rising", "提升级"),
    Term("A", "leading", "引领级"),
)
PLAN_LISTS = (
    Term("none", "in no list", "未列入清单"),
    Term("renov", "renovation list", "整治名录"),
    Term("revit", "revitalisation list", "盘活清单"),
    Term("both", "both lists", "盘活清单与整治名录"),
    Term("lead", "lead demonstration area", "引领示范区"),
)

RESERVE_RINGS = (
    Term("2", "far ring", "远圈"),
    Term("1", "near ring", "近圈"),
)

ZONE_SOURCES = (
    Term("printed", "cell printed in the paper", "论文给出的单元"),
    Term("completed", "cell completed by us", "补全的单元"),
    Term("user", "cell of the user", "用户自定义的单元"),
)
IDLE_TERMS = (
    Term("0", "with output", "有产值"),
    Term("1", "no output: idle", "无产值（闲置）"),
)
AREA_TERMS = (
    Term("0", "within 5 %", "偏差不超过 5 %"),
    Term("1", "differs by more than 5 %", "偏差超过 5 %"),
)
SIGNIFICANCES = (
    Term("0", "p up to 0.001", "p ≤ 0.001"),
    Term("0.001", "p up to 0.01", "p ≤ 0.01"),
    Term("0.01", "p up to 0.05", "p ≤ 0.05"),
    Term("0.05", "p above 0.05", "p > 0.05"),
)
NEIGHBOUR_NUMBERS = (
    Term("-1", "none: an island", "没有邻居（孤立）"),
    Term("0", "1 - 2 neighbours", "1 - 2 个"),
    Term("2", "3 - 4 neighbours", "3 - 4 个"),
    Term("4", "5 - 8 neighbours", "5 - 8 个"),
    Term("8", "9 - 12 neighbours", "9 - 12 个"),
    Term("12", "13 neighbours and more", "13 个及以上"),
)
COMPONENT_TERMS = (
    Term("0", "largest component", "最大连通分量"),
    Term("1", "other components", "其他连通分量"),
)


def change_terms(classes):
    """Codes and names of changes among so many zones or levels, the worst first."""
    return (
        *(Term(str(-n), f"worse by {n}", f"下降 {n} 级") for n in range(classes - 1, 0, -1)),
        Term("0", "unchanged", "不变"),
        *(Term(str(n), f"better by {n}", f"上升 {n} 级") for n in range(1, classes)),
    )


def level_terms(classes):
    """Codes and names of so many levels, low first; () where the method names none."""
    return {3: LEVELS_3, 4: LEVELS_4}.get(classes, ())


def level_label(level, classes, language):
    """Label of ``level`` (1 is lowest) among ``classes`` classes."""
    terms = level_terms(classes)
    return terms[level - 1].label(language) if terms else str(level)


def class_terms(field):
    """Codes and names of the classes that a field of ours holds, low first; () for other fields."""
    if field.endswith("_lvl"):
        return LEVELS_3 if field[:-4] in {term.code for term in DIMENSIONS} else LEVELS_4
    return {
        "zone": ZONES,
        "zone_stab": STABILITIES,
        "lm_cluster": CLUSTERS,
        "lg_cluster": ALIKE,
        "gi_bin": HOT_SPOTS,
        "ind_conf": CONFIDENCES,
        "ind_chk": INDUSTRY_CHECKS,
        "grade": AREA_GRADES,
        "plan_list": PLAN_LISTS,
    }.get(field, ())


def is_class(field):
    """Whether a field of ours holds classes or their names."""
    return bool(class_terms(field)) or field.endswith("_lbl") or field == ZONE_SOURCE.name


# Output fields of feature layers

MAX_NAME = 10

EXCLUDED = Field("excluded", INTEGER, "not scored", "未评价")
LACKS = Field("lacks", TEXT, "indicators without a value", "缺值指标")
WEIGHT_SHARE = Field("wgt_used", NUMBER, "share of the weights that had data", "有数据指标的权重占比")
TARGETS_NOTE = Field("targets", TEXT, "where the targets come from", "目标值来源")

ZONE = Field("zone", INTEGER, "agglomeration zone", "集聚分区")
ZONE_LABEL = Field("zone_lbl", TEXT, "name of the zone", "集聚分区名称")
ZONE_SOURCE = Field(
    "zone_src", TEXT, "matrix cell: printed, completed or user", "分区依据：论文、补全或自定义"
)

LOCAL_I = Field("lm_i", NUMBER, "local Moran's I", "局部莫兰指数")
LOCAL_LAG = Field("lm_lag", NUMBER, "mean of the neighbours", "邻居平均值")
LOCAL_N = Field("lm_n", INTEGER, "number of neighbours", "邻居数")
LOCAL_P = Field("lm_p", NUMBER, "pseudo p-value", "伪 p 值")
LOCAL_QUADRANT = Field("lm_quad", TEXT, "quadrant", "象限")
LOCAL_FDR = Field("lm_fdr", INTEGER, "significant after FDR (Benjamini-Hochberg)", "FDR 校正后显著")
LOCAL_BONFERRONI = Field("lm_bonf", INTEGER, "significant after Bonferroni", "Bonferroni 校正后显著")
LOCAL_CLUSTER = Field("lm_cluster", TEXT, "cluster or outlier", "集聚类型")
LOCAL_LABEL = Field("lm_lbl", TEXT, "name of the cluster", "集聚类型名称")
LOCAL_MORAN = (
    LOCAL_I,
    LOCAL_LAG,
    LOCAL_N,
    LOCAL_P,
    LOCAL_QUADRANT,
    LOCAL_FDR,
    LOCAL_BONFERRONI,
    LOCAL_CLUSTER,
    LOCAL_LABEL,
)

GEARY_CLUSTER = Field("lg_cluster", TEXT, "like or unlike its neighbours", "与邻居相似或相异")
LOCAL_GEARY = (
    Field("lg_c", NUMBER, "local Geary's c", "局部吉尔里指数"),
    Field("lg_exp", NUMBER, "expected c", "局部吉尔里指数期望值"),
    Field("lg_lag", NUMBER, "mean of the neighbours", "邻居平均值"),
    Field("lg_n", INTEGER, "number of neighbours", "邻居数"),
    Field("lg_p", NUMBER, "pseudo p-value", "伪 p 值"),
    Field("lg_kind", TEXT, "kind before testing", "未检验类型"),
    Field("lg_fdr", INTEGER, "significant after FDR (Benjamini-Hochberg)", "FDR 校正后显著"),
    Field("lg_bonf", INTEGER, "significant after Bonferroni", "Bonferroni 校正后显著"),
    GEARY_CLUSTER,
    Field("lg_lbl", TEXT, "name of the cluster", "集聚类型名称"),
)

ZONE_KEPT = Field("zone_keep", NUMBER, "share of draws that keep the zone", "分区保持率")
ZONE_STABILITY = Field("zone_stab", INTEGER, "stability of the zone, 4 is stable", "分区稳定性（4 为稳定）")
ZONE_OTHER = Field("zone_other", INTEGER, "most frequent other zone", "最常见的其他分区")
LEVEL_KEPT = Field("lvl_keep", NUMBER, "share of draws that keep the level", "等级保持率")
COMPOSITE_MEAN = Field("comp_mean", NUMBER, "mean composite score of the draws", "综合得分模拟均值")
COMPOSITE_LOW = Field("comp_p05", NUMBER, "5th percentile of the composite score", "综合得分 5 % 分位数")
COMPOSITE_HIGH = Field("comp_p95", NUMBER, "95th percentile of the composite score", "综合得分 95 % 分位数")

HOT_SPOT_Z = Field("gi_z", NUMBER, "Getis-Ord score", "Getis-Ord z 得分")
HOT_SPOT_P = Field("gi_p", NUMBER, "pseudo p-value", "伪 p 值")
HOT_SPOT_BIN = Field("gi_bin", INTEGER, "hot (above 0) or cold spot by confidence", "热点（正）或冷点等级")
HOT_SPOT_LABEL = Field("gi_lbl", TEXT, "name of the hot or cold spot", "热点或冷点名称")
HOT_SPOT = (HOT_SPOT_Z, HOT_SPOT_P, HOT_SPOT_BIN, HOT_SPOT_LABEL)

WHY = Field("why", TEXT, "levels, matrix cell and zone", "等级、矩阵单元与分区")
GIVES = Field("gives", TEXT, "indicators that add most points to the composite", "对综合得分贡献最大的指标")
COSTS = Field("costs", TEXT, "indicators that cost most points", "失分最多的指标")
REACHES = tuple(
    Field(f"{code}_{direction}", NUMBER, f"{en}, {way}", f"{zh}{way_zh}")
    for code, en, zh in (
        ("econ", "economic performance", "经济效益"),
        ("land", "land value", "土地价值"),
        ("comp", "composite quality", "综合质量"),
    )
    for direction, way, way_zh in (
        ("up", "points to the next level", "距上一等级分差"),
        ("down", "points to the level below", "距下一等级分差"),
    )
)
MOVES = tuple(
    Field(f"{direction}_{name}", kind, f"{en} {way}", f"{zh}{way_zh}")
    for direction, way, way_zh in (
        ("up", "to a better zone", "（升至更高分区）"),
        ("down", "to a worse zone", "（降至更低分区）"),
    )
    for name, kind, en, zh in (
        ("zone", INTEGER, "zone of the smallest move", "最小变动可达分区"),
        ("by", TEXT, "indicator of the smallest move", "最小变动的指标"),
        ("from", NUMBER, "present value of that indicator, move", "该指标现值"),
        ("to", NUMBER, "value to pass for the move", "须越过的值"),
    )
)
EXPLANATION = (WHY, GIVES, COSTS, *REACHES, *MOVES)

BASE_ID = Field("base_id", TEXT, "parcels of the base year", "基准年地块")
MATCH = Field("match", TEXT, "how it was matched: id, location, split, merged, new", "匹配方式")
STAGE = Field("stage", TEXT, "life-cycle stage", "全生命周期阶段")
ZONE_CHANGE = (
    BASE_ID,
    MATCH,
    Field("zone_base", INTEGER, "zone in the base year", "基准年集聚分区"),
    Field("zone_chg", INTEGER, "change of the zone", "集聚分区变化"),
    Field("econ_chg", INTEGER, "change of the economic level", "经济效益等级变化"),
    Field("land_chg", INTEGER, "change of the land-value level", "土地价值等级变化"),
    Field("compos_chg", INTEGER, "change of the composite level", "综合质量等级变化"),
    Field("score_base", NUMBER, "composite score in the base year", "基准年综合得分"),
    Field("score_chg", NUMBER, "change of the composite score", "综合得分变化"),
    STAGE,
    Field("alerts", TEXT, "alerts", "预警"),
    Field("alert_txt", TEXT, "what the alerts mean at this stage", "预警在该阶段的含义"),
)

INDUSTRY_KEY = Field("ind_key", TEXT, "industry as checked", "校核行业")
INDUSTRY_DIFFERENCE = Field(
    "ind_diff", NUMBER, "rank by score less rank by performance", "得分位次减绩效位次"
)
INDUSTRY_CONFIDENCE = Field("ind_conf", INTEGER, "confidence, 3 is high", "可信度（3 为高）")
INDUSTRY_FINDING = Field("ind_chk", TEXT, "finding of the industry check", "行业校核结论代码")
INDUSTRY_LABEL = Field("ind_lbl", TEXT, "finding in words", "行业校核结论")
INDUSTRY_FLAGS = (
    INDUSTRY_KEY,
    INDUSTRY_DIFFERENCE,
    INDUSTRY_CONFIDENCE,
    INDUSTRY_FINDING,
    INDUSTRY_LABEL,
)
SHIFTED_LEVEL = Field("shift_lvl", INTEGER, "level after the industry check", "行业校核后等级")
SHIFT_REASON = Field("shift_why", TEXT, "why the level was moved or not", "等级调整说明")

NEIGHBOURS = Field("nb_n", INTEGER, "number of neighbours", "邻居数")
COMPONENT = Field("nb_comp", INTEGER, "component, 1 is the largest", "连通分量（1 为最大）")
CONNECTIVITY = (NEIGHBOURS, COMPONENT)

ANONYMOUS_ID = Field("anon_id", INTEGER, "number in random order", "随机编号")
ANONYMOUS_KEY = (ANONYMOUS_ID, Field("parcel", TEXT, "parcel", "地块"))

PLAN_LIST = Field("plan_list", TEXT, "planning list", "规划清单")
PRIORITY = Field("priority", INTEGER, "priority in both lists, 1 is first", "两单重叠地块优先级（1 为最先）")
LEAD_AREA = Field("lead_area", TEXT, "lead demonstration area", "引领示范区编号")
PLANNING = (
    PLAN_LIST,
    Field("plan_lbl", TEXT, "name of the planning list", "规划清单名称"),
    PRIORITY,
    LEAD_AREA,
)

_AREA = Field("area_hm2", NUMBER, "area in hectares", "面积（公顷）")
AREA_GRADE = Field("grade", TEXT, "grade, A is the best", "等级（A 为最高）")

LEAD_AREAS = (
    LEAD_AREA,
    AREA_GRADE,
    Field("grade_lbl", TEXT, "name of the grade", "等级名称"),
    Field("score", NUMBER, "mean score of its parcels, by area", "地块得分面积加权均值"),
    _AREA,
    Field("zone4_hm2", NUMBER, "hectares of its parcels of zone 4", "其中高质量集聚区地块面积（公顷）"),
    Field("parcels", INTEGER, "parcels of zone 4", "高质量集聚区地块数"),
    Field("others", INTEGER, "other parcels inside", "范围内其他地块数"),
    Field("districts", TEXT, "districts", "所在片区"),
)

RING = Field("ring", INTEGER, "ring around zone 4, 1 is the near one", "圈层（1 为近圈）")
RESERVE_LAND = (
    Field("reserve", TEXT, "piece of reserve land", "预留用地编号"),
    RING,
    Field("from_m", NUMBER, "ring from, metres", "圈层起（米）"),
    Field("to_m", NUMBER, "ring to, metres", "圈层止（米）"),
    LEAD_AREA,
    _AREA,
)


def _named(prefix, code, suffix=""):
    return f"{prefix}{code}"[: MAX_NAME - len(suffix)] + suffix


def _name_of(code, language):
    term = TERMS.get(code)
    return term.label(language) if term else code


def indicator_score(code, names=None):
    """Score field of an indicator: ``s_<code>``; ``names`` is (en, zh) for codes of a user's own."""
    en, zh = names or (_name_of(code, "en"), _name_of(code, "zh"))
    return Field(_named("s_", code), NUMBER, f"score: {en}", f"得分：{zh}")


def dimension_score(code):
    """Score field of a dimension: ``d_<code>``."""
    return Field(
        _named("d_", code), NUMBER, f"score: {_name_of(code, 'en')}", f"维度得分：{_name_of(code, 'zh')}"
    )


def layer_score(code):
    """Score field of a layer: ``l_<code>``."""
    return Field(
        _named("l_", code), NUMBER, f"score: {_name_of(code, 'en')}", f"层面得分：{_name_of(code, 'zh')}"
    )


COMPOSITE_SCORE = Field(COMPOSITE, NUMBER, "composite score", "综合得分")


def indicator_field(code):
    """Field of the raw value of an indicator, named like its code."""
    return Field(code, NUMBER, _name_of(code, "en"), _name_of(code, "zh"))


def _stem(field):
    """What a level field keeps of the score field it classifies: ``d_effic`` gives ``effic``."""
    stem = field[2:] if field[:2] in ("s_", "d_", "l_") else field
    return stem


def level_field(field):
    """Level field of a classified field: ``d_effic`` gives ``effic_lvl``."""
    stem = _stem(field)
    return Field(
        _named("", stem, "_lvl"), INTEGER, f"level: {_name_of(stem, 'en')}", f"等级：{_name_of(stem, 'zh')}"
    )


def label_field(field):
    """Label beside the level field: ``d_effic`` gives ``effic_lbl``."""
    stem = _stem(field)
    return Field(
        _named("", stem, "_lbl"),
        TEXT,
        f"name of the level: {_name_of(stem, 'en')}",
        f"等级名称：{_name_of(stem, 'zh')}",
    )


STANDARD = (
    *(
        make(name)
        for name in (*(layer_score(term.code).name for term in LAYERS), COMPOSITE)
        for make in (level_field, label_field)
    ),
    *(layer_score(term.code) for term in LAYERS),
    COMPOSITE_SCORE,
    EXCLUDED,
    LACKS,
    WEIGHT_SHARE,
    TARGETS_NOTE,
    ZONE,
    ZONE_LABEL,
    ZONE_SOURCE,
    *LOCAL_MORAN,
)


def _written_by_steps():
    scores = tuple(dimension_score(term.code) for term in DIMENSIONS)
    scores += (*(layer_score(term.code) for term in LAYERS), COMPOSITE_SCORE)
    levels = (make(field.name) for field in reversed(scores) for make in (level_field, label_field))
    indicators = (indicator_score(term.code) for term in INDICATORS)
    found = (*levels, LOCAL_CLUSTER, *scores, *LOCAL_MORAN, *indicators)
    return (*dict.fromkeys(found), EXCLUDED, LACKS, WEIGHT_SHARE, TARGETS_NOTE)


STEPS = _written_by_steps()
"""What the steps before zoning write by the paper's index system, levels first, the composite ahead."""


def term_label(terms, code, language):
    """Name of a code among terms in a language; a code that is none of them is its own name."""
    return next((term.label(language) for term in terms if term.code == code), code)


def field_titles(language):
    """What reports call our fields, by their names: alias in a language."""
    levels = (level_field(dimension_score(term.code).name) for term in DIMENSIONS)
    return {field.name: field.alias(language) for field in (*levels, *LOCAL_MORAN, *STANDARD)}


"""What scoring, classification and zoning write whatever the indicators and dimensions are."""


FACILITY_DENSITY = (
    Field("fac_dens", NUMBER, "present facility density, POI/hm2", "现状公共服务设施密度（个/公顷）"),
    Field("fac_n", INTEGER, "facilities counted", "设施数"),
    Field("fac_hm2", NUMBER, "area that the density is of, hm2", "密度计算面积（公顷）"),
)
WALK_COVERAGE = (
    Field("fac_plan", NUMBER, "planned facility coverage, %", "规划公共服务设施覆盖率（%）"),
    Field("walk_pts", INTEGER, "points that stand for the parcel", "代表地块的采样点数"),
)
ACCESSIBILITY = (
    Field("acc_now", NUMBER, "present accessibility, 1-10", "现状交通可达性（1-10）"),
    Field("acc_plan", NUMBER, "planned accessibility, 1-10", "规划交通可达性（1-10）"),
)
ACCESS_REASON = Field("acc_why", TEXT, "rules that gave the rating", "评分依据")

AREA = Field("area_hm2", NUMBER, "area of the parcel in hectares", "地块面积（公顷）")
AREA_DEVIATION = Field("area_dev", NUMBER, "deed area over measured area, %", "登记面积与量算面积偏差（%）")
AREA_FLAG = Field("area_flag", INTEGER, "deed and measured area differ by more than 5 %", "面积偏差超过 5 %")
ENTERPRISE_COUNT = Field("ent_n", INTEGER, "number of enterprises", "企业数")
IDLE = Field("idle", INTEGER, "no output: idle land", "无产值（闲置用地）")

# Tables

UNMATCHED = (
    Field("row", TEXT, "row of the enterprise table", "企业表行号"),
    Field("parcel", TEXT, "parcel that it names", "所填地块编号"),
    Field("reason", TEXT, "why it has no parcel", "未匹配原因"),
)

FACILITY_CLASSES = (
    Field("parcel", TEXT, "parcel", "地块"),
    Field("class", TEXT, "class of facilities", "设施类别"),
    Field("fac_n", INTEGER, "facilities counted", "设施数"),
    Field("fac_dens", NUMBER, "facilities per hm2", "设施密度（个/公顷）"),
)

FACILITY_COVERAGE = (
    Field("parcel", TEXT, "parcel", "地块"),
    Field("class", TEXT, "class of facilities", "设施类别"),
    Field("share", NUMBER, "share of the parcel within the walk, %", "步行可达面积占比（%）"),
)

ACCESS_POINTS = (
    Field("kind", TEXT, "what gives access", "交通要素"),
    Field("kind_zh", TEXT, "what gives access, in Chinese", "交通要素中文名称"),
    Field("layer", TEXT, "layer: roads or places", "图层：道路或站点"),
    Field("types", TEXT, "types in the layer, separated by semicolons", "类型（分号分隔）"),
    Field("distance", NUMBER, "within this distance, m", "距离以内（米）"),
    Field("points", NUMBER, "points", "得分"),
    Field("source", TEXT, "source of the points", "分值来源"),
)

BREAKS = (
    Field("field", TEXT, "classified field", "分级字段"),
    Field("grp", TEXT, "group", "分组"),
    Field("level", INTEGER, "level", "等级"),
    Field("label", TEXT, "name of the level", "等级名称"),
    Field("lower", NUMBER, "lower limit (open)", "下限（不含）"),
    Field("upper", NUMBER, "upper limit (closed)", "上限（含）"),
    Field("parcels", INTEGER, "parcels", "地块数"),
    Field("share", NUMBER, "share of parcels", "地块数占比"),
    Field("gvf", NUMBER, "goodness of variance fit", "方差拟合优度"),
    Field("source", TEXT, "natural or fixed", "自然断点或固定断点"),
)

BREAK_STABILITY = (
    Field("field", TEXT, "classified field", "分级字段"),
    Field("level", INTEGER, "level", "等级"),
    Field("label", TEXT, "name of the level", "等级名称"),
    Field("upper", NUMBER, "upper limit (closed)", "上限（含）"),
    Field("upper_p05", NUMBER, "5th percentile of the limit over samples", "上限的样本 5% 分位数"),
    Field("upper_p95", NUMBER, "95th percentile of the limit over samples", "上限的样本 95% 分位数"),
    Field("kept", NUMBER, "mean share of the level's parcels that keep it", "保持该等级的地块平均占比"),
    Field("draws", INTEGER, "bootstrap samples", "自助抽样次数"),
)

GVF_CURVE = (
    Field("classes", INTEGER, "number of classes", "分级数"),
    Field("gvf", NUMBER, "goodness of variance fit", "方差拟合优度"),
    Field("gain", NUMBER, "gain over one class fewer", "比少一级的增益"),
    Field("within_ss", NUMBER, "sum of squares within classes", "组内平方和"),
)

MORAN = (
    Field("field", TEXT, "field", "字段"),
    Field("second", TEXT, "field of the neighbours (bivariate)", "邻居的字段（双变量）"),
    Field("district", TEXT, "district", "片区"),
    Field("parcels", INTEGER, "parcels", "地块数"),
    Field("excluded", INTEGER, "parcels without a value", "缺值地块数"),
    Field("islands", INTEGER, "parcels without neighbours", "没有邻居的地块数"),
    Field("moran_i", NUMBER, "Moran's I", "全局莫兰指数"),
    Field("expected", NUMBER, "expected I", "期望值"),
    Field("var_norm", NUMBER, "variance under normality", "正态假设方差"),
    Field("var_rand", NUMBER, "variance under randomisation", "随机化假设方差"),
    Field("z_norm", NUMBER, "z under normality", "正态假设 z 值"),
    Field("z", NUMBER, "z under randomisation", "随机化假设 z 值"),
    Field("p", NUMBER, "p-value (randomisation)", "p 值（随机化）"),
    Field("p_sim", NUMBER, "pseudo p-value (permutations)", "伪 p 值（置换）"),
    Field("perms", INTEGER, "permutations", "置换次数"),
    Field("geary_c", NUMBER, "Geary's C", "Geary C 系数"),
    Field("c_expected", NUMBER, "expected C", "C 期望值"),
    Field("c_var_norm", NUMBER, "variance of C under normality", "C 正态假设方差"),
    Field("c_var_rand", NUMBER, "variance of C under randomisation", "C 随机化假设方差"),
    Field("c_z_norm", NUMBER, "z of C under normality", "C 正态假设 z 值"),
    Field("c_z", NUMBER, "z of C under randomisation", "C 随机化假设 z 值"),
    Field("c_p", NUMBER, "p-value of C (randomisation)", "C 的 p 值（随机化）"),
    Field("c_p_sim", NUMBER, "pseudo p-value of C (permutations)", "C 的伪 p 值（置换）"),
)

JOIN_COUNTS = (
    Field("field", TEXT, "field", "字段"),
    Field(
        "kind", TEXT, "joins: same, different or total of different classes", "连接类型：同类、异类或异类合计"
    ),
    Field("class_a", TEXT, "class", "类别"),
    Field("label_a", TEXT, "name of the class", "类别名称"),
    Field("class_b", TEXT, "class joined with it", "相连类别"),
    Field("label_b", TEXT, "name of the class joined with it", "相连类别名称"),
    Field("parcels_a", INTEGER, "parcels of the class", "类别地块数"),
    Field("parcels_b", INTEGER, "parcels of the class joined with it", "相连类别地块数"),
    Field("joins", NUMBER, "joins", "连接数"),
    Field("expected", NUMBER, "expected joins", "期望连接数"),
    Field("variance", NUMBER, "variance of the joins", "连接数方差"),
    Field("z", NUMBER, "z", "z 值"),
    Field("p", NUMBER, "p-value", "p 值"),
    Field("p_sim", NUMBER, "pseudo p-value (permutations)", "伪 p 值（置换）"),
    Field("perms", INTEGER, "permutations", "置换次数"),
)

INCREMENTAL = (
    Field("distance", NUMBER, "band distance", "距离带"),
    Field("links", INTEGER, "links", "连接数"),
    Field("mean_nb", NUMBER, "mean number of neighbours", "平均邻居数"),
    Field("islands", INTEGER, "parcels without neighbours", "没有邻居的地块数"),
    Field("moran_i", NUMBER, "Moran's I", "全局莫兰指数"),
    Field("expected", NUMBER, "expected I", "期望值"),
    Field("var_rand", NUMBER, "variance under randomisation", "随机化假设方差"),
    Field("z", NUMBER, "z under randomisation", "随机化假设 z 值"),
    Field("p", NUMBER, "p-value (randomisation)", "p 值（随机化）"),
    Field("first_peak", INTEGER, "first peak of z", "z 值首个峰值"),
    Field("max_peak", INTEGER, "highest peak of z", "z 值最高峰值"),
)

JUDGEMENTS = (
    Field("parent", TEXT, "node", "父节点"),
    Field("a", TEXT, "first of the pair", "甲元素"),
    Field("b", TEXT, "second of the pair", "乙元素"),
    Field("value", NUMBER, "how many times a outweighs b", "甲相对乙的重要程度"),
    Field("expert", TEXT, "expert", "专家"),
    Field("expert_weight", NUMBER, "weight of the expert", "专家权重"),
)

_CONSISTENCY = (
    Field("n", INTEGER, "size of the matrix", "矩阵阶数"),
    Field("lambda_max", NUMBER, "largest eigenvalue", "最大特征根"),
    Field("ci", NUMBER, "consistency index", "一致性指标 CI"),
    Field("ri", NUMBER, "random index", "随机一致性指标 RI"),
    Field("cr", NUMBER, "consistency ratio", "一致性比率 CR"),
    Field("pass", INTEGER, "CR below 0.10", "通过一致性检验"),
    Field("gci", NUMBER, "geometric consistency index", "几何一致性指标 GCI"),
    Field("missing", INTEGER, "pairs without a judgement", "缺失判断数"),
)

NODE_WEIGHTS = (
    Field("parent", TEXT, "node", "父节点"),
    Field("child", TEXT, "child", "子节点"),
    Field("weight_local", NUMBER, "weight among its siblings", "局部权重"),
    Field("weight", NUMBER, "weight in the whole hierarchy", "总排序权重"),
    *_CONSISTENCY,
    Field("level", INTEGER, "level, 0 is the goal", "层级（目标层为 0）"),
    Field("consensus", NUMBER, "consensus of the experts", "专家共识度"),
)

EXPERT_WEIGHTS = (
    Field("expert", TEXT, "expert", "专家"),
    Field("share", NUMBER, "weight of the expert", "专家权重"),
    Field("parent", TEXT, "node", "父节点"),
    Field("child", TEXT, "child", "子节点"),
    Field("weight_local", NUMBER, "weight among its siblings", "局部权重"),
    *_CONSISTENCY,
    Field("excluded", INTEGER, "left out of the group", "未参与集结"),
)

RANKED_JUDGEMENTS = (
    Field("expert", TEXT, "expert, empty for the group", "专家（空为群体）"),
    Field("parent", TEXT, "node", "父节点"),
    Field("a", TEXT, "compared element", "比较元素"),
    Field("b", TEXT, "compared with", "被比较元素"),
    Field("value", NUMBER, "judgement", "判断值"),
    Field("consistent", NUMBER, "ratio of the weights", "权重之比"),
    Field("ratio", NUMBER, "judgement over ratio of the weights", "判断值与权重比之比"),
    Field("rank", INTEGER, "rank, 1 is the worst", "偏离排序（1 为最差）"),
    Field("proposed", NUMBER, "proposed judgement", "建议判断值"),
)

DIAGNOSTICS = (
    Field("indicator", TEXT, "indicator code", "指标代码"),
    Field("name", TEXT, "name", "指标名称"),
    Field("field", TEXT, "field of the parcel layer", "地块图层字段"),
    Field("unit", TEXT, "unit", "单位"),
    Field("direction", TEXT, "direction", "指标方向"),
    Field("parcels", INTEGER, "parcels with a value", "有值地块数"),
    Field("missing", INTEGER, "parcels without a value", "缺值地块数"),
    Field("no_output", INTEGER, "parcels without output, left out", "无产值地块数（不计入数值）"),
    Field("zeros", INTEGER, "parcels with 0", "零值地块数"),
    Field("negative", INTEGER, "parcels below 0", "负值地块数"),
    Field("distinct", INTEGER, "distinct values", "不同值个数"),
    Field("out_low", INTEGER, "outliers below Tukey's fence", "低于 Tukey 内限的离群值个数"),
    Field("out_high", INTEGER, "outliers above Tukey's fence", "高于 Tukey 内限的离群值个数"),
    Field("minimum", NUMBER, "minimum", "最小值"),
    Field("p05", NUMBER, "5th percentile", "5% 分位数"),
    Field("q1", NUMBER, "first quartile", "第一四分位数"),
    Field("median", NUMBER, "median", "中位数"),
    Field("mean", NUMBER, "mean", "均值"),
    Field("q3", NUMBER, "third quartile", "第三四分位数"),
    Field("p95", NUMBER, "95th percentile", "95% 分位数"),
    Field("maximum", NUMBER, "maximum", "最大值"),
    Field("sd", NUMBER, "standard deviation (n - 1)", "标准差（n - 1）"),
    Field("skewness", NUMBER, "skewness", "偏度"),
    Field("target", NUMBER, "target value", "目标值"),
    Field("target_src", TEXT, "source of the target", "目标值来源"),
    Field("score_mean", NUMBER, "mean score", "平均得分"),
    Field("score_0", NUMBER, "share of parcels with score 0", "得分为 0 的地块占比"),
    Field("score_10", NUMBER, "share of parcels with a score below 10", "得分低于 10 的地块占比"),
    Field("score_100", NUMBER, "share of parcels with score 100 or more", "得分达到 100 的地块占比"),
    Field("vif", NUMBER, "variance inflation factor", "方差膨胀因子"),
    Field("partner", TEXT, "indicator that correlates most", "相关性最强的指标"),
    Field("spearman", NUMBER, "rank correlation with it", "与其的秩相关系数"),
)

CORRELATIONS = (
    Field("first", TEXT, "indicator", "指标"),
    Field("second", TEXT, "other indicator", "另一指标"),
    Field("parcels", INTEGER, "parcels with both values", "两项均有值的地块数"),
    Field("pearson", NUMBER, "Pearson's r", "皮尔逊相关系数"),
    Field("spearman", NUMBER, "Spearman's rank correlation", "斯皮尔曼秩相关系数"),
    Field("overlap", INTEGER, "correlation at or above the limit", "相关系数达到阈值"),
)

OBJECTIVE_WEIGHTS = (
    Field("indicator", TEXT, "indicator code", "指标代码"),
    Field("name", TEXT, "name", "名称"),
    Field("dimension", TEXT, "dimension", "维度"),
    Field("parcels", INTEGER, "parcels with every indicator", "指标完整的地块数"),
    Field("mean", NUMBER, "mean of the comparable values", "标准化值均值"),
    Field("st_dev", NUMBER, "standard deviation of the comparable values", "标准化值标准差"),
    Field("entropy", NUMBER, "entropy, 1 where all parcels are equal", "信息熵（各地块相同时为 1）"),
    Field("conflict", NUMBER, "conflict with the others, sum of 1 - r", "冲突性（1 - r 之和）"),
    Field("information", NUMBER, "information that the weight is a share of", "信息量"),
    Field("weight_local", NUMBER, "weight within the dimension", "维度内权重"),
    Field("weight", NUMBER, "composite weight", "综合权重"),
)

INFLUENCES = (
    Field("indicator", TEXT, "indicator code", "指标代码"),
    Field("name", TEXT, "name", "名称"),
    Field("weight", NUMBER, "composite weight", "综合权重"),
    Field("w_mean", NUMBER, "mean of the drawn weights", "模拟权重均值"),
    Field("w_p05", NUMBER, "5th percentile of the drawn weights", "模拟权重 5 % 分位数"),
    Field("w_p95", NUMBER, "95th percentile of the drawn weights", "模拟权重 95 % 分位数"),
    Field("zone_less", NUMBER, "share changing zone, weight lowered", "权重降低时分区改变的地块占比"),
    Field("zone_more", NUMBER, "share changing zone, weight raised", "权重提高时分区改变的地块占比"),
    Field("lvl_less", NUMBER, "share changing level, weight lowered", "权重降低时等级改变的地块占比"),
    Field("lvl_more", NUMBER, "share changing level, weight raised", "权重提高时等级改变的地块占比"),
    Field("move_less", NUMBER, "mean change of the composite, weight lowered", "权重降低时综合得分平均变动"),
    Field("move_more", NUMBER, "mean change of the composite, weight raised", "权重提高时综合得分平均变动"),
    Field("corr", NUMBER, "rank correlation with the zones that change", "与分区改变的秩相关"),
)

EXCLUDED_PARCELS = (
    Field("parcel", TEXT, "parcel", "地块"),
    Field("lacks", TEXT, "indicators without a value", "缺值指标"),
)

CONTRIBUTIONS = (
    Field("parcel", TEXT, "parcel", "地块"),
    Field("indicator", TEXT, "indicator code", "指标代码"),
    Field("name", TEXT, "name", "名称"),
    Field("value", NUMBER, "value", "指标值"),
    Field("unit", TEXT, "unit", "单位"),
    Field("target", NUMBER, "target value", "目标值"),
    Field("lower", NUMBER, "lower limit", "下限"),
    Field("upper", NUMBER, "upper limit", "上限"),
    Field("target_src", TEXT, "source of the target", "目标值来源"),
    Field("score", NUMBER, "score", "得分"),
    Field("weight", NUMBER, "weight in the composite of this parcel", "在本地块综合得分中的权重"),
    Field("points", NUMBER, "points in the composite", "综合得分贡献"),
    Field("lost", NUMBER, "points that a full score would add", "失分"),
)

ZONE_MOVES = (
    Field("parcel", TEXT, "parcel", "地块"),
    Field("zone_from", INTEGER, "present zone", "现分区"),
    Field("zone_to", INTEGER, "zone after the change", "变动后分区"),
    Field("rank", INTEGER, "rank, 1 is the smallest change of score", "排序（1 为得分变动最小）"),
    Field("indicator", TEXT, "indicator code", "指标代码"),
    Field("name", TEXT, "name", "名称"),
    Field("value", NUMBER, "present value", "现值"),
    Field("must_be", TEXT, "what the value must be: above, below, at least, at most, equal", "须满足的关系"),
    Field("limit", NUMBER, "value to compare with", "比较值"),
    Field("score", NUMBER, "present score", "现得分"),
    Field("score_to", NUMBER, "score at that value", "该值的得分"),
)

TRANSITIONS = (
    Field("zone_base", INTEGER, "zone in the base year", "基准年集聚分区"),
    Field("from_lbl", TEXT, "name of that zone, or new parcel", "基准年分区名称或新增地块"),
    Field("zone", INTEGER, "zone in this year", "本期集聚分区"),
    Field("to_lbl", TEXT, "name of that zone, or gone", "本期分区名称或消失地块"),
    Field(
        "parcels",
        NUMBER,
        "parcels; those of several origins shared out by area",
        "地块数（多来源按面积分摊）",
    ),
    Field("share_n", NUMBER, "share of the parcels of the base-year zone", "占基准年分区地块数的比例"),
    Field("of_parcels", NUMBER, "parcels in the denominator", "占比分母：地块数"),
    Field("area_hm2", NUMBER, "area in hectares", "面积（公顷）"),
    Field("share_area", NUMBER, "share of the area of the base-year zone", "占基准年分区面积的比例"),
    Field("of_hm2", NUMBER, "hectares in the denominator", "占比分母：面积（公顷）"),
)

ALERTS = (
    Field("parcel", TEXT, "parcel", "地块"),
    Field("rule", TEXT, "rule", "预警规则"),
    Field("field", TEXT, "what the rule looks at", "规则字段"),
    Field("base", NUMBER, "value in the base year", "基准年值"),
    Field("now", NUMBER, "value in this year", "本期值"),
    Field("stage", TEXT, "life-cycle stage", "全生命周期阶段"),
    Field("meaning", TEXT, "what the alert means at this stage", "预警在该阶段的含义"),
)

GONE_PARCELS = (
    Field("parcel", TEXT, "parcel of the base year", "基准年地块"),
    Field("zone_base", INTEGER, "zone in the base year", "基准年集聚分区"),
    Field("area_hm2", NUMBER, "area in hectares", "面积（公顷）"),
)

LINKS = (
    Field("from_id", TEXT, "parcel", "地块"),
    Field("to_id", TEXT, "neighbour", "邻居"),
    Field("weight", NUMBER, "weight", "权重"),
)

NEIGHBOUR_COUNTS = (
    Field("neighbours", INTEGER, "number of neighbours", "邻居数"),
    Field("parcels", INTEGER, "parcels", "地块数"),
)

ZONE_CELLS = (
    Field("econ_lvl", INTEGER, "economic level", "经济效益等级"),
    Field("land_lvl", INTEGER, "land-value level", "土地价值等级"),
    Field("zone", INTEGER, "agglomeration zone", "集聚分区"),
    Field("zone_lbl", TEXT, "name of the zone", "集聚分区名称"),
    Field("zone_src", TEXT, "matrix cell: printed, completed or user", "分区依据：论文、补全或自定义"),
    Field("parcels", INTEGER, "parcels", "地块数"),
    Field("share", NUMBER, "share of the parcels with both levels", "占有等级地块数的比例"),
    Field("area_hm2", NUMBER, "area in hectares", "面积（公顷）"),
    Field("share_area", NUMBER, "share of the area with both levels", "占有等级面积的比例"),
)

ZONE_CONFUSION = (
    Field("zone", INTEGER, "agglomeration zone", "集聚分区"),
    Field("compos_lvl", INTEGER, "composite level", "综合质量等级"),
    Field("parcels", INTEGER, "parcels", "地块数"),
    Field("share", NUMBER, "share of the parcels with both", "占两者均有的地块数的比例"),
    Field("area_hm2", NUMBER, "area in hectares", "面积（公顷）"),
    Field("share_area", NUMBER, "share of the area with both", "占两者均有的面积的比例"),
)

AGREEMENT_TABLE = (
    Field("first", TEXT, "grading", "分级"),
    Field("second", TEXT, "other grading", "另一分级"),
    Field("measure", TEXT, "counted by parcels or area", "统计口径：地块数或面积"),
    Field("total", NUMBER, "parcels, or hectares, with both", "两者均有的地块数或公顷数"),
    Field("agreement", NUMBER, "share with the same grade", "等级相同的比例"),
    Field("kappa", NUMBER, "Cohen's kappa", "Cohen's kappa"),
    Field("kappa_lin", NUMBER, "kappa, linear weights", "线性加权 kappa"),
    Field("kappa_quad", NUMBER, "kappa, quadratic weights", "二次加权 kappa"),
    Field("chi2", NUMBER, "chi-square", "卡方"),
    Field("dof", INTEGER, "degrees of freedom", "自由度"),
    Field("p", NUMBER, "p-value of chi-square", "卡方检验 p 值"),
    Field("cramers_v", NUMBER, "Cramer's V", "克莱姆 V 系数"),
)

INDUSTRIES = (
    Field("industry", TEXT, "industry", "行业"),
    Field("name", TEXT, "name of the industry", "行业名称"),
    Field("parcels", INTEGER, "parcels", "地块数"),
    Field("scored", INTEGER, "parcels with score and area", "有得分和面积的地块数"),
    Field("area_hm2", NUMBER, "area in hectares", "面积（公顷）"),
    Field("output", NUMBER, "output", "产值"),
    Field("score", NUMBER, "mean score, weighted by area", "面积加权平均得分"),
    Field("rank", NUMBER, "rank by score, 1 is the best", "得分位次（1 为最优）"),
    Field("cmp_rank", NUMBER, "rank by score among the compared industries", "可比行业中的得分位次"),
    Field("perf_rank", NUMBER, "rank by performance among them", "可比行业中的绩效位次"),
    Field("rank_diff", NUMBER, "rank by score less rank by performance", "得分位次减绩效位次"),
    Field("conflict", INTEGER, "rank conflict", "位次冲突"),
    Field("finding", TEXT, "finding", "校核结论代码"),
    Field("label", TEXT, "finding in words", "校核结论"),
)

RANK_CORRELATIONS = (
    Field("measure", TEXT, "performance field, empty for all together", "绩效字段（空为综合）"),
    Field("better", TEXT, "higher or lower is better", "高值为优或低值为优"),
    Field("industries", INTEGER, "industries compared", "可比行业数"),
    Field("spearman", NUMBER, "Spearman's rank correlation", "斯皮尔曼秩相关系数"),
    Field("spearman_p", NUMBER, "its two-sided p-value", "斯皮尔曼双侧 p 值"),
    Field("kendall", NUMBER, "Kendall's tau-b", "肯德尔 tau-b 系数"),
    Field("kendall_p", NUMBER, "its two-sided p-value", "肯德尔双侧 p 值"),
)

REVIEW_LIST = (
    Field("parcel", TEXT, "parcel", "地块"),
    Field("industry", TEXT, "industry", "行业"),
    Field("name", TEXT, "name of the industry", "行业名称"),
    Field("area_hm2", NUMBER, "area in hectares", "面积（公顷）"),
    Field("score", NUMBER, "score", "得分"),
    Field("level", INTEGER, "level", "等级"),
    Field("shift_lvl", INTEGER, "level after the industry check", "行业校核后等级"),
    Field("cmp_rank", NUMBER, "rank of the industry by score", "行业得分位次"),
    Field("perf_rank", NUMBER, "rank of the industry by performance", "行业绩效位次"),
    Field("rank_diff", NUMBER, "rank by score less rank by performance", "得分位次减绩效位次"),
    Field("finding", TEXT, "finding", "校核结论代码"),
    Field("label", TEXT, "finding in words", "校核结论"),
    Field("shift_why", TEXT, "why the level was moved or not", "等级调整说明"),
)

STATISTICS = (
    Field("section", TEXT, "field of the classes", "分类字段"),
    Field("district", TEXT, "district", "片区"),
    Field("class", TEXT, "class", "类别"),
    Field("label", TEXT, "name of the class", "类别名称"),
    Field("cross_fld", TEXT, "field crossed with it", "交叉字段"),
    Field("cross", TEXT, "class crossed with it", "交叉类别"),
    Field("parcels", INTEGER, "parcels", "地块数"),
    Field("share_n", NUMBER, "share of parcels", "地块数占比"),
    Field("area_hm2", NUMBER, "area in hectares", "面积（公顷）"),
    Field("share_area", NUMBER, "share of area", "面积占比"),
    Field("completed", INTEGER, "parcels zoned by completed cells", "由补全单元分区的地块数"),
    Field("of_parcels", INTEGER, "parcels in the denominator", "占比分母：地块数"),
    Field("of_hm2", NUMBER, "hectares in the denominator", "占比分母：面积（公顷）"),
    Field("of_what", TEXT, "what the denominator is", "占比分母说明"),
)

DISTRICTS = (
    Field("district", TEXT, "district", "片区"),
    Field("of_parcels", INTEGER, "parcels in the denominator", "占比分母：地块数"),
    Field("of_hm2", NUMBER, "hectares in the denominator", "占比分母：面积（公顷）"),
)

_PARCEL = Field("parcel", TEXT, "parcel", "地块")
_DISTRICT = Field("district", TEXT, "district", "片区")

STANDARDS = (
    LEAD_AREA,
    AREA_GRADE,
    Field("kind", TEXT, "entry threshold or new facility", "准入门槛或新型设施"),
    Field("item", TEXT, "what the standard is about", "标准项"),
    Field("field", TEXT, "field of the parcel layer", "地块图层字段"),
    Field("unit", TEXT, "unit", "单位"),
    Field("rule", TEXT, "at least or at most", "不低于或不高于"),
    Field("parcels", INTEGER, "parcels with a value", "有值地块数"),
    Field("few", INTEGER, "too few parcels to go by", "样本过少"),
    Field("q1", NUMBER, "first quartile", "第一四分位数"),
    Field("median", NUMBER, "median", "中位数"),
    Field("q3", NUMBER, "third quartile", "第三四分位数"),
    Field("proposed", NUMBER, "proposed standard", "建议标准"),
    Field("standard", TEXT, "standard, to be filled in", "采用标准（待填）"),
)

REVITALISATION = (
    _PARCEL,
    _DISTRICT,
    PRIORITY,
    ZONE,
    ZONE_LABEL,
    Field("land_lvl", INTEGER, "land-value level", "土地价值等级"),
    Field("score", NUMBER, "score", "得分"),
    _AREA,
)

RENOVATION = (
    *REVITALISATION,
    Field("joint", TEXT, "departments of the joint review", "联合会审部门"),
    Field("decision", TEXT, "decision, to be filled in", "会审结论（待填）"),
)

STRATEGIES = (
    _DISTRICT,
    ZONE,
    ZONE_LABEL,
    Field("parcels", INTEGER, "parcels", "地块数"),
    _AREA,
    Field("share_area", NUMBER, "share of the district's zoned area", "占片区已分区面积的比例"),
    Field("title", TEXT, "aim", "目标"),
    Field("strategy", TEXT, "strategy", "策略"),
)


def quantity_fields(quantity):
    """What the statistics tell of a quantity: sum, share, mean, median, ratios, and denominators."""
    return (
        Field(f"{quantity}_sum", NUMBER, f"sum of {quantity}", f"{quantity} 合计"),
        Field(f"{quantity}_share", NUMBER, f"share of {quantity}", f"{quantity} 占比"),
        Field(f"{quantity}_of", NUMBER, f"sum of {quantity} in the denominator", f"{quantity} 占比分母"),
        Field(f"{quantity}_n", INTEGER, f"parcels with {quantity}", f"有 {quantity} 的地块数"),
        Field(f"{quantity}_mean", NUMBER, f"mean {quantity} per parcel", f"{quantity} 地块均值"),
        Field(f"{quantity}_median", NUMBER, f"median {quantity} of the parcels", f"{quantity} 地块中位数"),
        Field(
            f"{quantity}_ratio",
            NUMBER,
            f"mean {quantity} relative to the lowest class with a mean above 0",
            f"{quantity} 均值比（均值为正的最低类为 1）",
        ),
        Field(
            f"{quantity}_ratios",
            TEXT,
            f"ratios of the means of {quantity}, the highest class first",
            f"{quantity} 均值比（由高到低）",
        ),
    )


def district_class_fields(name, label, quantities):
    """Columns of one class in the table of districts by class; ``name`` is unique among the classes."""
    return (
        Field(f"{name}_n", INTEGER, f"{label}: parcels", f"{label}：地块数"),
        Field(f"{name}_share_n", NUMBER, f"{label}: share of parcels", f"{label}：地块数占比"),
        Field(f"{name}_hm2", NUMBER, f"{label}: area in hectares", f"{label}：面积（公顷）"),
        Field(f"{name}_share", NUMBER, f"{label}: share of area", f"{label}：面积占比"),
        *(
            field
            for quantity in quantities
            for field in (
                Field(
                    f"{name}_{quantity}", NUMBER, f"{label}: sum of {quantity}", f"{label}：{quantity} 合计"
                ),
                Field(
                    f"{name}_{quantity}_share",
                    NUMBER,
                    f"{label}: share of {quantity}",
                    f"{label}：{quantity} 占比",
                ),
            )
        ),
    )
