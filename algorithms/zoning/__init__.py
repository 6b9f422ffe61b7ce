"""Agglomeration zones and their statistics."""
