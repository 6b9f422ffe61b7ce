"""Spatial weights as a Processing algorithm."""

from pathlib import Path

from qgis.core import (
    Qgis,
    QgsFeature,
    QgsGeometry,
    QgsPointXY,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterFileDestination,
)

from ..errors import ParcelDataError
from ..fields import CONNECTIVITY, LINKS, NEIGHBOUR_COUNTS
from ..parcel_algorithm import ID_FIELD, OUTPUT, REPORT, ParcelAlgorithm, tr
from .neighbours_parameters import Neighbours, add_neighbours

WEIGHTS = "WEIGHTS"
COUNTS = "NEIGHBOUR_COUNTS"
PARCELS = "PARCELS"
CHECK_GEOMETRY = "CHECK_GEOMETRY"
_MOST_BARS = 15


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
            "neighbours with their row-standardised weights) and as lines between the points that stand for "
            "the parcels, to see which parcels neighbour which before a Moran statistic uses them. The log "
            "and the tables tell how the parcels hang together: how many have how many neighbours, into how "
            "many components they fall, and which parcels are islands."
        )

    def initAlgorithm(self, configuration=None):
        """Declare parameters and outputs."""
        self.add_parcels()
        self.add_id_field()
        add_neighbours(self)
        self.add(
            QgsProcessingParameterBoolean(CHECK_GEOMETRY, tr("Count faulty geometries"), defaultValue=True),
            tr(
                "Tell in the log how many parcels are multipart, invalid, exact duplicates of another one or "
                "overlap another one by more than a thousandth of the smaller. All take part nevertheless."
            ),
            advanced=True,
        )
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
        self.add_sink(
            PARCELS,
            tr("Parcels with components"),
            tr(
                "The input with number of neighbours and component: 1 is the largest; an island is one of "
                "its own."
            ),
            optional=True,
        )
        self.add_sink(
            COUNTS,
            tr("Numbers of neighbours"),
            tr("How many parcels have how many neighbours."),
            optional=True,
            table=True,
        )
        self.add_report()
        for name, label, help_text in (
            ("LINKS", tr("Links"), tr("Links, each direction counted.")),
            ("ISLANDS", tr("Parcels without neighbours"), tr("Parcels that the choice leaves alone.")),
            (
                "COMPONENTS",
                tr("Components"),
                tr("Parts without a link between them, each island one of its own."),
            ),
            ("MIN_NEIGHBOURS", tr("Fewest neighbours"), tr("Of any parcel.")),
            ("MEAN_NEIGHBOURS", tr("Mean number of neighbours"), tr("Over all parcels.")),
            ("MAX_NEIGHBOURS", tr("Most neighbours"), tr("Of any parcel.")),
            (
                "SYMMETRIC",
                tr("Share of symmetric links"),
                tr("Links whose reverse is a link as well; 1 for bands and contiguity. NULL without links."),
            ),
        ):
            self.add_number(name, label, help_text)

    def compute(self, parameters, context, feedback):
        """Find the neighbours and write them."""
        import numpy as np

        from .connectivity import connectivity

        id_field = self.optional_field(parameters, ID_FIELD, context)
        path = self.parameterAsFileOutput(parameters, WEIGHTS, context)
        write = _writer(path) if path else None
        parcels = self.parcels(parameters, context, feedback, end=15)
        neighbours = Neighbours(self, parameters, context, feedback, parcels)
        if self.parameterAsBool(parameters, CHECK_GEOMETRY, context):
            self._tell_faults(parcels.faults(self.progress(feedback, 15, 30)), feedback)
        weights = neighbours.among(np.ones(len(parcels), dtype=bool), self.progress(feedback, 30, 55))
        summary = connectivity(weights, self.progress(feedback, 55, 60))
        self._tell(weights, summary, feedback)
        names = parcels.names(id_field)
        results = {
            OUTPUT: self.write_features(
                parameters,
                OUTPUT,
                context,
                LINKS,
                _links(weights, neighbours.points(self.progress(feedback, 60, 65)), names),
                Qgis.WkbType.LineString,
                parcels.crs,
                self.progress(feedback, 65, 90),
                style=("neighbour_links", None, ()),
            ),
            PARCELS: self.write_parcels(
                parameters,
                context,
                feedback,
                parcels,
                CONNECTIVITY,
                (weights.cardinality, summary.component),
                start=90,
                name=PARCELS,
            ),
            COUNTS: self.write_table(
                parameters,
                COUNTS,
                context,
                NEIGHBOUR_COUNTS,
                zip(summary.neighbours.tolist(), summary.sites.tolist(), strict=True),
            ),
            REPORT: self._report(parameters, context, weights, summary, names),
            "LINKS": int(weights.indices.size),
            "ISLANDS": int(weights.islands.sum()),
            "COMPONENTS": summary.components,
            "MIN_NEIGHBOURS": int(summary.neighbours[0]),
            "MEAN_NEIGHBOURS": weights.indices.size / weights.n,
            "MAX_NEIGHBOURS": int(summary.neighbours[-1]),
            "SYMMETRIC": None if np.isnan(summary.symmetric) else summary.symmetric,
            WEIGHTS: path or None,
        }
        if write:
            write(self.staged_file(path), weights, names, parcels.name)
        return results

    def _report(self, parameters, context, weights, summary, names):
        from .connectivity_report import connectivity_report

        if not self.wants(parameters, REPORT):
            return None
        pieces = connectivity_report(weights, summary, names, tr)
        return self.write_report(parameters, context, self.displayName(), pieces)

    def _tell(self, weights, summary, feedback):
        """Histogram, components and symmetry in words."""
        bars = list(zip(summary.neighbours.tolist(), summary.sites.tolist(), strict=True))
        text = ", ".join(f"{count}: {parcels}" for count, parcels in bars[:_MOST_BARS])
        if len(bars) > _MOST_BARS:
            text += tr(", … up to {}").format(bars[-1][0])
        self.note(feedback, tr("Parcels by number of neighbours: {}.").format(text))
        self.note(
            feedback,
            tr(
                "{} components, the largest of {} parcels; {} islands; {:.1f} % of the links symmetric."
            ).format(
                summary.components,
                int((summary.component == 1).sum()),
                int(weights.islands.sum()),
                100 * summary.symmetric,
            ),
        )

    def _tell_faults(self, faults, feedback):
        """Faulty geometries in words, if there are any."""
        named = (
            (faults.empty, tr("{} without geometry")),
            (faults.multipart, tr("{} multipart")),
            (faults.invalid, tr("{} invalid")),
            (faults.duplicate, tr("{} duplicates of another one")),
            (faults.overlapping, tr("{} overlapping another one")),
        )
        texts = [text.format(count) for count, text in named if count]
        if texts:
            self.warn(feedback, tr("Geometries of the parcels: {}.").format(", ".join(texts)))


def _writer(path):
    from .weights_file import write_gal, write_gwt

    writer = {".gal": write_gal, ".gwt": write_gwt}.get(Path(path).suffix.lower())
    if writer is None:
        raise ParcelDataError("The weights file “{}” must end in .gal or .gwt.", Path(path).name)
    return writer


def _links(weights, xy, names):
    """Pairs of the fraction done and a line from a parcel to a neighbour; no line without two points."""
    total = weights.indices.size
    points = [None if x != x else QgsPointXY(x, y) for x, y in xy.tolist()]  # noqa: PLR0124 - NaN
    links = zip(weights.rows.tolist(), weights.indices.tolist(), weights.data.tolist(), strict=True)
    for number, (i, j, weight) in enumerate(links):
        feature = QgsFeature()
        if points[i] and points[j]:
            feature.setGeometry(QgsGeometry.fromPolylineXY([points[i], points[j]]))
        feature.setAttributes([names[i], names[j], weight])
        yield number / total, feature
