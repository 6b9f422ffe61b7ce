"""Fixtures that every room shares."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# A machine that does other work is no failure; what is drawn is the same every time.
settings.register_profile(
    "parcels", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("parcels")

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def cases():
    """Folder of the reference cases; the test is skipped where it is absent."""
    folder = Path(os.environ.get("PARCEL_CASES", ROOT.parent / "shared" / "cases"))
    if not folder.is_dir():
        pytest.skip(f"reference cases not found at {folder}; set PARCEL_CASES to their folder")
    return folder
