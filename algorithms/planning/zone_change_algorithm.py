"""Zones of two years compared, as a Processing algorithm."""

from dataclasses import dataclass, replace

from qgis.core import (
    QgsProcessing,
    QgsProcessingParameterEnum,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterField,
    QgsProcessingParameterNumber,
)

from ..errors import ParcelDataError
from ..fields import (
    ALERTS,
    COMPOSITE,
    COMPOSITE_SCORE,
    ECONOMY,
    GONE_PARCELS,
    LAND,
    LIFE_CYCLE,
    MATCHES,
    TRANSITIONS,
    ZONE,
    ZONE_CHANGE,
    ZONE_LABEL,
    ZONE_SOURCE,
    Term,
    change_terms,
    layer_score,
    level_field,
)
from ..indicators.index_system import IndexSystem
from ..indicators.index_system_parameters import (
    add_index_system,
    add_weight_and_field_choices,
    read_system,
    ready_system,
)
from ..parcel_algorithm import ID_FIELD, INPUT, OUTPUT, REPORT, ParcelAlgorithm, tr
from ..presentation import user_language
from ..scoring.scoring_parameters import add_scoring_choices, score_parcels
from ..zoning.statistics_parameters import known_hectares
from ..zoning.zoning_parameters import add_matrix, zone_columns, zone_matrix, zone_style, zone_terms

BASE = "BASE"
BASE_ID_FIELD = "BASE_ID_FIELD"
MATCHING = "MATCHING"
LEAST_OVERLAP = "LEAST_OVERLAP"
FIXED_BREAKS = "FIXED_BREAKS"
STAGE_FIELD = "STAGE_FIELD"
RULES = "RULES"
TABLE = "TRANSITIONS"
ALERT_TABLE = "ALERTS"
GONE = "GONE"
ID_THEN_LOCATION, ID_ONLY, LOCATION_ONLY = range(3)

_LISTED = 10
_GRADED = (layer_score(ECONOMY).name, layer_score(LAND).name, COMPOSITE)
_NEW = Term("new", "new parcel", "新增地块")
_GONE = Term("gone", "gone", "已消失")
_NO_ZONE = Term("", "no zone", "无分区")


@dataclass(frozen=True)
class _Year:
    """One year: its parcels, what they are called, their scores and areas, levels and zones."""

    parcels: object
    names: list
    scores: object
    levels: tuple
    zones: object
    area: object

    def values(self):
        """What alert rules may look at, (n,) float by name, NaN where there is none."""
        import numpy as np

        econ, land, composite = (np.where(level > 0, level, np.nan) for level in self.levels)
        return {
            ZONE.name: np.where(self.zones.zone > 0, self.zones.zone, np.nan),
            level_field(layer_score(ECONOMY).name).name: econ,
            level_field(layer_score(LAND).name).name: land,
            level_field(COMPOSITE).name: composite,
            layer_score(ECONOMY).name: self.scores.layers[:, 0],
            layer_score(LAND).name: self.scores.layers[:, 1],
            COMPOSITE: self.scores.composite,
        }


class ZoneChangeAlgorithm(ParcelAlgorithm):
    """What became of the zones since a base year."""

    ID = "zonechange"
    ROOM = "planning"

    def displayName(self):
        """Name in the toolbox."""
        return tr("Change of zones")

    def description(self):
        """What the algorithm does."""
        return tr(
            "Compares the parcels of this year with those of a base year. Both are scored against the base "
            "year's targets and classified by its breaks, so that a zone changes only where the land does. "
            "Parcels are matched by id and, where ids changed, by location: split and merged parcels are "
            "shared out by area. A table of rules raises alerts on falls and says what each means at the "
            "parcel's stage of the life cycle (admission, supply, use, supervision, exit)."
        )

    def initAlgorithm(self, configuration=None):
        """Declare parameters and outputs."""
        polygons = [QgsProcessing.SourceType.TypeVectorPolygon]
        self.add_parcels(polygons)
        self.add_id_field()
        self.add(
            QgsProcessingParameterFeatureSource(BASE, tr("Parcels of the base year"), polygons),
            tr("With the same indicators."),
        )
        self.add(
            QgsProcessingParameterField(
                BASE_ID_FIELD,
                tr("Field that names the parcels of the base year"),
                parentLayerParameterName=BASE,
                optional=True,
            ),
            tr("Empty: the field of the same name as in this year."),
        )
        self.add(
            QgsProcessingParameterEnum(
                MATCHING,
                tr("Match parcels"),
                [tr("By id, else by location"), tr("By id only"), tr("By location only")],
                defaultValue=ID_THEN_LOCATION,
            ),
            tr(
                "An id that is missing in one year, empty, or stands twice in a year cannot match; the log "
                "names the latter. By location, parcels that share land belong together."
            ),
        )
        self.add(
            QgsProcessingParameterNumber(
                LEAST_OVERLAP,
                tr("Least overlap (%)"),
                QgsProcessingParameterNumber.Type.Double,
                defaultValue=5.0,
                minValue=0.0,
                maxValue=100.0,
            ),
            tr("Of the smaller parcel: what two parcels share below that is noise of the digitising."),
            advanced=True,
        )
        add_index_system(self)
        self.add(
            QgsProcessingParameterFeatureSource(
                FIXED_BREAKS,
                tr("Breaks of the base year"),
                [QgsProcessing.SourceType.TypeVector],
                optional=True,
            ),
            tr("Breaks table of its evaluation. Empty: natural breaks of the base year's scores."),
        )
        self.add(
            QgsProcessingParameterField(
                STAGE_FIELD, tr("Life-cycle stage"), parentLayerParameterName=INPUT, optional=True
            ),
            tr("admission, supply, use, supervision or exit, or 准入, 供应, 利用, 监管, 退出."),
        )
        self.add(
            QgsProcessingParameterFeatureSource(
                RULES, tr("Alert rules"), [QgsProcessing.SourceType.TypeVector], optional=True
            ),
            tr(
                "A row per rule and stage: rule, field (zone, econ_lvl, land_lvl, compos_lvl, l_econ, l_land "
                "or composite), base_from (least value in the base year), now_to (greatest value now), fall "
                "(least fall), stage (empty: all others), text. Empty: resources/rules/zone_alerts.csv of "
                "the plugin, which is ours."
            ),
        )
        add_weight_and_field_choices(self)
        add_scoring_choices(self)
        add_matrix(self)
        self.add_language()
        self.add_sink(
            OUTPUT,
            tr("Parcels with changes"),
            tr(
                "The parcels of this year with composite, its level, zone, and: base_id and match (where "
                "they come from), zone_base, zone_chg, econ_chg, land_chg, compos_chg (changes against the "
                "base-year parcel with the largest share), score_base (mean by area), score_chg, stage, "
                "alerts, alert_txt."
            ),
        )
        for name, label, help_text in (
            (
                TABLE,
                tr("Transitions"),
                tr(
                    "From zone to zone by parcels and area, with shares of the base-year zone; new and gone "
                    "parcels besides."
                ),
            ),
            (ALERT_TABLE, tr("Alerts"), tr("A row per parcel and rule.")),
            (GONE, tr("Gone parcels"), tr("Parcels of the base year that no parcel succeeds.")),
        ):
            self.add_sink(name, label, help_text, optional=True, table=True)
        self.add_report()
        self.add_number("ALERTED", tr("Parcels with an alert"), tr("Number of parcels."))
        self.add_number("CHANGED", tr("Parcels in another zone"), tr("Of those with a zone in both years."))
        self.add_number("NEW", tr("New parcels"), tr("Parcels that no parcel of the base year matches."))
        self.add_number("LOST", tr("Gone parcels"), tr("Parcels of the base year without a successor."))

    def compute(self, parameters, context, feedback):
        """Score both years, match, compare and write."""
        import numpy as np

        from .zone_change import NEW, transitions

        language = self.language(parameters, context)
        matrix = zone_matrix(self, parameters, context, feedback)
        terms = zone_terms(matrix)
        rules = self._rules(parameters, context)
        now, base = self._years(matrix, parameters, context, feedback)
        stages = self._stages(now, parameters, context, feedback)
        links = self._links(now, base, parameters, context, feedback)
        moved = transitions(links, now.zones.zone, base.zones.zone, len(terms), now.area, base.area)
        after, before = now.values(), _at(base.values(), links.main)
        alerts = _alerts(now.names, rules, before, after, stages, language)
        told = _alerts(now.names, rules, before, after, stages, user_language())
        alerted = len({position for position, _ in alerts})
        changes = {name: after[name] - before[name] for name in before}
        changed = int((np.nan_to_num(changes[ZONE.name]) != 0).sum())
        new = sum(match == NEW for match in links.match)
        self.note(
            feedback,
            tr(
                "{} of {} parcels changed their zone, {} raise alerts; {} are new, {} of the base year gone."
            ).format(changed, len(now.names), alerted, new, links.gone.size),
        )
        rows = _transition_rows(moved, terms, language)
        score = links.means(base.scores.composite)
        graded = [ZONE.name, *(level_field(name).name for name in _GRADED)]
        columns = (
            now.scores.composite,
            [level or None for level in now.levels[2].tolist()],
            *zone_columns(now.zones, matrix, language),
            _origins(links, base.names),
            links.match,
            _whole(before[ZONE.name]),
            *(_whole(changes[name]) for name in graded),
            score,
            now.scores.composite - score,
            stages,
            _joined(len(now.names), alerts, "rule"),
            _joined(len(now.names), alerts, "meaning"),
        )
        return {
            TABLE: self.write_table(parameters, TABLE, context, TRANSITIONS, rows),
            ALERT_TABLE: self.write_table(
                parameters, ALERT_TABLE, context, ALERTS, [row for _, row in alerts]
            ),
            GONE: self.write_table(
                parameters,
                GONE,
                context,
                GONE_PARCELS,
                [(base.names[p], int(base.zones.zone[p]) or None, base.area[p]) for p in links.gone.tolist()],
            ),
            OUTPUT: self.write_parcels(
                parameters,
                context,
                feedback,
                now.parcels,
                (COMPOSITE_SCORE, level_field(COMPOSITE), ZONE, ZONE_LABEL, ZONE_SOURCE, *ZONE_CHANGE),
                columns,
                style=("changes", "zone_chg", change_terms(len(terms))),
                more_styles=(zone_style(matrix),),
            ),
            REPORT: self._report(
                parameters, context, now.parcels, _whole(changes[ZONE.name]), moved, terms, told, links
            ),
            "ALERTED": alerted,
            "CHANGED": changed,
            "NEW": new,
            "LOST": int(links.gone.size),
        }

    def _rules(self, parameters, context):
        from ..features import table_rows
        from .zone_change import default_rules, read_rules

        source = self.parameterAsSource(parameters, RULES, context)
        return read_rules(table_rows(source)) if source is not None else default_rules()

    def _years(self, matrix, parameters, context, feedback):
        """This year and the base year, both by the base year's targets and breaks."""
        from ..classification.score_limits import fixed_score_limits, natural_score_limits
        from ..features import table_rows

        system = read_system(self, parameters, context)
        system.check_layers()
        now = self.parcels(parameters, context, feedback, end=10)
        base = self.parcels(parameters, context, feedback, end=10, name=BASE)
        id_field = self.optional_field(parameters, ID_FIELD, context)
        base_id = self.optional_field(parameters, BASE_ID_FIELD, context) or id_field

        def scored(parcels, system, name):
            own = {**parameters, ID_FIELD: name}
            return score_parcels(self, system, parcels, own, context, feedback)

        feedback.pushInfo(tr("Base year:"))
        before = scored(base, ready_system(self, system, base, parameters, context, feedback), base_id)
        feedback.pushInfo(tr("This year:"))
        own = ready_system(self, system, now, parameters, context, feedback)
        after = scored(now, _with_targets(own, before.system), id_field)
        source = self.parameterAsSource(parameters, FIXED_BREAKS, context)
        limits = (
            fixed_score_limits(table_rows(source), matrix)
            if source is not None
            else natural_score_limits((*before.scores.layers.T, before.scores.composite), matrix)
        )
        years = []
        for parcels, one in ((now, after), (base, before)):
            self.progress(feedback)(0.3)
            area = known_hectares(self, parcels, parameters, context, feedback)
            years.append(_year(parcels, one, limits, matrix, area))
        return years

    def _stages(self, now, parameters, context, feedback):
        """Life-cycle stage of each parcel of this year, "" where there is none."""
        from .zone_change import stage_code

        field = self.optional_field(parameters, STAGE_FIELD, context)
        if not field:
            return [""] * len(now.names)
        texts = now.parcels.texts(field)
        codes = [stage_code(text) for text in texts]
        unknown = sorted({text for text, code in zip(texts, codes, strict=True) if code is None})
        if unknown:
            self.warn(
                feedback,
                tr("Stages that are none and count as empty: {}. Stages are {}.").format(
                    ", ".join(unknown[:_LISTED]), ", ".join(term.code for term in LIFE_CYCLE)
                ),
            )
        return [code or "" for code in codes]

    def _links(self, now, base, parameters, context, feedback):
        """Who succeeds whom, by id and by location as chosen."""
        import numpy as np

        from .zone_change import match_names, succession

        matching = self.parameterAsEnum(parameters, MATCHING, context)
        named = self.optional_field(parameters, ID_FIELD, context)
        if matching == ID_ONLY and not named:
            raise ParcelDataError("Parcels are matched by id, but no field names them: choose ID_FIELD.")
        partner = np.full(len(now.names), -1, dtype=np.int64)
        if named and matching != LOCATION_ONLY:
            partner, repeated = match_names(now.names, base.names)
            if repeated:
                self.warn(
                    feedback,
                    tr("Ids that stand twice in a year and match nothing: {}.").format(
                        ", ".join(repeated[:_LISTED]) + (" …" if len(repeated) > _LISTED else "")
                    ),
                )
        overlaps = (np.array([], dtype=np.int64),) * 2 + (np.array([]),)
        if matching != ID_ONLY:
            overlaps = self._overlaps(now, base, partner, parameters, context, feedback)
        links = succession(len(now.names), len(base.names), partner, overlaps)
        self.note(
            feedback,
            tr("Matched parcels: {}.").format(
                ", ".join(f"{term.code} {links.match.count(term.code)}" for term in MATCHES)
            ),
        )
        return links

    def _overlaps(self, now, base, partner, parameters, context, feedback):
        """Shared land of the parcels that their ids do not settle: (now, base, area) arrays."""
        import numpy as np

        from ..auxiliary_layers import transformed
        from ..parcel_overlaps import overlaps

        least = self.parameterAsDouble(parameters, LEAST_OVERLAP, context) / 100
        shapes = [feature.geometry() for feature in now.parcels.features]
        others = transformed(
            [feature.geometry() for feature in base.parcels.features],
            base.parcels.crs,
            now.parcels.crs,
            context,
        )
        left = np.setdiff1d(np.arange(len(others)), partner)
        touched = overlaps(
            shapes, [others[position] for position in left], least, self.progress(feedback, 30, 50)
        )
        settle = np.union1d(np.flatnonzero(partner < 0), touched.first)
        found = overlaps(
            [shapes[position] for position in settle], others, least, self.progress(feedback, 50, 70)
        )
        if found.repaired:
            self.note(
                feedback, tr("{} invalid geometries were repaired to compare places.").format(found.repaired)
            )
        return settle[found.first], found.second, found.area

    def _report(self, parameters, context, parcels, changed, moved, terms, alerts, links):
        from ..report_maps import class_map
        from .zone_change_report import zone_change_report

        if not self.wants(parameters, REPORT):
            return None
        caption = tr("Change of the zone")
        drawn = class_map(parcels, changed, "changes", change_terms(len(terms)), context, caption)
        pieces = zone_change_report(moved, terms, alerts, links, tr, user_language(), drawn)
        return self.write_report(parameters, context, self.displayName(), pieces)


def _year(parcels, scored, limits, matrix, area):
    """Levels and zones of a scored year by some limits."""
    from ..classification.natural_breaks import classify
    from ..zoning.cross_tabulation import cross_tabulate

    scores = scored.scores
    levels = tuple(
        classify(column, upper)
        for column, upper in zip((*scores.layers.T, scores.composite), limits, strict=True)
    )
    return _Year(parcels, scored.names, scores, levels, cross_tabulate(*levels[:2], matrix), area)


def _with_targets(system, base):
    """This year's index system with the base year's targets.

    Raises
    ------
    ParcelDataError
        The years do not have the same indicators.
    """
    if system.codes != base.codes:
        raise ParcelDataError(
            "The years do not have the same indicators: {} are in one only. Give both layers these "
            "fields, or leave the indicators out of the index system.",
            ", ".join(sorted(set(system.codes) ^ set(base.codes))),
        )
    return IndexSystem(
        tuple(
            replace(own, target=given.target, target_src=given.target_src)
            for own, given in zip(system.indicators, base.indicators, strict=True)
        )
    )


def _at(columns, positions):
    """Columns at some positions, NaN at -1."""
    import numpy as np

    return {name: np.where(positions >= 0, column[positions], np.nan) for name, column in columns.items()}


def _origins(links, names):
    """Names of the base-year parcels of each parcel."""
    origins = [[] for _ in links.match]
    for position, origin in zip(links.now.tolist(), links.base.tolist(), strict=True):
        origins[position].append(names[origin])
    return [", ".join(own) for own in origins]


def _alerts(names, rules, before, after, stages, language):
    """Position of the parcel and row of `fields.ALERTS` of every alert, parcel by parcel."""
    raised = [rule.raised(before[rule.field], after[rule.field]) for rule in rules]
    return [
        (
            position,
            (
                name,
                rule.name_zh if language == "zh" else rule.name,
                rule.field,
                float(before[rule.field][position]),
                float(after[rule.field][position]),
                stages[position],
                rule.text(stages[position], language),
            ),
        )
        for position, name in enumerate(names)
        for rule, at in zip(rules, raised, strict=True)
        if at[position]
    ]


def _joined(n, alerts, column):
    """Texts of a column of the alerts by parcel, each once, separated by semicolons."""
    place = [field.name for field in ALERTS].index(column)
    texts = [{} for _ in range(n)]
    for position, row in alerts:
        texts[position][row[place]] = True
    return ["; ".join(own) for own in texts]


def _whole(column):
    """Whole numbers as a list, None where NaN."""
    import numpy as np

    return [None if missing else int(value) for value, missing in zip(column, np.isnan(column), strict=True)]


def _transition_rows(moved, terms, language):
    """Rows of `fields.TRANSITIONS`: those with parcels, best zones first."""
    size = len(terms) + 2
    rows = []
    for origin in reversed(range(size)):
        for zone in reversed(range(size)):
            count, area = moved.parcels[origin, zone], moved.area[origin, zone]
            if not count:
                continue
            all_count, all_area = moved.parcels[origin].sum(), moved.area[origin].sum()
            rows.append(
                (
                    origin if 0 < origin < size - 1 else None,
                    _state(origin, terms, language, _NEW),
                    zone if 0 < zone < size - 1 else None,
                    _state(zone, terms, language, _GONE),
                    float(count),
                    float(count / all_count),
                    float(all_count),
                    float(area),
                    float(area / all_area) if all_area else None,
                    float(all_area),
                )
            )
    return rows


def _state(zone, terms, language, outside):
    if zone == 0:
        return _NO_ZONE.label(language)
    return outside.label(language) if zone > len(terms) else terms[zone - 1].label(language)
