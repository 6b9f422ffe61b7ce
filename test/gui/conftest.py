"""QGIS windows for the tests."""

import pytest

from .qgis_window import MISSING, Window


@pytest.fixture(scope="module", params=["en_US", "zh-Hans"])
def window(tmp_path_factory, request):
    """QGIS in English and in Chinese, with the layers that the module names in LAYERS loaded."""
    if MISSING:
        pytest.skip(f"not installed: {', '.join(MISSING)}")
    window = Window(tmp_path_factory.mktemp("window"), request.param)
    try:
        window.start(*getattr(request.module, "LAYERS", ()))
        yield window
    finally:
        window.stop()
