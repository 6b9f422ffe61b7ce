"""Parcel Agglomeration, a QGIS Processing plugin."""


def classFactory(iface):
    """Return the plugin; QGIS passes its interface, or None in qgis_process."""
    from .plugin import ParcelAgglomerationPlugin

    return ParcelAgglomerationPlugin(iface)
