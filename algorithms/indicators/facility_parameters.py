"""What the algorithms on facilities share: the layer and its classes."""

from qgis.core import QgsProcessing, QgsProcessingParameterFeatureSource, QgsProcessingParameterField

from ..errors import ParcelDataError
from ..parcel_algorithm import tr

FACILITIES = "FACILITIES"
CLASS_FIELD = "CLASS_FIELD"


def add_facilities(algorithm, help_text):
    """Add the facilities and the field with their classes."""
    algorithm.add(
        QgsProcessingParameterFeatureSource(
            FACILITIES, tr("Facilities"), [QgsProcessing.SourceType.TypeVectorAnyGeometry]
        ),
        help_text,
    )
    algorithm.add(
        QgsProcessingParameterField(
            CLASS_FIELD, tr("Class of the facility"), parentLayerParameterName=FACILITIES, optional=True
        ),
        tr(
            "For example commerce, finance, medical, daily services. Facilities without a class are left "
            "out. No field: all are one class."
        ),
    )


def read_facilities(algorithm, parameters, context, feedback, crs, progress):
    """Facilities that have a place and a class, and say what is left out.

    Parameters
    ----------
    crs : QgsCoordinateReferenceSystem
        CRS of the points.
    progress : callable

    Returns
    -------
    xy : (p, 2) float
    kinds : (p,) int64
        Position of the class of each facility.
    classes : list of str
        In order.

    Raises
    ------
    ParcelDataError
        There is none.
    """
    import numpy as np

    from ..auxiliary_layers import read_points

    source = algorithm.parameterAsSource(parameters, FACILITIES, context)
    field = algorithm.optional_field(parameters, CLASS_FIELD, context)
    xy, texts, lost = read_points(source, crs, context, field, progress)
    if lost:
        algorithm.warn(
            feedback,
            tr("{} facilities have coordinates that are no place: are x and y swapped?").format(lost),
        )
    if not field:
        texts = [tr("all")] * len(xy)
    classed = np.array([bool(text) for text in texts], dtype=bool)
    if not classed.all():
        left_out = int((~classed).sum())
        algorithm.warn(feedback, tr("{} facilities have no class and are left out.").format(left_out))
    if not classed.any():
        raise ParcelDataError("Layer “{}” has no facility with a place and a class.", source.sourceName())
    classes, kinds = np.unique([text for text in texts if text], return_inverse=True)
    return xy[classed], kinds, classes.tolist()
