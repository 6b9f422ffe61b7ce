"""The parameters of zone statistics, shared by the statistics algorithm and the evaluation."""

from qgis.core import QgsProcessingParameterField

from ..checks import sentence
from ..errors import ParcelDataError
from ..fields import DISTRICTS, STATISTICS, district_class_fields, quantity_fields
from ..parcel_algorithm import INPUT, tr

DISTRICT_FIELD = "DISTRICT_FIELD"
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
        tr("Fields to sum per class, for example output and tax: sum, share, mean, median, ratio of means."),
    )
    add_area_field(algorithm)


def add_area_field(algorithm):
    """Add the field of deed areas."""
    algorithm.add(
        QgsProcessingParameterField(
            AREA_FIELD, tr("Area field (m²)"), parentLayerParameterName=INPUT, optional=True
        ),
        tr("Deed areas in square metres. Empty: ellipsoidal areas of the geometries."),
        advanced=True,
    )


def hectares(algorithm, parcels, parameters, context):
    """Areas in hectares, (n,), NaN where missing: deed areas, else those of the geometries.

    Raises
    ------
    ParcelDataError
        There is neither an area field nor a CRS.
    """
    from ..features import SQUARE_METRES_PER_HECTARE

    field = algorithm.optional_field(parameters, AREA_FIELD, context)
    return parcels.numbers(field) / SQUARE_METRES_PER_HECTARE if field else parcels.hectares(context)


def known_hectares(algorithm, parcels, parameters, context, feedback):
    """Areas in hectares, (n,), NaN where unknown; a layer whose areas nobody can know is warned of."""
    import numpy as np

    try:
        return hectares(algorithm, parcels, parameters, context)
    except ParcelDataError as error:
        algorithm.warn(feedback, sentence(error))
        return np.full(len(parcels), np.nan)


def quantity_values(algorithm, parcels, quantities, area, feedback):
    """Values of the quantities, (n, q), NaN where missing; parcels without a value or an area are told."""
    import numpy as np

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
    return values


def statistics_fields(quantities):
    """Fields of the statistics table for some quantities."""
    return (*STATISTICS, *(field for name in quantities for field in quantity_fields(name)))


def district_fields(column, quantities):
    """Fields of the table of districts by the classes of a column."""
    from .statistics_table import class_names

    classes = zip(class_names(column), column.labels, strict=True)
    return (*DISTRICTS, *(field for name in classes for field in district_class_fields(*name, quantities)))


def statistics_remarks(rows):
    """What a reader of the statistics should know: classes without parcels, districts with one."""
    names = [field.name for field in STATISTICS]
    empty, alone = {}, {}
    for row in rows:
        named = dict(zip(names, row, strict=False))
        if named["cross"]:
            continue
        if named["district"]:
            if named["of_parcels"] == 1:
                alone.setdefault(named["section"], {})[named["district"]] = None
        elif not named["parcels"]:
            empty.setdefault(named["section"], []).append(named["class"])
    for section, classes in empty.items():
        yield tr("No parcel has {} {}: its means and ratios stay empty.").format(section, ", ".join(classes))
    for section, districts in alone.items():
        yield tr("Districts with one parcel that has {}: {}.").format(section, ", ".join(districts))


def statistics_lines(rows):
    """The classes in total, best first, as lines to read; none where no parcel has a class."""
    names = [field.name for field in STATISTICS]
    for row in reversed(rows):
        named = dict(zip(names, row, strict=False))
        if not named["district"] and not named["cross"] and named["of_parcels"]:
            yield tr("{} {} {}: {} parcels ({:.1%}), {:.1f} ha ({:.1%})").format(
                named["section"],
                named["class"],
                named["label"],
                named["parcels"],
                named["share_n"],
                named["area_hm2"],
                named["share_area"],
            )
