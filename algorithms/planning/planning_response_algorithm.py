"""The planning responses as a Processing algorithm."""

import math
from collections import Counter

from qgis.core import (
    Qgis,
    QgsProcessing,
    QgsProcessingFeatureSource,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterExpression,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterField,
    QgsProcessingParameterMultipleLayers,
    QgsProcessingParameterNumber,
)

from ..fields import (
    AREA_GRADE,
    AREA_GRADES,
    COMPOSITE,
    ECONOMY,
    LAND,
    LAYER_CLASSES,
    LEAD_AREAS,
    PLAN_LIST,
    PLAN_LISTS,
    PLANNING,
    RENOVATION,
    RESERVE_LAND,
    RESERVE_RINGS,
    REVITALISATION,
    RING,
    STANDARDS,
    STRATEGIES,
    ZONE,
    ZONES,
    layer_score,
    level_field,
)
from ..indicators.index_system_parameters import INDEX_SYSTEM, add_index_system, match_layer, read_system
from ..parcel_algorithm import ID_FIELD, INPUT, OUTPUT, REPORT, ParcelAlgorithm, tr
from ..presentation import user_language
from ..zoning.statistics_parameters import DISTRICT_FIELD, add_area_field, hectares
from ..zoning.zoning_parameters import level_column

ZONE_FIELD = "ZONE_FIELD"
LAND_FIELD = "LAND_FIELD"
SCORE_FIELD = "SCORE_FIELD"
INDUSTRIAL = "INDUSTRIAL"
GAP = "GAP"
LEAST_AREA = "LEAST_AREA"
GRADE_A = "GRADE_A"
GRADE_B = "GRADE_B"
STANDARD_FIELDS = "STANDARD_FIELDS"
QUANTILE = "QUANTILE"
NEAR_RING = "NEAR_RING"
FAR_RING = "FAR_RING"
CANDIDATES = "CANDIDATES"
EXCLUSIONS = "EXCLUSIONS"
LESS_PARCELS = "LESS_PARCELS"
LEAST_RESERVE = "LEAST_RESERVE"
STRATEGY_TABLE = "STRATEGY_TABLE"
DEPARTMENT_TABLE = "DEPARTMENT_TABLE"
FACILITY_TABLE = "FACILITY_TABLE"
LEAD = "LEAD_AREAS"
RESERVE = "RESERVE"
STANDARDS_TABLE = "STANDARDS"
REVITALISE = "REVITALISE"
RENOVATE = "RENOVATE"
STRATEGY = "STRATEGY"

_POLYGON = QgsProcessing.SourceType.TypeVectorPolygon
_TABLE = QgsProcessing.SourceType.TypeVector
_TOTALS = ("output", "tax")
"""Indicators that a large parcel meets by its size: no thresholds."""


class PlanningResponseAlgorithm(ParcelAlgorithm):
    """Lead areas, reserve land, lists and strategies from zoned parcels."""

    ID = "planningresponse"
    ROOM = "planning"

    def displayName(self):
        """Name in the toolbox."""
        return tr("Planning responses")

    def description(self):
        """What the algorithm does."""
        return tr(
            "From zones to what a planning office hands in. Lead demonstration areas: zone 4 merged, gaps "
            "closed, graded, with entry thresholds proposed. Reserve land: rings around zone 4, cut with "
            "candidate land, less exclusions. Revitalisation list: existing industrial land outside zone 4 "
            "whose land-value level is 3 or 4. Renovation list: zone 1, with the departments of the joint "
            "review. A parcel in both lists has priority 1 where its land-value level is 4 and 2 where it is "
            "3. Strategy per district and zone. All rules and thresholds are proposals, to be decided on by "
            "those who plan."
        )

    def initAlgorithm(self, configuration=None):
        """Declare parameters and outputs."""
        self.add_parcels([_POLYGON])
        self.add_id_field()
        self._add_fields()
        self._add_lead_areas()
        self._add_reserve()
        self._add_tables()
        add_area_field(self)
        self.add_language()
        self._add_outputs()

    def _add_fields(self):
        self.add(
            QgsProcessingParameterField(
                DISTRICT_FIELD, tr("District field"), parentLayerParameterName=INPUT, optional=True
            ),
            tr("Park or district: the strategies are given for each. Empty: the whole layer is one."),
        )
        self.add(
            QgsProcessingParameterExpression(
                INDUSTRIAL, tr("Existing industrial land"), parentLayerParameterName=INPUT, optional=True
            ),
            tr(
                "Expression or yes/no field that is true for existing industrial land, for example "
                "\"landuse\" = 'industrial'. Only such land is revitalised. Empty: every parcel is."
            ),
        )
        land_level = level_field(layer_score(LAND).name).name
        for name, label, default, help_text in (
            (ZONE_FIELD, tr("Zone"), ZONE.name, tr("Agglomeration zones from 1 (low) to 4 (high).")),
            (LAND_FIELD, tr("Land-value level"), land_level, tr("Levels from 1 (low) to 4 (high).")),
            (
                SCORE_FIELD,
                tr("Score"),
                None,
                tr(
                    "Score by which lead areas are graded. Empty: composite, and no grades where the layer "
                    "has no such field."
                ),
            ),
        ):
            self.add(
                QgsProcessingParameterField(
                    name,
                    label,
                    defaultValue=default,
                    parentLayerParameterName=INPUT,
                    optional=default is None,
                ),
                help_text,
                advanced=True,
            )

    def _add_lead_areas(self):
        self._add_number(
            GAP,
            tr("Gaps to close (m)"),
            50.0,
            tr("Roads and strips between parcels of zone 4 up to this width go to the lead area."),
        )
        self._add_number(
            LEAST_AREA,
            tr("Smallest lead area (hm²)"),
            1.0,
            tr("Smaller ones are dropped and counted; their parcels keep zone 4 and stand in no list."),
        )
        for name, label, help_text in (
            (GRADE_A, tr("Grade A from score"), tr("Upper tertile of the scores of zone 4 where empty.")),
            (GRADE_B, tr("Grade B from score"), tr("Lower tertile where empty; below it is grade C.")),
        ):
            self._add_number(
                name,
                label,
                None,
                tr("By the mean score of its parcels of zone 4, weighted by area. {}").format(help_text),
                advanced=True,
            )
        self.add(
            QgsProcessingParameterField(
                STANDARD_FIELDS,
                tr("Fields with entry thresholds"),
                parentLayerParameterName=INPUT,
                allowMultiple=True,
                optional=True,
            ),
            tr(
                "For example output per mu, tax per mu, floor area ratio. Empty: the economic benefit and "
                "cost indicators of the index system, but for totals of output and tax. Of costs the "
                "threshold is the most that is allowed."
            ),
        )
        add_index_system(self)
        self._add_number(
            QUANTILE,
            tr("Entry quantile (%)"),
            50.0,
            tr(
                "A new parcel should at least equal this share of the lead area's own parcels: 50 is their "
                "median."
            ),
            advanced=True,
            most=100.0,
        )

    def _add_reserve(self):
        self._add_number(
            NEAR_RING,
            tr("Near ring (m)"),
            500.0,
            tr("Reserve land up to this distance from zone 4."),
            least=1.0,
        )
        self._add_number(
            FAR_RING,
            tr("Far ring (m)"),
            1000.0,
            tr("A second ring from the near one to this distance; none where it is not farther."),
        )
        self.add(
            QgsProcessingParameterFeatureSource(CANDIDATES, tr("Candidate land"), [_POLYGON], optional=True),
            tr("Land that may be reserved. Empty: the whole rings, which is a search area, no reserve yet."),
        )
        self.add(
            QgsProcessingParameterMultipleLayers(EXCLUSIONS, tr("Exclusions"), _POLYGON, optional=True),
            tr("Layers of land that must not be reserved: red lines of ecology, farmland, heritage, water."),
        )
        self.add(
            QgsProcessingParameterBoolean(
                LESS_PARCELS, tr("Parcels of the layer are no reserve"), defaultValue=True
            ),
            tr("On: the parcels themselves are taken out of the reserve, since the lists deal with them."),
            advanced=True,
        )
        self._add_number(
            LEAST_RESERVE,
            tr("Smallest piece of reserve (hm²)"),
            0.5,
            tr("Smaller pieces, slivers mostly, are dropped and counted."),
            advanced=True,
        )

    def _add_tables(self):
        for name, label, file, columns in (
            (
                STRATEGY_TABLE,
                tr("Table of strategies"),
                "strategies",
                tr("zone, district (empty: all), title, title_zh, strategy, strategy_zh."),
            ),
            (
                DEPARTMENT_TABLE,
                tr("Departments of the joint review"),
                "departments",
                tr("department, department_zh, checks, checks_zh."),
            ),
            (
                FACILITY_TABLE,
                tr("New facilities in the standards"),
                "facilities",
                tr("facility, facility_zh, unit, unit_zh."),
            ),
        ):
            self.add(
                QgsProcessingParameterFeatureSource(name, label, [_TABLE], optional=True),
                tr("{} Empty: resources/planning/{}.csv of the plugin.").format(columns, file),
                advanced=True,
            )

    def _add_outputs(self):
        self.add_sink(
            OUTPUT,
            tr("Parcels with lists"),
            tr(
                "The input with plan_list (lead, revit, renov, both, none), its name, priority and lead_area."
            ),
        )
        for name, label, help_text in (
            (LEAD, tr("Lead demonstration areas"), tr("One polygon per area: grade, mean score, parcels.")),
            (RESERVE, tr("Reserve land"), tr("One polygon per piece: ring, nearest lead area, hectares.")),
        ):
            self.add_sink(name, label, help_text, optional=True)
        for name, label, help_text in (
            (
                STANDARDS_TABLE,
                tr("Standards"),
                tr(
                    "Per lead area, and for all together: entry thresholds proposed from quantiles of its "
                    "parcels, and rows for new facilities; the column “standard” is to be filled in."
                ),
            ),
            (REVITALISE, tr("Revitalisation list"), tr("Parcels with both lists first, then better land.")),
            (RENOVATE, tr("Renovation list"), tr("With the departments of the joint review.")),
            (STRATEGY, tr("Strategies"), tr("One row per district and zone: one zone, one policy.")),
        ):
            self.add_sink(name, label, help_text, optional=True, table=True)
        self.add_report()
        for name, label, help_text in (
            ("LEAD_HM2", tr("Lead areas (hm²)"), tr("Their area on the ellipsoid.")),
            ("LEAD_DROPPED", tr("Dropped lead areas"), tr("Smaller than the smallest lead area.")),
            ("RESERVE_HM2", tr("Reserve land (hm²)"), tr("Its area on the ellipsoid.")),
            ("RESERVE_DROPPED", tr("Dropped pieces of reserve"), tr("Smaller than the smallest piece.")),
            ("REVITALISED", tr("Parcels to revitalise"), tr("Rows of the revitalisation list.")),
            ("RENOVATED", tr("Parcels to renovate"), tr("Rows of the renovation list.")),
            ("IN_BOTH", tr("Parcels in both lists"), tr("Those with a priority.")),
            ("REPAIRED", tr("Repaired geometries"), tr("Of parcels, candidates and exclusions.")),
            ("EXCLUDED", tr("Excluded parcels"), tr("Parcels without a zone; they stand in no list.")),
        ):
            self.add_number(name, label, help_text)

    def _add_number(self, name, label, default, help_text, advanced=False, least=0.0, most=None):
        limits = {"minValue": least} if most is None else {"minValue": least, "maxValue": most}
        self.add(
            QgsProcessingParameterNumber(
                name,
                label,
                QgsProcessingParameterNumber.Type.Double,
                defaultValue=default,
                optional=default is None,
                **limits,
            ),
            help_text,
            advanced=advanced,
        )

    def compute(self, parameters, context, feedback):
        """Draw, list and write."""
        import numpy as np

        from ..auxiliary_layers import metric_crs, transformed
        from ..planning_areas import area_features, closed, containing, large_pieces, merged, nearest
        from .planning_response import (
            LEAD_ZONE,
            grade_limits,
            grades,
            mean_scores,
            planning_lists,
        )
        from .response_tables import (
            LeadAreas,
            ResponseTables,
            lead_rows,
            renovation_rows,
            reserve_rows,
            revitalisation_rows,
            standard_rows,
            strategy_rows,
        )

        language = self.language(parameters, context)
        strategies, departments, facilities = self._tables(language, parameters, context)
        parcels = self.parcels(parameters, context, feedback, end=10)
        plots = self._plots(parcels, parameters, context, feedback)
        industrial = self._industrial(parcels, parameters, context, feedback)
        items, values = self._standards(parcels, parameters, context, feedback)

        crs = metric_crs(parcels, context)
        shapes, faulty = self._shapes(parcels, crs, context)
        best = plots.zone == LEAD_ZONE
        core = closed(
            merged([shapes[i] for i in np.flatnonzero(best)]),
            self.parameterAsDouble(parameters, GAP, context),
        )
        areas = large_pieces([core], self.parameterAsDouble(parameters, LEAST_AREA, context), crs, context)
        area_of = containing(areas.shapes, shapes)
        self.progress(feedback)(0.3)
        reserve, faulty_beside = self._reserve(core, shapes, crs, parameters, context, feedback)
        faulty += faulty_beside

        limits = grade_limits(
            plots.score[best], *(self._limit(name, parameters, context) for name in (GRADE_A, GRADE_B))
        )
        members = np.where(best, area_of, -1)
        score = mean_scores(members, plots.score, plots.hectares, len(areas.shapes))
        lead = LeadAreas(
            [f"L{number}" for number in range(1, len(areas.shapes) + 1)],
            grades(score, limits),
            score,
            areas.hectares,
            area_of,
            members,
        )
        lists = planning_lists(plots.zone, plots.land, industrial, area_of >= 0)

        def tables_in(language, strategies, departments, facilities):
            return ResponseTables(
                lead=lead_rows(lead, plots, language),
                reserve=reserve_rows(
                    reserve.group,
                    reserve.hectares,
                    nearest(areas.shapes, reserve.shapes),
                    lead,
                    self._ring_distances(parameters, context),
                ),
                standards=standard_rows(
                    lead,
                    plots,
                    list(items(language)),
                    values,
                    facilities,
                    self.parameterAsDouble(parameters, QUANTILE, context) / 100,
                    language,
                ),
                revitalisation=revitalisation_rows(plots, lists, language),
                renovation=renovation_rows(plots, lists, departments, language),
                strategy=strategy_rows(plots, strategies, language),
            )

        texts = strategies, departments, facilities
        tables = tables_in(language, *texts)
        self._tell(plots, lead, limits, lists, strategies, feedback)
        for number, text in (
            (faulty, tr("{} invalid geometries were repaired for drawing areas.")),
            (areas.dropped, tr("{} lead areas are smaller than the smallest allowed and were dropped.")),
            (
                reserve.dropped,
                tr("{} pieces of reserve are smaller than the smallest allowed and were dropped."),
            ),
        ):
            if number:
                self.note(feedback, text.format(number))
        names = {term.code: term.label(language) for term in PLAN_LISTS}
        results = {
            OUTPUT: self.write_parcels(
                parameters,
                context,
                feedback,
                parcels,
                PLANNING,
                (
                    lists.code,
                    [names.get(code, "") for code in lists.code.tolist()],
                    [priority or None for priority in lists.priority.tolist()],
                    [lead.ids[area] if area >= 0 else "" for area in area_of.tolist()],
                ),
                style=("planning_lists", PLAN_LIST.name, PLAN_LISTS),
                start=60,
            )
        }
        for name, drawn, fields, rows, style in (
            (LEAD, areas, LEAD_AREAS, tables.lead, ("lead_areas", AREA_GRADE.name, AREA_GRADES)),
            (RESERVE, reserve, RESERVE_LAND, tables.reserve, ("reserve_land", RING.name, RESERVE_RINGS)),
        ):
            results[name] = self.write_features(
                parameters,
                name,
                context,
                fields,
                area_features(transformed(drawn.shapes, crs, parcels.crs, context), rows),
                Qgis.WkbType.MultiPolygon,
                parcels.crs,
                self.progress(feedback, 90, 95),
                style,
            )
        for name, fields, rows in (
            (STANDARDS_TABLE, STANDARDS, tables.standards),
            (REVITALISE, REVITALISATION, tables.revitalisation),
            (RENOVATE, RENOVATION, tables.renovation),
            (STRATEGY, STRATEGIES, tables.strategy),
        ):
            results[name] = self.write_table(parameters, name, context, fields, rows)
        results[REPORT] = self._report(
            tables_in,
            limits,
            lambda: self._map(parcels, lists, transformed(areas.shapes, crs, parcels.crs, context), context),
            parameters,
            context,
        )
        return results | {
            "LEAD_HM2": float(areas.hectares.sum()),
            "LEAD_DROPPED": areas.dropped,
            "RESERVE_HM2": float(reserve.hectares.sum()),
            "RESERVE_DROPPED": reserve.dropped,
            "REVITALISED": int(lists.revitalise.sum()),
            "RENOVATED": int(lists.renovate.sum()),
            "IN_BOTH": int((lists.priority > 0).sum()),
            "REPAIRED": faulty,
            "EXCLUDED": int((plots.zone == 0).sum()),
        }

    def _tables(self, language, parameters, context):
        """Strategies, departments and facilities: the user's tables, else the shipped ones."""
        from ..features import table_rows
        from .planning_tables import (
            DEPARTMENTS,
            FACILITIES,
            STRATEGIES,
            read_departments,
            read_facilities,
            read_strategies,
            shipped,
        )

        for name, file, read in (
            (STRATEGY_TABLE, STRATEGIES, read_strategies),
            (DEPARTMENT_TABLE, DEPARTMENTS, read_departments),
            (FACILITY_TABLE, FACILITIES, read_facilities),
        ):
            source = self.parameterAsSource(parameters, name, context)
            yield read(table_rows(source) if source else shipped(file), language)

    def _plots(self, parcels, parameters, context, feedback):
        """The parcels as ``Plots``; says which are left out, and which share an id."""
        import numpy as np

        from .response_tables import Plots

        district = self.optional_field(parameters, DISTRICT_FIELD, context)
        score = self.optional_field(parameters, SCORE_FIELD, context)
        if score is None and parcels.fields.lookupField(COMPOSITE) >= 0:
            score = COMPOSITE
        plots = Plots(
            parcels.names(self.optional_field(parameters, ID_FIELD, context)),
            parcels.texts(district) if district else [""] * len(parcels),
            level_column(parcels, self.optional_field(parameters, ZONE_FIELD, context), len(ZONES)),
            level_column(parcels, self.optional_field(parameters, LAND_FIELD, context), LAYER_CLASSES),
            parcels.numbers(score) if score else np.full(len(parcels), np.nan),
            hectares(self, parcels, parameters, context),
        )
        without_district = plots.district.count("") if district else 0
        for count, text in (
            ((plots.zone == 0).sum(), tr("{} parcels have no zone and stand in no list.")),
            (
                ((plots.zone > 0) & (plots.land == 0)).sum(),
                tr("{} parcels have no land-value level and are not revitalised."),
            ),
            (without_district, tr("{} parcels have no district and come under a heading of their own.")),
            (np.isnan(plots.hectares).sum(), tr("{} parcels have no area and enter no sum of hectares.")),
        ):
            if count:
                self.note(feedback, text.format(count))
        twice = sorted(name for name, count in Counter(plots.name).items() if count > 1)
        if twice:
            self.warn(
                feedback,
                tr(
                    "{} parcel ids stand more than once, “{}” among them: the lists name them as often."
                ).format(len(twice), twice[0]),
            )
        single = [name for name, count in Counter(plots.district).items() if name and count == 1]
        if single:
            self.note(feedback, tr("Districts of a single parcel: {}.").format(", ".join(sorted(single))))
        return plots

    def _industrial(self, parcels, parameters, context, feedback):
        """Which parcels are existing industrial land; all where nobody says."""
        import numpy as np

        # parameterAsExpression would take one that is wrong for none at all
        expression = self.parameterAsString(parameters, INDUSTRIAL, context)
        if not expression:
            self.note(
                feedback, tr("Every parcel counts as existing industrial land: no expression is given.")
            )
            return np.ones(len(parcels), dtype=bool)
        industrial = parcels.matches(expression, context)
        self.note(
            feedback,
            tr("{} of {} parcels are existing industrial land.").format(industrial.sum(), len(parcels)),
        )
        return industrial

    def _standards(self, parcels, parameters, context, feedback):
        """Callable that gives the ``Item`` of entry thresholds in a language, and their values (n, m)."""
        import numpy as np

        from ..indicators.parcel_indicators import without_output
        from .response_tables import Item

        given = self.parameterAsSource(parameters, INDEX_SYSTEM, context) is not None
        system = read_system(self, parameters, context, need_weights=False)
        matches = match_layer(system, parcels.fields, only_named=given)
        known = {
            match.field: row for row, match in zip(system.indicators, matches, strict=True) if match.field
        }
        chosen = self.parameterAsStrings(parameters, STANDARD_FIELDS, context) or [
            field
            for field, row in known.items()
            if row.layer == ECONOMY and row.direction in ("benefit", "cost") and row.indicator not in _TOTALS
        ]
        if not chosen:
            self.warn(
                feedback,
                tr(
                    "No entry thresholds: the layer has no field of an economic indicator. Choose fields, or "
                    "name them in an index system."
                ),
            )
        costs = [field in known and known[field].direction == "cost" for field in chosen]

        def items(language):
            for field, is_cost in zip(chosen, costs, strict=True):
                row = known.get(field)
                name = row and (row.name_zh if language == "zh" and row.name_zh else row.name)
                yield Item(name or field, field, row.unit if row else "", is_cost)

        values = parcels.matrix(chosen)
        values[without_output(values, ["cost" if is_cost else "benefit" for is_cost in costs])] = np.nan
        return items, values

    def _shapes(self, parcels, crs, context):
        """Geometries of the parcels in metres, and how many were repaired."""
        from ..auxiliary_layers import repaired, transformed

        shapes = transformed([f.geometry() for f in parcels.features], parcels.crs, crs, context)
        return repaired(shapes)

    def _reserve(self, core, shapes, crs, parameters, context, feedback):
        """Pieces of reserve land around ``core``, and how many geometries of other layers were repaired."""
        from ..auxiliary_layers import read_layer, repaired
        from ..planning_areas import cut, large_pieces, less, merged, rings

        faulty = 0

        def area_of(source):
            nonlocal faulty
            read, count = repaired(read_layer(source, crs, context)[0])
            faulty += count
            return merged(read)

        found = [] if core.isEmpty() else rings(core, self._ring_distances(parameters, context))
        candidates = self.parameterAsSource(parameters, CANDIDATES, context)
        if candidates is not None:
            land = area_of(candidates)
            if land.isEmpty():
                self.warn(
                    feedback,
                    tr("Layer “{}” has no polygon, so nothing is reserved.").format(candidates.sourceName()),
                )
            found = [cut(ring, land) for ring in found]
        elif found:
            self.warn(
                feedback,
                tr(
                    "No candidate land is given: the reserve is the whole of the rings, a search area rather "
                    "than land that can be had."
                ),
            )
        excluded = [
            area_of(QgsProcessingFeatureSource(layer, context))
            for layer in self.parameterAsLayerList(parameters, EXCLUSIONS, context)
        ]
        if self.parameterAsBool(parameters, LESS_PARCELS, context):
            excluded.append(merged(shapes))
        for area in excluded:
            self.check_cancelled(feedback)
            found = [less(ring, area) for ring in found]
        least = self.parameterAsDouble(parameters, LEAST_RESERVE, context)
        return large_pieces(found, least, crs, context), faulty

    def _ring_distances(self, parameters, context):
        """Where the rings end, in metres."""
        near, far = (self.parameterAsDouble(parameters, name, context) for name in (NEAR_RING, FAR_RING))
        return (near, far) if far > near else (near,)

    def _limit(self, name, parameters, context):
        """A limit of the grades, NaN where it is not given."""
        return math.nan if parameters.get(name) is None else self.parameterAsDouble(parameters, name, context)

    def _tell(self, plots, lead, limits, lists, strategies, feedback):
        """What was found, and what could not be."""
        for term in reversed(ZONES):
            if not (plots.zone == int(term.code)).any():
                self.warn(feedback, tr("No parcel is in zone {}.").format(term.code))
        if lead.ids:
            self.note(
                feedback,
                tr("{} lead areas, {:.1f} hm²: {}. Grade A from {:.1f}, grade B from {:.1f}.").format(
                    len(lead.ids),
                    lead.hectares.sum(),
                    ", ".join(f"{area} {grade}" for area, grade in zip(lead.ids, lead.grade, strict=True)),
                    *limits,
                ),
            )
        else:
            self.warn(feedback, tr("There is no lead demonstration area."))
        self.note(
            feedback,
            tr("{} parcels to revitalise, {} to renovate, {} of them in both lists.").format(
                lists.revitalise.sum(), lists.renovate.sum(), (lists.priority > 0).sum()
            ),
        )
        unknown = sorted({district for _, district in strategies} - {"", *plots.district})
        if unknown:
            self.warn(
                feedback,
                tr("The table of strategies names districts that the layer does not have: {}.").format(
                    ", ".join(unknown)
                ),
            )

    def _report(self, tables_in, limits, draw, parameters, context):
        """Write the report where it is asked for."""
        from .response_report import response_report

        if not self.wants(parameters, REPORT):
            return None
        language = user_language()
        strategies, departments, facilities = self._tables(language, parameters, context)
        pieces = response_report(
            tables_in(language, strategies, departments, facilities),
            limits,
            self.parameterAsDouble(parameters, QUANTILE, context),
            departments,
            strategies,
            language,
            tr,
            draw(),
        )
        return self.write_report(parameters, context, self.displayName(), pieces)

    def _map(self, parcels, lists, areas, context):
        """Map of the lists with the lead areas, for the report."""
        from ..report_maps import class_map

        return class_map(
            parcels,
            lists.code,
            "planning_lists",
            PLAN_LISTS,
            context,
            tr("Planning lists and lead demonstration areas"),
            areas,
            tr("outline of a lead area"),
        )
