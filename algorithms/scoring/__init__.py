"""Target-value scores of indicators, dimensions, layers and the composite."""
