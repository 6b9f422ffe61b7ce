"""Spatial weights, global and local spatial autocorrelation."""
