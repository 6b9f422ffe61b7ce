"""The parameters by which algorithms take an index system and find its fields."""

from qgis.core import (
    QgsProcessing,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterFeatureSource,
)

from ..checks import encoding_hint, sentence
from ..errors import ParcelDataError
from ..parcel_algorithm import tr
from ..presentation import user_language
from .field_matching import match_fields, with_fields
from .index_system import preset, read_index_system

INDEX_SYSTEM = "INDEX_SYSTEM"
NORMALISE_WEIGHTS = "NORMALISE_WEIGHTS"
DROP_MISSING = "DROP_MISSING"
# By name: QGIS imports it when it shows the parameter.
EDITOR = __name__.rpartition(".algorithms.")[0] + ".ui.index_system_widget.IndexSystemWidgetWrapper"


def add_index_system(algorithm):
    """Add the optional table INDEX_SYSTEM; empty means the paper's preset."""
    algorithm.add(
        QgsProcessingParameterFeatureSource(
            INDEX_SYSTEM, tr("Index system"), [QgsProcessing.SourceType.TypeVector], optional=True
        ),
        tr(
            "Table with one row per indicator: layer, dimension, field of the parcel layer, direction, "
            "target, weights. Empty: the 18 indicators and weights of the paper, in fields named by their "
            "codes. “Edit…” makes one, and so does the algorithm “Index system”."
        ),
    )
    algorithm.parameterDefinition(INDEX_SYSTEM).setMetadata({"widget_wrapper": {"class": EDITOR}})


def add_weight_and_field_choices(algorithm):
    """Add what to do with weights that do not add up and with fields that are not there."""
    algorithm.add(
        QgsProcessingParameterBoolean(
            NORMALISE_WEIGHTS, tr("Scale weights that do not add up to 1"), defaultValue=False
        ),
        tr("Off: such weights are an error that names the dimension."),
        advanced=True,
    )
    algorithm.add(
        QgsProcessingParameterBoolean(
            DROP_MISSING, tr("Drop indicators whose field is missing"), defaultValue=False
        ),
        tr(
            "On: their weight goes to the other indicators of the dimension, and the log says so. "
            "Off: missing fields are an error that lists them."
        ),
        advanced=True,
    )


def read_system(algorithm, parameters, context, need_weights=True):
    """Index system of the parameter, or the preset."""
    from ..features import table_rows

    source = algorithm.parameterAsSource(parameters, INDEX_SYSTEM, context)
    if source is None:
        return preset()
    return read_index_system(table_rows(source), need_weights)


def ready_system(algorithm, system, parcels, parameters, context, feedback):
    """Index system with weights that add up and with fields that the parcel layer has.

    Raises
    ------
    ParcelDataError
        Weights do not add up, or fields are missing, and the user did not choose otherwise.
    """
    if algorithm.parameterAsBool(parameters, NORMALISE_WEIGHTS, context):
        system = system.normalised()
    system.check_weights()
    given = algorithm.parameterAsSource(parameters, INDEX_SYSTEM, context) is not None
    matches = match_layer(system, parcels.fields, only_named=given)
    for row, match in zip(system.indicators, matches, strict=True):
        if match.field and match.field != row.field:
            algorithm.note(
                feedback,
                tr("Indicator “{}” is read from field {} (matched by {}).").format(
                    row.indicator, match.field, sentence(match.reason)
                ),
            )
    system = with_fields(system, matches)
    missing = [row for row in system.indicators if not row.field]
    if not missing:
        return system
    listed = ", ".join(f"{row.indicator} ({indicator_name(row)})" for row in missing)
    if len(missing) == len(system.indicators):
        raise ParcelDataError(
            "Layer “{}” has none of the indicators' fields. Name its fields in the column “field” of an "
            "index system table (algorithm “Index system”). It has: {}.{}",
            parcels.name,
            ", ".join(parcels.fields.names()),
            encoding_hint(parcels.fields.names()),
        )
    if not algorithm.parameterAsBool(parameters, DROP_MISSING, context):
        raise ParcelDataError(
            "Layer “{}” has no field for {} indicator(s): {}. Name the fields in the column “field” of the "
            "index system, or let missing indicators be dropped.{}",
            parcels.name,
            len(missing),
            listed,
            encoding_hint([*parcels.fields.names(), *(row.field for row in system.indicators)]),
        )
    algorithm.warn(
        feedback,
        tr("Dropped for want of a field, their weights given to the others of the dimension: {}.").format(
            listed
        ),
    )
    return system.without([row.indicator for row in missing])


def match_layer(system, fields, only_named=False):
    """Match indicators to the fields (``QgsFields``) of a layer by name and alias."""
    return match_fields(system, fields.names(), [field.alias() for field in fields], only_named)


def system_rows(system):
    """Rows of the index system table in the order of its columns."""
    return [tuple(row.values()) for row in system.rows()]


def indicator_name(row):
    """Name of an indicator in the user's language."""
    return row.name_zh if user_language() == "zh" and row.name_zh else row.name
