"""Zone statistics as a Processing algorithm."""

from qgis.core import (
    QgsProcessingParameterField,
)

from ..fields import ZONE, ZONE_SOURCE
from ..parcel_algorithm import ID_FIELD, INPUT, OUTPUT, REPORT, ParcelAlgorithm, tr
from ..presentation import user_language
from .statistics_parameters import (
    DISTRICT_FIELD,
    QUANTITIES,
    add_statistics_fields,
    district_fields,
    hectares,
    quantity_values,
    statistics_fields,
    statistics_lines,
    statistics_remarks,
)

CLASS_FIELDS = "CLASS_FIELDS"
CROSS_FIELD = "CROSS_FIELD"
DISTRICTS = "DISTRICTS"


class ZoneStatisticsAlgorithm(ParcelAlgorithm):
    """Counts, areas, sums, shares and mean ratios per class and district."""

    ID = "zonestatistics"
    ROOM = "zoning"

    def displayName(self):
        """Name in the toolbox."""
        return tr("Zone statistics")

    def description(self):
        """What the algorithm does."""
        return tr(
            "Sums parcels, areas and quantities per zone, level or any other class, in total and per "
            "district, with shares, means, medians and the ratio of means (lowest class = 1, as "
            "2787 : 38 : 1). Shares are of the parcels that have a class; every row states its denominator. "
            "For the levels of the dimensions per park, choose effic_lvl, intens_lvl and so on as classes."
        )

    def initAlgorithm(self, configuration=None):
        """Declare parameters and outputs."""
        self.add_parcels()
        self.add(
            QgsProcessingParameterField(
                CLASS_FIELDS,
                tr("Class fields"),
                defaultValue=ZONE.name,
                parentLayerParameterName=INPUT,
                allowMultiple=True,
            ),
            tr("Fields with zones, levels, industries or other classes; one section of the table for each."),
        )
        self.add_id_field()
        add_statistics_fields(self)
        self.add(
            QgsProcessingParameterField(
                CROSS_FIELD, tr("Cross with"), parentLayerParameterName=INPUT, optional=True
            ),
            tr("Each class is also divided by this field, for example zones by lm_cluster."),
            advanced=True,
        )
        self.add_language()
        self.add_sink(
            OUTPUT,
            tr("Statistics"),
            tr(
                "One row per class, per district and class, and per class and crossed class. The log shows "
                "the classes in total."
            ),
            optional=True,
            table=True,
        )
        self.add_sink(
            DISTRICTS,
            tr("Districts by class"),
            tr(
                "The first class field once more, one row per district and columns for each class: parcels, "
                "area, quantities and their shares of the district (one zone, one policy)."
            ),
            optional=True,
            table=True,
        )
        self.add_report()
        self.add_number("EXCLUDED", tr("Excluded parcels"), tr("Parcels without the first class."))

    def compute(self, parameters, context, feedback):
        """Sum and write."""
        from .statistics_table import Classes, district_rows, statistics_rows

        language = self.language(parameters, context)
        parcels = self.parcels(parameters, context, feedback, end=60)
        names = self.parameterAsStrings(parameters, CLASS_FIELDS, context)
        quantities = self.parameterAsStrings(parameters, QUANTITIES, context)
        district = self.optional_field(parameters, DISTRICT_FIELD, context)
        cross = self.optional_field(parameters, CROSS_FIELD, context)
        columns = [Classes.of(name, parcels.texts(name), language) for name in names]
        has_source = parcels.fields.lookupField(ZONE_SOURCE.name) >= 0
        area = hectares(self, parcels, parameters, context)
        values = quantity_values(self, parcels, quantities, area, feedback)
        districts = parcels.texts(district) if district else None
        rows = statistics_rows(
            columns,
            area,
            values,
            districts,
            Classes.of(cross, parcels.texts(cross), language) if cross else None,
            parcels.texts(ZONE_SOURCE.name) if has_source else None,
        )
        for line in statistics_lines(rows):
            feedback.pushInfo(line)
        for remark in statistics_remarks(rows):
            self.note(feedback, remark)
        if district and "" in districts:
            self.note(
                feedback,
                tr("{} parcels have no {} and count in total only.").format(districts.count(""), district),
            )
        id_field = self.optional_field(parameters, ID_FIELD, context)
        if id_field:
            self.warn_of_duplicates(feedback, parcels.names(id_field))
        excluded = int((columns[0].position == 0).sum())
        if excluded:
            self.note(feedback, tr("{} parcels have no {} and enter no figure.").format(excluded, names[0]))
        pivot = (), ()
        if self.wants(parameters, DISTRICTS):
            pivot = (
                district_fields(columns[0], quantities),
                district_rows(columns[0], area, values, districts),
            )
        return {
            REPORT: self._report(parameters, context, rows, quantities),
            OUTPUT: self.write_table(parameters, OUTPUT, context, statistics_fields(quantities), rows),
            DISTRICTS: self.write_table(parameters, DISTRICTS, context, *pivot),
            "EXCLUDED": excluded,
        }

    def _report(self, parameters, context, rows, quantities):
        """Write the report where it is asked for."""
        from ..fields import TERMS, field_titles
        from .statistics_report import statistics_report

        if not self.wants(parameters, REPORT):
            return None
        language = user_language()
        names = field_titles(language) | {code: term.label(language) for code, term in TERMS.items()}
        pieces = statistics_report(rows, quantities, names, tr, language)
        return self.write_report(parameters, context, self.displayName(), pieces)
