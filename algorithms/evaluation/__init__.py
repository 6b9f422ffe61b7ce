"""The whole evaluation in one pass."""
