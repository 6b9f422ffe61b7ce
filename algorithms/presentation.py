"""How output layers look once QGIS loads them: aliases and style. Never needed for a result."""

from pathlib import Path

from qgis.core import Qgis, QgsApplication, QgsProcessingLayerPostProcessorInterface

STYLES = Path(__file__).resolve().parents[1] / "resources" / "styles"

_NO_RESULT = {"en": "no result", "zh": "无结果"}


def user_language():
    """Language of the user's QGIS among ours, "en" or "zh"."""
    return "zh" if QgsApplication.locale().startswith("zh") else "en"


class LayerPresentation(QgsProcessingLayerPostProcessorInterface):
    """Gives a loaded layer its field aliases and, where one fits, its style.

    Parameters
    ----------
    fields : sequence of fields.Field
        The fields that the algorithm added.
    style : tuple (str, str, tuple of fields.Term), optional
        See ``apply_style``.
    """

    # QGIS keeps the C++ half alone: without a reference from Python the other half is gone when it is called.
    _waiting = set()

    def __init__(self, fields, style=None):
        super().__init__()
        self._fields = fields
        self._style = style
        self._waiting.add(self)

    def postProcessLayer(self, layer, context, feedback):
        """Apply aliases and style to the layer."""
        self._waiting.discard(self)
        language = user_language()
        for field in self._fields:
            position = layer.fields().lookupField(field.name)
            if position >= 0:
                layer.setFieldAlias(position, field.alias(language))
        if self._style and layer.geometryType() == Qgis.GeometryType.Polygon:
            apply_style(layer, *self._style)
        layer.triggerRepaint()


def apply_style(layer, style, field, terms, language=None):
    """Style a layer by a .qml of the plugin, its legend in a language, else the user's.

    Parameters
    ----------
    layer : QgsVectorLayer
        Polygons.
    style : str
        Name of a file in resources/styles without its ending.
    field : str
        The field it classifies.
    terms : tuple of fields.Term
        The classes and their names; others of the style are taken out.
    language : str, optional
        "en" or "zh".
    """
    layer.loadNamedStyle(str(STYLES / f"{style}.qml"))
    renderer = layer.renderer().clone()
    renderer.setClassAttribute(field)
    language = language or user_language()
    names = {term.code: f"{term.code} {term.label(language)}" for term in terms}
    for position in reversed(range(len(renderer.categories()))):
        value = str(renderer.categories()[position].value())
        if value in names:
            renderer.updateCategoryLabel(position, names[value])
        elif position < len(renderer.categories()) - 1:
            renderer.deleteCategory(position)
        else:
            renderer.updateCategoryLabel(position, _NO_RESULT[language])
    layer.setRenderer(renderer)  # tells the legend
