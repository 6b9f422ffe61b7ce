"""Spatial weights as a Processing algorithm."""

from pathlib import Path

from qgis.core import (
    Qgis,
    QgsFeature,
    QgsGeometry,
    QgsPointXY,
    QgsProcessingParameterFileDestination,
)

from ..errors import ParcelDataError
from ..fields import LINKS
from ..parcel_algorithm import ID_FIELD, OUTPUT, ParcelAlgorithm, tr
from .neighbours_parameters import Neighbours, add_neighbours

WEIGHTS = "WEIGHTS"


class SpatialWeightsAlgorithm(ParcelAlgorithm):
    """Writes who neighbours whom."""

    ID = "spatialweights"
    ROOM = "autocorrelation"

    def displayName(self):
        """Name in the toolbox."""
        return tr("Spatial weights")

    def description(self):
        """What the algorithm does."""
        return tr(
            "Finds the neighbours of every parcel and writes them as a weights file (.gal: neighbours, .gwt: "
            "neighbours with their row-standardised weights) and as lines between centroids, to see which "
            "parcels neighbour which before a Moran statistic uses them."
        )

    def initAlgorithm(self, configuration=None):
        """Declare parameters and outputs."""
        self.add_parcels()
        self.add_id_field()
        add_neighbours(self, with_file=False)
        self.add(
            QgsProcessingParameterFileDestination(
                WEIGHTS,
                tr("Weights file"),
                "GAL (*.gal);;GWT (*.gwt)",
                optional=True,
                createByDefault=False,
            ),
            tr("The Moran algorithms read it as “Weights file”; parcels go by the field that names them."),
        )
        self.add_sink(OUTPUT, tr("Neighbour links"), tr("A line from each parcel to each of its neighbours."))
        self.add_number("LINKS", tr("Links"), tr("Links, each direction counted."))
        self.add_number(
            "ISLANDS", tr("Parcels without neighbours"), tr("Parcels that the choice leaves alone.")
        )

    def compute(self, parameters, context, feedback):
        """Find the neighbours and write them."""
        import numpy as np

        id_field = self.optional_field(parameters, ID_FIELD, context)
        parcels = self.parcels(parameters, context, feedback)
        neighbours = Neighbours(self, parameters, context, feedback, parcels)
        weights = neighbours.among(np.ones(len(parcels), dtype=bool), self.progress(feedback, 20, 60))
        names = parcels.names(id_field)
        path = self.parameterAsFileOutput(parameters, WEIGHTS, context)
        write = _writer(path) if path else None
        results = {
            OUTPUT: self.write_features(
                parameters,
                OUTPUT,
                context,
                LINKS,
                _links(weights, neighbours.centroids(), names),
                Qgis.WkbType.LineString,
                parcels.crs,
                self.progress(feedback, 60, 100),
            ),
            "LINKS": int(weights.indices.size),
            "ISLANDS": int(weights.islands.sum()),
            WEIGHTS: path or None,
        }
        if write:
            write(path, weights, names, parcels.name)
        return results


def _writer(path):
    from .weights_file import write_gal, write_gwt

    writer = {".gal": write_gal, ".gwt": write_gwt}.get(Path(path).suffix.lower())
    if writer is None:
        raise ParcelDataError("The weights file “{}” must end in .gal or .gwt.", Path(path).name)
    return writer


def _links(weights, xy, names):
    """Pairs of the fraction done and a line from a parcel to a neighbour."""
    total = weights.indices.size
    links = zip(weights.rows.tolist(), weights.indices.tolist(), weights.data.tolist(), strict=True)
    for number, (i, j, weight) in enumerate(links):
        feature = QgsFeature()
        feature.setGeometry(QgsGeometry.fromPolylineXY([QgsPointXY(*xy[i]), QgsPointXY(*xy[j])]))
        feature.setAttributes([names[i], names[j], weight])
        yield number / total, feature
