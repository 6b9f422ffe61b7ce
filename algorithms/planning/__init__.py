"""From zones to planning."""
