"""How output layers look once QGIS loads them: aliases and style. Never needed for a result."""

from pathlib import Path

from qgis.core import QgsProcessingLayerPostProcessorInterface
from qgis.PyQt.QtCore import QLocale

from .fields import class_terms

STYLES = Path(__file__).resolve().parents[1] / "resources" / "styles"

_NO_RESULT = {"en": "no result", "zh": "无结果"}


def user_language():
    """Language of the user's QGIS among ours, "en" or "zh"."""
    return "zh" if QLocale().name().startswith("zh") else "en"


class LayerPresentation(QgsProcessingLayerPostProcessorInterface):
    """Gives a loaded layer its field aliases and, where one fits, its style.

    Parameters
    ----------
    fields : sequence of fields.Field
        The fields that the algorithm added.
    style : tuple (str, str), optional
        Name of a file in resources/styles without its ending, and the field it classifies.
    """

    def __init__(self, fields, style=None):
        super().__init__()
        self._fields = fields
        self._style = style

    def postProcessLayer(self, layer, context, feedback):
        """Apply aliases and style to the layer."""
        language = user_language()
        for field in self._fields:
            position = layer.fields().lookupField(field.name)
            if position >= 0:
                layer.setFieldAlias(position, field.alias(language))
        if self._style:
            apply_style(layer, *self._style)
        layer.triggerRepaint()


def apply_style(layer, style, field):
    """Style a layer by a .qml of the plugin, classified by ``field``, its legend in the user's language."""
    layer.loadNamedStyle(str(STYLES / f"{style}.qml"))
    renderer = layer.renderer()
    renderer.setClassAttribute(field)
    language = user_language()
    names = {term.code: f"{term.code} {term.label(language)}" for term in class_terms(field)}
    for position in reversed(range(len(renderer.categories()))):
        value = str(renderer.categories()[position].value())
        if value in names:
            renderer.updateCategoryLabel(position, names[value])
        elif position < len(renderer.categories()) - 1:
            renderer.deleteCategory(position)
        else:
            renderer.updateCategoryLabel(position, _NO_RESULT[language])
