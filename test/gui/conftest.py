"""QGIS windows for the tests."""

import pytest

from .qgis_window import MISSING, Window


@pytest.fixture(scope="module", params=["en_US", "zh-Hans"])
def window(tmp_path_factory, request):
    """QGIS in English and in Chinese, with the layers loaded that the module names in LAYERS.

    LAYERS may be a function of the folder of the window instead.
    """
    if MISSING:
        pytest.skip(f"not installed: {', '.join(MISSING)}")
    window = Window(tmp_path_factory.mktemp("window"), request.param)
    try:
        layers = getattr(request.module, "LAYERS", ())
        window.start(*(layers(window.folder) if callable(layers) else layers))
        yield window
    finally:
        window.stop()
