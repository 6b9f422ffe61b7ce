"""The whole evaluation in one pass as a Processing algorithm."""

from collections import Counter

from qgis.core import QgsProcessing, QgsProcessingParameterFeatureSource

from ..autocorrelation.global_parameters import moran_row, moran_sentence
from ..autocorrelation.moran_parameters import (
    DEFAULT_PERMUTATIONS,
    add_correction,
    add_permutations,
    add_significance,
    cluster_sentence,
    local_columns,
)
from ..autocorrelation.neighbours_parameters import Neighbours, add_neighbours
from ..errors import ParcelDataError
from ..fields import (
    AGREEMENT_TABLE,
    BREAKS,
    CLUSTERS,
    COMPOSITE,
    DIMENSION_CLASSES,
    ECONOMY,
    LAND,
    LAYER_CLASSES,
    LEVELS_3,
    LEVELS_4,
    LOCAL_CLUSTER,
    LOCAL_MORAN,
    MORAN,
    ZONE,
    ZONE_CELLS,
    ZONE_CONFUSION,
    ZONE_LABEL,
    ZONE_SOURCE,
    dimension_score,
    label_field,
    layer_score,
    level_field,
    level_terms,
)
from ..fields import INDEX_SYSTEM as INDEX_SYSTEM_FIELDS
from ..indicators.index_system_parameters import (
    add_index_system,
    add_weight_and_field_choices,
    read_system,
    ready_system,
    system_rows,
)
from ..parcel_algorithm import OUTPUT, REPORT, ParcelAlgorithm, tr
from ..presentation import style_of, user_language
from ..scoring.scoring_parameters import (
    EXCLUDED_TABLE,
    add_scoring_choices,
    excluded_rows,
    score_parcels,
    scoring_scale,
    write_excluded,
)
from ..weighting.ahp_parameters import add_judgements, weigh
from ..zoning.statistics_parameters import (
    DISTRICT_FIELD,
    QUANTITIES,
    add_statistics_fields,
    hectares,
    known_hectares,
    quantity_values,
    statistics_fields,
    statistics_remarks,
)
from ..zoning.zoning_parameters import (
    AGREEMENT,
    CELLS,
    CONFUSION,
    Grading,
    add_contingency,
    add_matrix,
    agreement_rows,
    cell_rows,
    confusion_rows,
    zone_columns,
    zone_map,
    zone_matrix,
    zone_sentence,
    zone_style,
    zone_terms,
)

FIXED_BREAKS = "FIXED_BREAKS"
STATISTICS = "STATISTICS"
BREAKS_TABLE = "BREAKS"
MORAN_TABLE = "MORAN"
TARGETS = "TARGETS"


class EvaluateAlgorithm(ParcelAlgorithm):
    """Parcels in, agglomeration zones out."""

    ID = "evaluate"
    ROOM = "evaluation"

    def displayName(self):
        """Name in the toolbox."""
        return tr("Evaluate parcels")

    def description(self):
        """What the algorithm does."""
        return tr(
            "The whole evaluation in one pass: scores of indicators, dimensions, layers and composite "
            "by target values; quality levels by natural breaks; global Moran's I of every score and local "
            "clusters of the composite; agglomeration zones by the cross-tabulation of economic level and "
            "land-value level; statistics per zone and district. Clusters never move a zone; completed "
            "cells, derived targets and excluded parcels are marked in every output."
        )

    def initAlgorithm(self, configuration=None):
        """Declare parameters and outputs."""
        self.add_parcels([QgsProcessing.SourceType.TypeVectorPolygon])
        self.add_id_field()
        add_index_system(self)
        add_judgements(self)
        add_weight_and_field_choices(self)
        add_scoring_choices(self)
        self.add(
            QgsProcessingParameterFeatureSource(
                FIXED_BREAKS, tr("Fixed breaks"), [QgsProcessing.SourceType.TypeVector], optional=True
            ),
            tr("Breaks table of a base year: its limits are used for every score instead of natural breaks."),
            advanced=True,
        )
        add_neighbours(self)
        add_permutations(self, default=DEFAULT_PERMUTATIONS, fewest=1)
        add_significance(self)
        add_correction(self)
        add_matrix(self)
        add_statistics_fields(self)
        self.add_language()
        self.add_sink(
            OUTPUT,
            tr("Evaluated parcels"),
            tr(
                "The input with scores, levels, zone and its source, local clusters, and the indicators that "
                "a parcel lacks."
            ),
        )
        for name, label, help_text in (
            (
                STATISTICS,
                tr("Statistics"),
                tr("Per zone, level and district: parcels, area, quantities, shares, ratios; by cluster."),
            ),
            (MORAN_TABLE, tr("Global Moran's I"), tr("One row per score.")),
            (BREAKS_TABLE, tr("Breaks"), tr("Limits of every level; serves as fixed breaks next year.")),
            (TARGETS, tr("Index system as used"), tr("With the weights and targets that were used.")),
            (EXCLUDED_TABLE, tr("Excluded parcels"), tr("Parcels that are not scored, and what they lack.")),
        ):
            self.add_sink(name, label, help_text, optional=True, table=True)
        add_contingency(self)
        self.add_report()
        self.add_number("MORAN_I", tr("Moran's I of the composite"), tr("Global Moran's I."))
        self.add_number("EXPECTED_I", tr("Expected I"), tr("-1/(n - 1)."))
        self.add_number("Z", tr("z"), tr("Standard score under randomisation."))
        self.add_number("P", tr("p"), tr("Two-sided p-value under randomisation."))
        self.add_number("GVF", tr("Goodness of variance fit"), tr("Of the levels of the composite."))
        self.add_number("MAX_CR", tr("Highest CR"), tr("Of the judgements, where they are given."))
        self.add_number("EXCLUDED", tr("Excluded parcels"), tr("Parcels that are not scored."))

    def compute(self, parameters, context, feedback):
        """Evaluate and write."""
        import numpy as np

        from ..zoning.cross_tabulation import cross_tabulate

        language = self.language(parameters, context)
        matrix = zone_matrix(self, parameters, context, feedback)
        if matrix.cells.shape != (LAYER_CLASSES, LAYER_CLASSES):
            raise ParcelDataError(
                "The zone matrix has {} economic and {} land-value levels, but parcels are evaluated with "
                "4 of each: use “Four-level cross-tabulation” for other sizes.",
                *matrix.cells.shape,
            )
        system, weighing = weigh(self, read_system(self, parameters, context), parameters, context, feedback)
        system.check_layers()
        parcels = self.parcels(parameters, context, feedback, end=10)
        neighbours = Neighbours(self, parameters, context, feedback, parcels)
        system = ready_system(self, system, parcels, parameters, context, feedback)
        scored = score_parcels(self, system, parcels, parameters, context, feedback)

        columns = _score_columns(scored)
        derived = sum(row.target_src.startswith("derived") for row in scored.system.indicators)
        levels = self._levels(columns, derived, parameters, context, feedback)
        neighbours.among(np.isfinite(scored.scores.composite), self.progress(feedback, 30, 35))
        moran = [
            moran_row(self, field, values, neighbours, 0, parameters, context)
            for field, (values, _) in columns.items()
        ]
        clusters = local_columns(
            self,
            COMPOSITE,
            scored.scores.composite,
            neighbours,
            parameters,
            context,
            language,
            self.progress(feedback, 35, 50),
        )
        economy, land = (levels[layer_score(code).name].level for code in (ECONOMY, LAND))
        zones = cross_tabulate(economy, land, matrix)

        area, statistics = np.full(len(parcels), np.nan), ((), ())
        if self.wants(parameters, STATISTICS):
            area = hectares(self, parcels, parameters, context)
            statistics = self._statistics(
                parcels, system, levels, zones, matrix, area, clusters, parameters, context, feedback
            )
        elif any(self.wants(parameters, name) for name in (CELLS, CONFUSION, AGREEMENT, REPORT)):
            area = known_hectares(self, parcels, parameters, context, feedback)
        self._summarise(scored, levels, moran, clusters, zones, matrix, parcels, feedback)
        level_fields = [make(name) for name in levels for make in (level_field, label_field)]
        level_columns = [
            column
            for result in levels.values()
            for column in (result.level_or_null(), result.labels(language))
        ]
        econ_lvl, land_lvl, compos_lvl = (
            Grading(level_field(name).name, levels[name].level, LAYER_CLASSES)
            for name in (*(layer_score(code).name for code in (ECONOMY, LAND)), COMPOSITE)
        )
        graded = Grading(ZONE.name, zones.zone, len(zone_terms(matrix)))
        gradings = ((econ_lvl, land_lvl), (graded, compos_lvl))
        confusion, agreement = confusion_rows(graded, compos_lvl, area), agreement_rows(gradings, area)
        composite = dict(zip((field.name for field in MORAN), moran[-1], strict=True))
        return {
            OUTPUT: self.write_parcels(
                parameters,
                context,
                feedback,
                parcels,
                (*scored.fields, *level_fields, ZONE, ZONE_LABEL, ZONE_SOURCE, *LOCAL_MORAN),
                (*scored.columns, *level_columns, *zone_columns(zones, matrix, language), *clusters),
                style=zone_style(matrix),
                more_styles=_offered(levels),
                start=50,
            ),
            STATISTICS: self.write_table(parameters, STATISTICS, context, *statistics),
            MORAN_TABLE: self.write_table(parameters, MORAN_TABLE, context, MORAN, moran),
            BREAKS_TABLE: self.write_table(
                parameters,
                BREAKS_TABLE,
                context,
                BREAKS,
                [row for name, result in levels.items() for row in result.rows(name, language)],
            ),
            CELLS: self.write_table(
                parameters, CELLS, context, ZONE_CELLS, cell_rows(zones, matrix, area, language)
            ),
            CONFUSION: self.write_table(parameters, CONFUSION, context, ZONE_CONFUSION, confusion),
            AGREEMENT: self.write_table(parameters, AGREEMENT, context, AGREEMENT_TABLE, agreement),
            TARGETS: self.write_table(
                parameters, TARGETS, context, INDEX_SYSTEM_FIELDS, system_rows(scored.system)
            ),
            EXCLUDED_TABLE: write_excluded(self, scored, parameters, context),
            REPORT: self._report(
                parameters,
                context,
                scored,
                levels,
                parcels,
                moran=moran,
                clusters=clusters[LOCAL_MORAN.index(LOCAL_CLUSTER)],
                zones=zones,
                matrix=matrix,
                terms=zone_terms(matrix),
                area=area,
                confusion=confusion,
                agreement=agreement,
            ),
            "MORAN_I": composite["moran_i"],
            "EXPECTED_I": composite["expected"],
            "Z": composite["z"],
            "P": composite["p"],
            "GVF": levels[COMPOSITE].gvf,
            "MAX_CR": weighing.hierarchy.max_cr if weighing else None,
            "EXCLUDED": scored.excluded,
        }

    def _levels(self, columns, derived, parameters, context, feedback):
        """Quality levels by score field; too few classes are an error unless breaks are fixed."""
        from ..classification.levels import fixed_limits, quality_levels
        from ..features import table_rows

        source = self.parameterAsSource(parameters, FIXED_BREAKS, context)
        rows = table_rows(source) if source else None
        if source and derived:
            self.warn(
                feedback,
                tr(
                    "The breaks are fixed, but {} targets are derived from this year's data: years compare "
                    "only with the base year's targets (its table “Index system as used”)."
                ).format(derived),
            )
        levels = {}
        for field, (values, classes) in columns.items():
            self.progress(feedback, 20, 30)(len(levels) / len(columns))
            fixed = fixed_limits(rows, field) if source else None
            try:
                levels[field] = quality_levels(values, classes, fixed=fixed, exact=True)
            except ParcelDataError as error:
                raise ParcelDataError("Score {}: {}", field, error) from None
            if levels[field].above:
                self.note(
                    feedback,
                    tr("{}: {} parcels lie above the highest fixed limit and get the highest level.").format(
                        field, levels[field].above
                    ),
                )
            for _, obtained in levels[field].short_groups(classes):
                raise ParcelDataError(
                    "Score {} has only {} distinct values, too few for {} levels: its levels would mean "
                    "something else. Give fixed breaks, or indicators that tell the parcels apart.",
                    field,
                    obtained,
                    classes,
                )
        return levels

    def _statistics(
        self, parcels, system, levels, zones, matrix, area, clusters, parameters, context, feedback
    ):
        """Fields and rows of the statistics table."""
        from ..zoning.statistics_table import Classes, statistics_rows

        language = self.language(parameters, context)
        quantities = self.parameterAsStrings(parameters, QUANTITIES, context) or [
            row.field for row in system.indicators if row.indicator in ("output", "tax")
        ]
        district = self.optional_field(parameters, DISTRICT_FIELD, context)
        codes = {ZONE.name: (zones.zone, zone_terms(matrix))}
        for name, result in levels.items():
            of_dimension = name in {dimension_score(code).name for code in system.dimensions}
            codes[level_field(name).name] = (result.level, LEVELS_3 if of_dimension else LEVELS_4)
        columns = [
            Classes.of(field, [str(code) if code else "" for code in column.tolist()], language, terms)
            for field, (column, terms) in codes.items()
        ]
        cluster = [code or "" for code in clusters[LOCAL_MORAN.index(LOCAL_CLUSTER)]]
        rows = statistics_rows(
            columns,
            area,
            quantity_values(self, parcels, quantities, area, feedback),
            parcels.texts(district) if district else None,
            Classes.of(LOCAL_CLUSTER.name, cluster, language),
            zones.source.tolist(),
        )
        for remark in statistics_remarks(rows):
            self.note(feedback, remark)
        return statistics_fields(quantities), rows

    def _report(self, parameters, context, scored, levels, parcels, **found):
        """Write the report; ``found`` are what `Evaluation` takes as it stands."""
        from ..scoring.target_scores import targets_note
        from .evaluation_report import Evaluation, Score, evaluation_report

        if not self.wants(parameters, REPORT):
            return None
        language = user_language()
        district = self.optional_field(parameters, DISTRICT_FIELD, context)
        fields = {field.name: field for field in scored.fields}
        maps = self._maps(parcels, levels[COMPOSITE], found["clusters"], context)
        maps["zones"], colours = zone_map(parcels, found["zones"], found["matrix"], context)
        evaluation = Evaluation(
            parcels=len(parcels),
            excluded=excluded_rows(scored),
            system=scored.system,
            targets=targets_note(scored.system, scoring_scale(self, parameters, context), language),
            scores=tuple(Score(fields[name], scored.column(name), result) for name, result in levels.items()),
            districts=parcels.texts(district) if district else None,
            maps=maps,
            colours=colours,
            **found,
        )
        return self.write_report(
            parameters, context, self.displayName(), evaluation_report(evaluation, tr, language)
        )

    def _maps(self, parcels, levels, clusters, context):
        """Maps of the report by what they show."""
        from ..report_maps import class_map

        maps = {
            "levels": (levels.level_or_null(), "levels", LEVELS_4, tr("Quality levels of the composite")),
            "clusters": (clusters, "clusters", CLUSTERS, tr("Local clusters of the composite")),
        }
        return {
            name: class_map(parcels, codes, style, classes, context, caption)
            for name, (codes, style, classes, caption) in maps.items()
        }

    def _summarise(self, scored, levels, moran, clusters, zones, matrix, parcels, feedback):
        """Tell in a few lines what came out."""
        self.note(
            feedback,
            tr("{} parcels evaluated, {} excluded.").format(len(parcels) - scored.excluded, scored.excluded),
        )
        for name, result in levels.items():
            counts = ", ".join(f"{row[3]} {row[6]}" for row in reversed(result.rows(name, "en")))
            feedback.pushInfo(tr("Levels of {}: {} (GVF {:.3f})").format(name, counts, result.gvf))
        for row in moran:
            feedback.pushInfo(moran_sentence(row))
        cluster = clusters[LOCAL_MORAN.index(LOCAL_CLUSTER)]
        self.note(feedback, cluster_sentence(Counter(cluster)))
        self.note(feedback, zone_sentence(zones, matrix))
        best = [code for code, zone in zip(cluster, zones.zone.tolist(), strict=True) if zone == 4]
        if best:
            feedback.pushInfo(
                tr("{:.0f} % of the parcels of zone 4 lie in significant HH clusters.").format(
                    100 * best.count("HH") / len(best)
                )
            )


def _offered(levels):
    """Styles beside the zones: the levels, composite first, then the clusters; those of scores follow."""
    return (
        *(("levels", level_field(name).name, level_terms(levels[name].classes)) for name in reversed(levels)),
        style_of(LOCAL_CLUSTER.name),
    )


def _score_columns(scored):
    """Score field to (values, classes): dimensions in 3 levels, layers and the composite in 4."""
    system, scores = scored.system, scored.scores
    columns = {
        dimension_score(code).name: (values, DIMENSION_CLASSES)
        for code, values in zip(system.dimensions, scores.dimensions.T, strict=True)
    }
    columns.update(
        {
            layer_score(code).name: (values, LAYER_CLASSES)
            for code, values in zip(system.layers, scores.layers.T, strict=True)
        }
    )
    columns[COMPOSITE] = (scores.composite, LAYER_CLASSES)
    return columns
