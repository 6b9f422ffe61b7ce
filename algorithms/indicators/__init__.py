"""Indicators of parcels: the index system and what it asks of a layer."""
