"""The method, one room per step. Numeric modules never import QGIS."""
