"""Weights of indicators."""
