"""Quality levels by natural breaks."""
