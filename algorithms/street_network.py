"""Shortest walks on a street network by QGIS' network analysis."""

from dataclasses import dataclass

import numpy as np
from qgis.analysis import (
    QgsGraphAnalyzer,
    QgsGraphBuilder,
    QgsNetworkDistanceStrategy,
    QgsVectorLayerDirector,
)
from qgis.core import QgsPointXY

TOPOLOGY = 0.01
"""Ends of roads this close, in metres, are joined."""


@dataclass(frozen=True, eq=False)
class StreetNetwork:
    """A graph of QGIS and its sides as arrays.

    graph : QgsGraph
    segments : (s, 4) float, ends of the sides in metres
    ends : (s, 2) int64, vertices at the ends
    lengths : (s,) float, metres
    """

    graph: object
    segments: np.ndarray
    ends: np.ndarray
    lengths: np.ndarray

    @classmethod
    def of(cls, layer, feedback):
        """Network of a line layer in a metric CRS, walked in both directions."""
        director = QgsVectorLayerDirector(
            layer, -1, "", "", "", QgsVectorLayerDirector.Direction.DirectionBoth
        )
        director.addStrategy(QgsNetworkDistanceStrategy())
        # no ellipsoid: lengths are those of the metric CRS, as are those to the network
        builder = QgsGraphBuilder(layer.crs(), False, TOPOLOGY, "")
        director.makeGraph(builder, [], feedback)
        graph = builder.takeGraph()
        vertices = np.array(
            [[point.x(), point.y()] for point in map(_point_of(graph), range(graph.vertexCount()))]
        ).reshape(-1, 2)
        ends = np.array(
            [_ends(graph.edge(number)) for number in range(graph.edgeCount())], dtype=np.int64
        ).reshape(-1, 2)
        # each side is there in both directions
        ends = np.unique(np.sort(ends, axis=1), axis=0)
        ends = ends[ends[:, 0] != ends[:, 1]]
        segments = np.column_stack((vertices[ends[:, 0]], vertices[ends[:, 1]]))
        lengths = np.hypot(segments[:, 2] - segments[:, 0], segments[:, 3] - segments[:, 1])
        return cls(graph, segments, ends, lengths)

    def from_facilities(self, facilities):
        """Distance of each vertex from the nearest of some facilities, in one shortest-path tree.

        Parameters
        ----------
        facilities : indicators.walk_coverage.Snapped
            Facilities on the sides of the network.

        Returns
        -------
        (v,) float
            Metres, the facility's way to the network included; infinite without a way.
        """
        count = self.graph.vertexCount()
        source = self.graph.addVertex(QgsPointXY(0, 0))
        for segment, share, away in zip(
            facilities.segment.tolist(),
            facilities.share.tolist(),
            facilities.distance.tolist(),
            strict=True,
        ):
            if segment >= 0:
                first, second = self.ends[segment].tolist()
                length = float(self.lengths[segment])
                self.graph.addEdge(source, first, [away + share * length])
                self.graph.addEdge(source, second, [away + (1 - share) * length])
        _, costs = QgsGraphAnalyzer.dijkstra(self.graph, source, 0)
        distance = np.array(costs[:count], dtype=np.float64)
        distance[distance >= np.finfo(np.float64).max] = np.inf
        return distance


def _point_of(graph):
    return lambda number: graph.vertex(number).point()


def _ends(edge):
    return edge.fromVertex(), edge.toVertex()
