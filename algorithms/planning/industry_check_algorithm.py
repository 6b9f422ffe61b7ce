"""The industry check as a Processing algorithm."""

from collections import Counter

from qgis.core import (
    QgsProcessing,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterEnum,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterField,
    QgsProcessingParameterNumber,
)

from ..errors import ParcelDataError
from ..fields import (
    COMPOSITE,
    INDUSTRIES,
    INDUSTRY_CHECKS,
    INDUSTRY_CONFIDENCE,
    INDUSTRY_FLAGS,
    LEVEL_SHIFTS,
    RANK_CORRELATIONS,
    REVIEW_LIST,
    SHIFT_REASON,
    SHIFTED_LEVEL,
    class_terms,
)
from ..parcel_algorithm import ID_FIELD, INPUT, OUTPUT, REPORT, ParcelAlgorithm, tr
from ..presentation import style_of, user_language
from ..zoning.statistics_parameters import add_area_field, hectares
from ..zoning.zoning_parameters import level_column

INDUSTRY_FIELD = "INDUSTRY_FIELD"
CODE_LEVEL = "CODE_LEVEL"
SCORE_FIELD = "SCORE_FIELD"
OUTPUT_FIELD = "OUTPUT_FIELD"
PERFORMANCE = "PERFORMANCE"
KEY_FIELD = "KEY_FIELD"
HIGHER_FIELDS = "HIGHER_FIELDS"
LOWER_FIELDS = "LOWER_FIELDS"
RANK_DIFFERENCE = "RANK_DIFFERENCE"
SHIFT = "SHIFT"
LEVEL_FIELD = "LEVEL_FIELD"
INDUSTRY_TABLE = "INDUSTRIES"
CORRELATIONS = "CORRELATIONS"
REVIEW = "REVIEW"
_MOST_LEVELS = 9
_NAMED = 12


class IndustryCheckAlgorithm(ParcelAlgorithm):
    """Industries ranked by score against their annual performance."""

    ID = "industrycheck"
    ROOM = "planning"

    def displayName(self):
        """Name in the toolbox."""
        return tr("Industry check")

    def description(self):
        """What the algorithm does."""
        return tr(
            "Ranks industries by their mean score, weighted by area, and compares the ranks with those of an "
            "external table of annual performance: Spearman's and Kendall's correlation, conflicts, "
            "industries on one side only. Each parcel gets a confidence, and a list names the parcels to "
            "review. Levels stay as they are unless you ask for a shift, which is of one level, stands in a "
            "field of its own and says why."
        )

    def initAlgorithm(self, configuration=None):
        """Declare parameters and outputs."""
        self.add_parcels([QgsProcessing.SourceType.TypeVector])
        self.add_id_field()
        self.add(
            QgsProcessingParameterField(INDUSTRY_FIELD, tr("Industry field"), parentLayerParameterName=INPUT),
            tr("Code of GB/T 4754 or name of the parcel's industry, as the performance table has it."),
        )
        self.add(
            QgsProcessingParameterEnum(
                CODE_LEVEL,
                tr("Cut industry codes to"),
                [
                    tr("As they stand"),
                    tr("Section (letter)"),
                    tr("Division (2 digits)"),
                    tr("Group (3 digits)"),
                    tr("Class (4 digits)"),
                ],
                defaultValue=0,
            ),
            tr(
                "Level of GB/T 4754-2017 at which both sides are compared. “C3610”, “3610” and “36 "
                "Automobiles” are of division 36 and section C. Codes that begin with 0 must be text. What "
                "holds no code, or a coarser one, stays as it is and is told."
            ),
        )
        self.add(
            QgsProcessingParameterField(
                SCORE_FIELD, tr("Score"), defaultValue=COMPOSITE, parentLayerParameterName=INPUT
            ),
            tr("Score to average per industry, higher is better. Parcels without one enter no mean."),
        )
        self.add(
            QgsProcessingParameterField(
                OUTPUT_FIELD, tr("Output value"), parentLayerParameterName=INPUT, optional=True
            ),
            tr("Annual output of the parcel, summed per industry in the table."),
        )
        self.add(
            QgsProcessingParameterFeatureSource(
                PERFORMANCE, tr("Performance of industries"), [QgsProcessing.SourceType.TypeVector]
            ),
            tr("External table of one year, one row per industry."),
        )
        self.add(
            QgsProcessingParameterField(
                KEY_FIELD, tr("Industry in that table"), parentLayerParameterName=PERFORMANCE
            ),
            tr("Codes or names like those of the parcels; cut in the same way."),
        )
        for name, label, help_text in (
            (HIGHER_FIELDS, tr("Performance, higher is better"), tr("For example growth, profit or output.")),
            (LOWER_FIELDS, tr("Performance, lower is better"), tr("For example energy per output.")),
        ):
            self.add(
                QgsProcessingParameterField(
                    name, label, parentLayerParameterName=PERFORMANCE, allowMultiple=True, optional=True
                ),
                help_text
                + " "
                + tr("With several fields in all, industries rank by the mean of their ranks in each."),
            )
        self.add(
            QgsProcessingParameterNumber(
                RANK_DIFFERENCE,
                tr("Ranks conflict from this difference on"),
                QgsProcessingParameterNumber.Type.Double,
                defaultValue=5,
                minValue=0.5,
            ),
            tr("Between the rank by score and the rank by performance, among the industries that have both."),
        )
        self.add(
            QgsProcessingParameterField(
                LEVEL_FIELD, tr("Quality level"), parentLayerParameterName=INPUT, optional=True
            ),
            tr("Quality level of the parcel from 1 (low) up, for the review list and the shift."),
            advanced=True,
        )
        self.add(
            QgsProcessingParameterBoolean(SHIFT, tr("Shift levels by one where ranks conflict"), False),
            tr(
                "Off: no level moves. On: parcels of an industry that scores better than it performs go down "
                "one level, those of one that performs better go up one, both in shift_lvl beside the "
                "evaluated level, with the reason in shift_why. Industries with one parcel move nothing."
            ),
            advanced=True,
        )
        add_area_field(self)
        self.add_language()
        self.add_sink(
            OUTPUT,
            tr("Checked parcels"),
            tr(
                "The input with ind_key (industry as checked), ind_diff (rank difference), ind_conf "
                "(confidence: 3 high, 2 medium, 1 low, NULL where nothing could be checked), ind_chk and "
                "ind_lbl (finding); with a shift also shift_lvl and shift_why."
            ),
        )
        for name, label, help_text in (
            (
                INDUSTRY_TABLE,
                tr("Industries"),
                tr("Parcels, area, output, mean score, ranks and finding of each, the best score first."),
            ),
            (
                CORRELATIONS,
                tr("Rank correlations"),
                tr("Of score and performance, all fields together and each alone, with p-values."),
            ),
            (
                REVIEW,
                tr("Review list"),
                tr("Parcels of conflicting industries, the widest conflict first, then those not checked."),
            ),
        ):
            self.add_sink(name, label, help_text, optional=True, table=True)
        self.add_report()
        for name, label, help_text in (
            ("SPEARMAN", tr("Spearman's rank correlation"), tr("Of score and performance.")),
            ("SPEARMAN_P", tr("p of Spearman's"), tr("Two-sided; none without scipy or below 3 industries.")),
            ("KENDALL", tr("Kendall's tau-b"), tr("Of score and performance.")),
            ("KENDALL_P", tr("p of Kendall's"), tr("Two-sided; none without scipy or below 3 industries.")),
            ("COMPARED", tr("Industries compared"), tr("With a mean score and every performance field.")),
            ("CONFLICTS", tr("Conflicts"), tr("Industries whose ranks conflict.")),
            ("TO_REVIEW", tr("Parcels to review"), tr("Rows of the review list.")),
            ("SHIFTED", tr("Parcels shifted"), tr("Parcels whose level was moved; 0 unless asked for.")),
            ("EXCLUDED", tr("Excluded parcels"), tr("Parcels that could not be checked.")),
        ):
            self.add_number(name, label, help_text)

    def compute(self, parameters, context, feedback):
        """Rank, compare and write."""
        import numpy as np

        from ..features import with_value
        from .industry_check import check_industries, shifted_levels
        from .industry_codes import industry_keys

        measures = self._measures(parameters, context)
        parcels = self.parcels(parameters, context, feedback, end=30)
        ids = parcels.names(self.optional_field(parameters, ID_FIELD, context))
        self.warn_of_duplicates(feedback, ids)
        code_level = self.parameterAsEnum(parameters, CODE_LEVEL, context)
        own = industry_keys(
            parcels.texts(self.optional_field(parameters, INDUSTRY_FIELD, context)), code_level
        )
        if not any(own.keys):
            raise ParcelDataError(
                "Field {} holds no industry: choose the field with codes or names.",
                self.optional_field(parameters, INDUSTRY_FIELD, context),
            )
        performance, names = self._performance(measures, code_level, parameters, context, feedback)
        names = {**own.names, **names}
        if own.uncut:
            self.note(
                feedback,
                tr("{} parcels hold no code of that level; they keep what stands there.").format(own.uncut),
            )
        area = hectares(self, parcels, parameters, context)
        score_field = self.optional_field(parameters, SCORE_FIELD, context)
        score = parcels.numbers(score_field)
        with_value(score_field, score)
        output_field = self.optional_field(parameters, OUTPUT_FIELD, context)
        output = parcels.numbers(output_field) if output_field else np.full(len(parcels), np.nan)
        limit = self.parameterAsDouble(parameters, RANK_DIFFERENCE, context)
        check = check_industries(
            own.keys, score, area, output, performance, [lower for _, lower in measures], limit
        )
        level, highest = self._levels(parcels, parameters, context)
        shift = self.parameterAsBool(parameters, SHIFT, context)
        moved, reasons = shifted_levels(level, own.keys, check, highest) if shift else (level, None)
        shifts = Counter(filter(None, reasons)) if shift else None
        self._tell(check, shifts, limit, feedback)

        listed = check.to_review(area)
        language = self.language(parameters, context)
        review = _review_rows(
            listed, ids, own.keys, names, area, score, level, moved, reasons, check, language
        )
        flags, columns = list(INDUSTRY_FLAGS), _flag_columns(own.keys, check, language)
        if shift:
            flags += [SHIFTED_LEVEL, SHIFT_REASON]
            columns += [_or_null(moved), _labels(LEVEL_SHIFTS, reasons, language)]
        return {
            OUTPUT: self.write_parcels(
                parameters,
                context,
                feedback,
                parcels,
                flags,
                columns,
                style=style_of(INDUSTRY_CONFIDENCE.name),
                start=50,
            ),
            INDUSTRY_TABLE: self.write_table(
                parameters, INDUSTRY_TABLE, context, INDUSTRIES, _industry_rows(check, names, language)
            ),
            CORRELATIONS: self.write_table(
                parameters, CORRELATIONS, context, RANK_CORRELATIONS, _correlation_rows(check, measures)
            ),
            REVIEW: self.write_table(parameters, REVIEW, context, REVIEW_LIST, review),
            REPORT: self._report(parameters, context, check, names, limit, measures, review, shifts),
            "SPEARMAN": _or_none(check.joint.spearman),
            "SPEARMAN_P": _or_none(check.joint.spearman_p),
            "KENDALL": _or_none(check.joint.kendall),
            "KENDALL_P": _or_none(check.joint.kendall_p),
            "COMPARED": check.joint.n,
            "CONFLICTS": sum(one.conflicts for one in check.industries),
            "TO_REVIEW": len(listed),
            "SHIFTED": shifts["up"] + shifts["down"] if shift else 0,
            "EXCLUDED": int((check.confidence == 0).sum()),
        }

    def _measures(self, parameters, context):
        """Performance fields, and whether lower values of each are better."""
        higher, lower = (
            self.parameterAsStrings(parameters, name, context) for name in (HIGHER_FIELDS, LOWER_FIELDS)
        )
        both = sorted(set(higher) & set(lower))
        if both:
            raise ParcelDataError(
                "Performance field {} is chosen as higher and as lower is better: choose one.", both[0]
            )
        if not higher and not lower:
            raise ParcelDataError(
                "No performance field is chosen: choose at least one in which higher or lower is better."
            )
        return [*((name, False) for name in higher), *((name, True) for name in lower)]

    def _performance(self, measures, code_level, parameters, context, feedback):
        """Values of the performance fields by industry, and names of industries."""
        from .industry_codes import industry_keys

        rows = self.parcels(parameters, context, feedback, end=10, name=PERFORMANCE)
        table = industry_keys(rows.texts(self.optional_field(parameters, KEY_FIELD, context)), code_level)
        twice = [key for key, count in Counter(filter(None, table.keys)).items() if count > 1]
        if twice:
            raise ParcelDataError(
                "Industry {} stands {} times in the performance table: give it one row per industry, or cut "
                "codes less.",
                twice[0],
                table.keys.count(twice[0]),
            )
        unnamed = table.keys.count("")
        if unnamed:
            self.note(feedback, tr("{} rows of the performance table name no industry.").format(unnamed))
        values = rows.matrix([name for name, _ in measures]).tolist()
        performance = {key: row for key, row in zip(table.keys, values, strict=True) if key}
        return performance, table.names

    def _levels(self, parcels, parameters, context):
        """Levels (n,), 0 for none, and the highest there can be."""
        import numpy as np

        field = self.optional_field(parameters, LEVEL_FIELD, context)
        if field is None:
            if self.parameterAsBool(parameters, SHIFT, context):
                raise ParcelDataError("Levels are to be shifted, but no level field is chosen: choose it.")
            return np.zeros(len(parcels), dtype=np.int64), 0
        known = len(class_terms(field))
        level = level_column(parcels, field, known or _MOST_LEVELS)
        return level, known or int(level.max())

    def _tell(self, check, shifts, limit, feedback):
        """Say what was found."""
        joint = check.joint
        self.note(
            feedback,
            tr("{} industries compared: Spearman {}, Kendall's tau-b {}.").format(
                joint.n, _shown(joint.spearman, joint.spearman_p), _shown(joint.kendall, joint.kendall_p)
            ),
        )
        if joint.n == 0:
            self.warn(
                feedback,
                tr(
                    "No industry of the parcels has a score and a row in the performance table with every "
                    "value: compare keys and code level."
                ),
            )
        elif _or_none(joint.spearman) is None:
            self.note(
                feedback, tr("A correlation needs two industries, and values that differ on both sides.")
            )
        elif _or_none(joint.spearman_p) is None:
            self.note(feedback, tr("p-values need scipy, and three industries or more."))
        conflicts = [one.key for one in check.industries if one.conflicts]
        if conflicts:
            self.note(feedback, tr("Ranks differ by {:g} or more: {}.").format(limit, _some(conflicts)))
        for text, finding in (
            (tr("Industries without performance: {}."), "no_perf"),
            (tr("Industries without parcels: {}."), "no_parcel"),
            (tr("Industries without a scored parcel: {}."), "no_score"),
        ):
            members = [one.key for one in check.industries if one.finding == finding]
            if members:
                self.note(feedback, text.format(_some(members)))
        alone = [one.key for one in check.industries if one.parcels == 1]
        if alone:
            self.note(feedback, tr("Industries with one parcel: {}.").format(_some(alone)))
        counts = Counter(check.finding)
        for text, code in (
            (tr("{} parcels have no industry."), "no_ind"),
            (tr("{} parcels have no score or no area and enter no mean."), "no_score"),
        ):
            if counts[code]:
                self.note(feedback, text.format(counts[code]))
        if shifts is not None:
            self.note(
                feedback,
                tr(
                    "Levels moved: {} parcels up, {} down; {} at the end of the scale, {} alone in their "
                    "industry."
                ).format(shifts["up"], shifts["down"], shifts["end"], shifts["single"]),
            )

    def _report(self, parameters, context, check, names, limit, measures, review, shifts):
        """Write the report where it is asked for."""
        from .industry_report import industry_report

        if not self.wants(parameters, REPORT):
            return None
        pieces = industry_report(check, names, limit, measures, review, shifts, tr, user_language())
        return self.write_report(parameters, context, tr("Industry check"), pieces)


def _flag_columns(keys, check, language):
    return [
        keys,
        check.difference,
        _or_null(check.confidence),
        check.finding,
        _labels(INDUSTRY_CHECKS, check.finding, language),
    ]


def _industry_rows(check, names, language):
    words = {term.code: term.label(language) for term in INDUSTRY_CHECKS}
    for one in check.industries:
        yield (
            one.key,
            names.get(one.key, ""),
            one.parcels,
            one.scored,
            one.area,
            one.output,
            one.score,
            one.rank,
            one.compared_rank,
            one.performance_rank,
            one.difference,
            int(one.conflicts),
            one.finding,
            words[one.finding],
        )


def _correlation_rows(check, measures):
    rows = [("", "", check.joint)] if len(measures) > 1 else []
    rows += [
        (name, "lower" if lower else "higher", one)
        for (name, lower), one in zip(measures, check.measures, strict=True)
    ]
    for name, better, one in rows:
        yield (name, better, one.n, one.spearman, one.spearman_p, one.kendall, one.kendall_p)


def _review_rows(listed, ids, keys, names, area, score, level, moved, reasons, check, language):
    industries = check.by_key
    findings = _labels(INDUSTRY_CHECKS, check.finding, language)
    why = _labels(LEVEL_SHIFTS, reasons, language) if reasons else [""] * len(ids)
    rows = []
    for i in listed.tolist():
        industry = industries.get(keys[i])
        ranks = (
            (industry.compared_rank, industry.performance_rank, industry.difference)
            if industry
            else (None, None, None)
        )
        rows.append(
            (
                ids[i],
                keys[i],
                names.get(keys[i], ""),
                float(area[i]),
                float(score[i]),
                int(level[i]) or None,
                (int(moved[i]) or None) if reasons else None,
                *ranks,
                check.finding[i],
                findings[i],
                why[i],
            )
        )
    return rows


def _labels(terms, codes, language):
    words = {term.code: term.label(language) for term in terms}
    return [words.get(code, "") for code in codes]


def _some(names):
    """Names in a row, the first dozen of many."""
    rest = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (tr(" and {} more").format(rest) if rest > 0 else "")


def _shown(value, p):
    from ..report import number

    return number(value, 3) or "-" if not number(p) else f"{number(value, 3)} (p = {number(p)})"


def _or_null(codes):
    return [code or None for code in codes.tolist()]


def _or_none(value):
    return None if value != value else value  # noqa: PLR0124 - NaN
