"""Fixtures that every room shares."""

import os
from pathlib import Path

import pytest

# Without a screen; set before Qt starts.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def cases():
    """Folder of the reference cases; the test is skipped where it is absent."""
    folder = Path(os.environ.get("PARCEL_CASES", ROOT.parent / "shared" / "cases"))
    if not folder.is_dir():
        pytest.skip(f"reference cases not found at {folder}; set PARCEL_CASES to their folder")
    return folder
