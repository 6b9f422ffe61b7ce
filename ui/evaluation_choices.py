"""What a user chooses in the guided evaluation: parameters of `evaluate`, kept with the project."""

import json
from dataclasses import dataclass, field
from pathlib import Path

from qgis.core import QgsProcessing, QgsProcessingFeatureSourceDefinition, QgsProcessingOutputLayerDefinition

SCOPE = "parcel_agglomeration"
KEY = "evaluation"

TABLES = {
    "STATISTICS": "statistics",
    "MORAN": "moran",
    "BREAKS": "breaks",
    "TARGETS": "index_system",
    "EXCLUDED_PARCELS": "excluded",
    "CELLS": "cells",
    "CONFUSION": "confusion",
    "AGREEMENT": "agreement",
}
"""Tables that a run can write beside the zones: parameter and name in a GeoPackage."""
USUAL = ("STATISTICS", "MORAN", "BREAKS", "TARGETS", "EXCLUDED_PARCELS", "CELLS")
"""Those that it writes unless the user chooses others."""
ZONES = "zones"
_SELECTED = "selected_features_of"


@dataclass
class EvaluationChoices:
    """Everything that the pages of the guided evaluation ask for.

    Attributes
    ----------
    values : dict
        Values of parameters of `evaluate` by id, as their widgets give them.
    rows : list of dict or None
        Rows of the index system; None for the paper's.
    preset : int
        Number of the zone matrix among the presets.
    matrix : str or None
        Zones of a matrix of the user's own, row by row.
    geopackage : str
        Path that layers and tables are saved to; "" for temporary ones.
    report : str
        Path of the report; "" for none.
    tables : sequence of str
        Tables to write, among those of ``TABLES``.
    """

    values: dict = field(default_factory=dict)
    rows: list | None = None
    preset: int = 0
    matrix: str | None = None
    geopackage: str = ""
    report: str = ""
    tables: tuple = USUAL

    def parameters(self, index_system, project):
        """Parameters of a run whose results are loaded into a project.

        Parameters
        ----------
        index_system : str or None
            Layer that holds ``rows``.
        project : QgsProject
        """
        given = {name: value for name, value in self.values.items() if value not in (None, "")}
        given["PRESET"] = self.preset
        if index_system is not None:
            given["INDEX_SYSTEM"] = index_system
        if self.matrix:
            given["MATRIX"] = self.matrix
        if self.report:
            given["REPORT"] = self.report
        for name in ("OUTPUT", *self.tables):
            target = self.target(TABLES.get(name, ZONES))
            given[name] = QgsProcessingOutputLayerDefinition(target, project)
        return given

    def target(self, table):
        """Where a layer or table goes: into the GeoPackage, or a temporary layer."""
        if not self.geopackage:
            return QgsProcessing.TEMPORARY_OUTPUT
        geometry = " (geom)" if table == ZONES else ""
        return f"ogr:dbname='{Path(self.geopackage).as_posix()}' table=\"{table}\"{geometry}"

    def save(self, project):
        """Keep the choices with a project."""
        kept = {
            "values": {name: _plain(value) for name, value in self.values.items()},
            "rows": self.rows,
            "preset": self.preset,
            "matrix": self.matrix,
            "geopackage": self.geopackage,
            "report": self.report,
            "tables": self.tables,
        }
        project.writeEntry(SCOPE, KEY, json.dumps(kept, ensure_ascii=False))

    @classmethod
    def of(cls, project):
        """The choices that a project keeps; without any, or with nonsense, those of a new project."""
        text, _ = project.readEntry(SCOPE, KEY)
        try:
            kept = json.loads(text)
            values = {name: _rich(value) for name, value in kept.pop("values").items()}
            tables = kept.pop("tables", USUAL)
            return cls(values=values, tables=tuple(name for name in TABLES if name in tables), **kept)
        except (ValueError, TypeError, KeyError, AttributeError):
            return cls()


def _plain(value):
    if isinstance(value, QgsProcessingFeatureSourceDefinition):
        source = value.source.staticValue()
        return {_SELECTED: source} if value.selectedFeaturesOnly else source
    return value


def _rich(value):
    if isinstance(value, dict):
        return QgsProcessingFeatureSourceDefinition(value[_SELECTED], True)
    return value
