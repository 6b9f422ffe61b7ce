"""Entry of the plugin: registers the provider and, in QGIS' window, the menu."""

import gc
from contextlib import contextmanager
from pathlib import Path

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QCoreApplication, QTranslator

CHINESE = Path(__file__).resolve().parent / "resources" / "i18n" / "parcel_agglomeration_zh_CN.qm"


@contextmanager
def _no_collection():
    """Pause the search for unused objects: what is loaded stays, and searching it took half of the time."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


class ParcelAgglomerationPlugin:
    """The plugin as QGIS loads it.

    Parameters
    ----------
    iface : QgisInterface or None
        None in qgis_process, which only calls ``initProcessing``.
    """

    def __init__(self, iface):
        self.iface = iface
        self.provider = None
        self.menu = None
        self.translator = None

    def initProcessing(self):
        """Register the Processing provider; a second call changes nothing."""
        if self.provider is not None:
            return
        self._translate()
        with _no_collection():
            from .algorithms.provider import AgglomerationProvider

            provider = AgglomerationProvider()
            if not QgsApplication.processingRegistry().addProvider(provider):
                return  # another copy of the plugin is loaded; QGIS has logged it and deleted this provider
            self.provider = provider
            # Shipped models find their algorithms only once the provider is registered.
            self.provider.add_models()

    def initGui(self):
        """Register the provider and add the menu."""
        from .ui.menu import PluginMenu

        self.initProcessing()
        self.menu = PluginMenu(self.iface)

    def unload(self):
        """Take the menu and the provider away."""
        if self.menu is not None:
            self.menu.remove()
            self.menu = None
        if self.provider is not None:
            QgsApplication.processingRegistry().removeProvider(self.provider)
            self.provider = None
        if self.translator is not None:
            QCoreApplication.removeTranslator(self.translator)
            self.translator = None

    def _translate(self):
        """Speak Chinese where QGIS does; English where the catalogue is not compiled."""
        from .algorithms.presentation import user_language

        if self.translator is not None or user_language() != "zh":
            return
        translator = QTranslator()
        if translator.load(str(CHINESE)):
            QCoreApplication.installTranslator(translator)
            self.translator = translator
