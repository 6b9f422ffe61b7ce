"""Entry of the plugin: registers the provider and, in QGIS' window, the menu."""

from qgis.core import QgsApplication


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

    def initProcessing(self):
        """Register the Processing provider; a second call changes nothing."""
        from .algorithms.provider import AgglomerationProvider

        if self.provider is not None:
            return
        provider = AgglomerationProvider()
        if not QgsApplication.processingRegistry().addProvider(provider):
            return  # another copy of the plugin is loaded; QGIS has logged it and deleted this provider
        self.provider = provider
        # Shipped models find their algorithms only once the provider is registered.
        self.provider.refreshAlgorithms()

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
