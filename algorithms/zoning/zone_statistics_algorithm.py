"""Zone statistics as a Processing algorithm."""

from qgis.core import (
    QgsProcessingParameterField,
)

from ..fields import STATISTICS, ZONE, ZONE_SOURCE, quantity_fields
from ..parcel_algorithm import INPUT, OUTPUT, ParcelAlgorithm, tr

CLASS_FIELDS = "CLASS_FIELDS"
DISTRICT_FIELD = "DISTRICT_FIELD"
CROSS_FIELD = "CROSS_FIELD"
QUANTITIES = "QUANTITIES"
AREA_FIELD = "AREA_FIELD"


def add_statistics_fields(algorithm):
    """Add the fields that statistics sum and divide by: district, quantities, area."""
    algorithm.add(
        QgsProcessingParameterField(
            DISTRICT_FIELD, tr("District field"), parentLayerParameterName=INPUT, optional=True
        ),
        tr("Park or district: the statistics are given for each as well as in total."),
    )
    algorithm.add(
        QgsProcessingParameterField(
            QUANTITIES,
            tr("Quantities"),
            parentLayerParameterName=INPUT,
            allowMultiple=True,
            optional=True,
        ),
        tr("Fields to sum per class, for example output and tax: sum, share, mean and ratio of means."),
    )
    algorithm.add(
        QgsProcessingParameterField(
            AREA_FIELD, tr("Area field (m²)"), parentLayerParameterName=INPUT, optional=True
        ),
        tr("Deed areas in square metres. Empty: ellipsoidal areas of the geometries."),
        advanced=True,
    )


def areas_and_quantities(algorithm, parcels, quantities, parameters, context, feedback):
    """Areas in hectares (n,) and quantities (n, q); what is missing is NaN, and told.

    Raises
    ------
    ParcelDataError
        There is neither an area field nor a CRS.
    """
    import numpy as np

    from ..features import SQUARE_METRES_PER_HECTARE

    field = algorithm.optional_field(parameters, AREA_FIELD, context)
    area = parcels.numbers(field) / SQUARE_METRES_PER_HECTARE if field else parcels.hectares(context)
    values = parcels.matrix(quantities)
    for name, missing in (
        (tr("area"), np.isnan(area).sum()),
        *zip(quantities, np.isnan(values).sum(axis=0), strict=True),
    ):
        if missing:
            algorithm.note(
                feedback,
                tr("{} parcels have no {} and are left out of its sums and means.").format(missing, name),
            )
    return area, values


def statistics_fields(quantities):
    """Fields of the statistics table for some quantities."""
    return (*STATISTICS, *(field for name in quantities for field in quantity_fields(name)))


def statistics_lines(rows):
    """The classes in total, best first, as lines to read."""
    names = [field.name for field in STATISTICS]
    for row in reversed(rows):
        named = dict(zip(names, row, strict=False))
        if not named["district"] and not named["cross"]:
            yield tr("{} {} {}: {} parcels ({:.1%}), {:.1f} ha ({:.1%})").format(
                named["section"],
                named["class"],
                named["label"],
                named["parcels"],
                named["share_n"],
                named["area_hm2"],
                named["share_area"],
            )


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
            "district, with shares and the ratio of means (lowest class = 1). Shares are of the parcels that "
            "have a class; every row states its denominator."
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
        self.add_number("EXCLUDED", tr("Excluded parcels"), tr("Parcels without the first class."))

    def compute(self, parameters, context, feedback):
        """Sum and write."""
        from .statistics_table import Classes, statistics_rows

        language = self.language(parameters, context)
        parcels = self.parcels(parameters, context, feedback, end=60)
        names = self.parameterAsStrings(parameters, CLASS_FIELDS, context)
        quantities = self.parameterAsStrings(parameters, QUANTITIES, context)
        district = self.optional_field(parameters, DISTRICT_FIELD, context)
        cross = self.optional_field(parameters, CROSS_FIELD, context)
        columns = [Classes.of(name, parcels.texts(name), language) for name in names]
        has_source = parcels.fields.lookupField(ZONE_SOURCE.name) >= 0
        rows = statistics_rows(
            columns,
            *areas_and_quantities(self, parcels, quantities, parameters, context, feedback),
            parcels.texts(district) if district else None,
            Classes.of(cross, parcels.texts(cross), language) if cross else None,
            parcels.texts(ZONE_SOURCE.name) if has_source else None,
        )
        for line in statistics_lines(rows):
            feedback.pushInfo(line)
        excluded = int((columns[0].position == 0).sum())
        if excluded:
            self.note(feedback, tr("{} parcels have no {} and enter no figure.").format(excluded, names[0]))
        return {
            OUTPUT: self.write_table(parameters, OUTPUT, context, statistics_fields(quantities), rows),
            "EXCLUDED": excluded,
        }
