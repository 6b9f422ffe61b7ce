"""The parameter by which weights are made for all indicators at once or within the dimensions."""

from qgis.core import QgsProcessingParameterEnum

from ..parcel_algorithm import tr

SCOPE = "SCOPE"


def add_scope(algorithm):
    """Add SCOPE."""
    algorithm.add(
        QgsProcessingParameterEnum(
            SCOPE,
            tr("What is weighed"),
            [tr("All indicators at once"), tr("Within the dimensions")],
            defaultValue=0,
        ),
        tr(
            "All at once: the weight of a dimension is the sum of its indicators' weights. Within the "
            "dimensions: only local weights are new, the dimensions keep the weights of the index system."
        ),
    )


def within_dimensions(algorithm, parameters, context):
    """Whether only the local weights are made."""
    return algorithm.parameterAsEnum(parameters, SCOPE, context) == 1
