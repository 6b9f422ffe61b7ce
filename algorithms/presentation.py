"""How output layers look once QGIS loads them: aliases, styles, legend. Never needed for a result."""

import math
import re
from pathlib import Path

from qgis.core import (
    Qgis,
    QgsApplication,
    QgsClassificationQuantile,
    QgsExpression,
    QgsFillSymbol,
    QgsLinePatternFillSymbolLayer,
    QgsLineSymbol,
    QgsMapLayer,
    QgsMarkerSymbol,
    QgsPointPatternFillSymbolLayer,
    QgsProcessingLayerPostProcessorInterface,
    QgsProject,
    QgsRendererCategory,
    QgsRendererRange,
    QgsRuleBasedRenderer,
    QgsVectorLayer,
    QgsVectorLayerUtils,
)

from .fields import (
    AREA_TERMS,
    COMPONENT_TERMS,
    COMPOSITE,
    IDLE_TERMS,
    LAYER_CLASSES,
    MATCHES,
    NEIGHBOUR_NUMBERS,
    SIGNIFICANCES,
    STANDARD,
    ZONE_SOURCES,
    ZONES,
    change_terms,
    class_terms,
)

STYLES = Path(__file__).resolve().parents[1] / "resources" / "styles"

_NO_RESULT = {"en": "no result", "zh": "无结果"}
_OPEN = 1e12
_QUANTILES = 5
_FROM_DATA = ("amounts",)

_CHANGES = ("changes", change_terms(LAYER_CLASSES))
_SIGNIFICANCE = ("significance", SIGNIFICANCES)
_SHOWN = {
    "zone": ("zones", ZONES),
    "zone_other": ("zones", ZONES),
    "zone_src": ("zone_sources", ZONE_SOURCES),
    "zone_stab": ("stability", class_terms("zone_stab")),
    "zone_chg": _CHANGES,
    "econ_chg": _CHANGES,
    "land_chg": _CHANGES,
    "compos_chg": _CHANGES,
    "match": ("matches", MATCHES),
    "lm_cluster": ("clusters", class_terms("lm_cluster")),
    "lg_cluster": ("local_geary", class_terms("lg_cluster")),
    "gi_bin": ("hot_spots", class_terms("gi_bin")),
    "lm_p": _SIGNIFICANCE,
    "lg_p": _SIGNIFICANCE,
    "gi_p": _SIGNIFICANCE,
    "ind_conf": ("confidence", class_terms("ind_conf")),
    "ind_chk": ("industry_findings", class_terms("ind_chk")),
    "nb_n": ("neighbours", NEIGHBOUR_NUMBERS),
    "nb_comp": ("components", COMPONENT_TERMS),
    "idle": ("flags", IDLE_TERMS),
    "area_flag": ("flags", AREA_TERMS),
    "fac_dens": ("amounts", ()),
    "fac_plan": ("scores", ()),
    "acc_now": ("ratings", ()),
    "acc_plan": ("ratings", ()),
    COMPOSITE: ("scores", ()),
}

# Nothing that knows where the data are or who made them.
_KEPT = (
    QgsMapLayer.StyleCategory.Symbology
    | QgsMapLayer.StyleCategory.Labeling
    | QgsMapLayer.StyleCategory.Fields
)

# What stands for the hatch of a fill where there is no area: shape of a point, dashes of a line.
_ANGLES = {(): "", (45,): "rising", (135,): "falling", (45, 135): "cross"}
_SHAPES = {"": "circle", "rising": "triangle", "falling": "square", "cross": "cross_fill", "dots": "diamond"}
_DASHES = {"": "solid", "rising": "dash", "falling": "dash dot", "cross": "dash dot dot", "dots": "dot"}


def user_language():
    """Language of the user's QGIS among ours, "en" or "zh"."""
    return "zh" if QgsApplication.locale().startswith("zh") else "en"


class LayerPresentation(QgsProcessingLayerPostProcessorInterface):
    """Gives a loaded layer its field aliases, its styles and a legend with numbers of features.

    Parameters
    ----------
    fields : sequence of fields.Field
        The fields that the algorithm added.
    styles : sequence of tuples (str, str, tuple of fields.Term), optional
        See ``apply_style``; the first is shown, the others are in the layer's menu *Styles*.
    """

    # QGIS keeps the C++ half alone: without a reference from Python the other half is gone when it is called.
    _waiting = set()

    def __init__(self, fields, styles=()):
        super().__init__()
        self._fields = fields
        self._styles = styles
        self._waiting.add(self)

    def postProcessLayer(self, layer, context, feedback):
        """Apply aliases and styles to the layer."""
        self._waiting.discard(self)
        language = user_language()
        layer.reload()  # it may have been opened, and counted, while it was written
        set_aliases(layer, self._fields, language)
        node = (context.project() or QgsProject.instance()).layerTreeRoot().findLayer(layer)
        if node is not None:
            # A layer of an earlier run is in the tree already, which would count by the first style it sees.
            node.setCustomProperty("showFeatureCount", False)
        if offer_styles(layer, self._fields, self._styles, language) and node is not None:
            node.setCustomProperty("showFeatureCount", True)
        layer.triggerRepaint()


def set_aliases(layer, fields, language):
    """Give the fields of a layer their names in a language; ``fields`` are those of ours."""
    for field in fields:
        position = layer.fields().lookupField(field.name)
        if position >= 0:
            layer.setFieldAlias(position, field.alias(language))


def style_of(field):
    """What shows a field of ours, as ``apply_style`` takes it; None where nothing does."""
    if field in _SHOWN:
        style, terms = _SHOWN[field]
    elif field.endswith("_lvl"):
        style, terms = "levels", class_terms(field)
    elif field[:2] in ("d_", "l_"):
        style, terms = "scores", ()
    else:
        return None
    return style, field, terms


def styles_of(fields, style, more=()):
    """Styles of an output: its main one, others an algorithm names, and those of its new fields."""
    found = [style or None, *more, *(style_of(field.name) for field in fields)]
    unique = {}
    for one in filter(None, found):
        unique.setdefault(one[1], one)
    return tuple(unique.values())


def fitting_styles(layer, styles):
    """Those of the styles that the layer has the field and geometry for."""
    if layer.geometryType() not in (
        Qgis.GeometryType.Point,
        Qgis.GeometryType.Line,
        Qgis.GeometryType.Polygon,
    ):
        return []
    return [style for style in styles if not style[1] or layer.fields().lookupField(style[1]) >= 0]


def offer_styles(layer, fields, styles, language):
    """Show the first style that fits and put the others into the layer's style manager.

    Returns
    -------
    bool
        Whether a style fits.
    """
    styles = fitting_styles(layer, styles)
    manager = layer.styleManager()
    for style in reversed(styles):
        apply_style(layer, *style, language)
        name = style_name(layer, fields, style, language)
        if style is not styles[0]:
            manager.removeStyle(name)
            manager.addStyleFromLayer(name)
        elif len(styles) > 1:
            manager.renameStyle(manager.currentStyle(), name)
    return bool(styles)


def style_name(layer, fields, style, language):
    """Name of a style in a language: that of the field it shows."""
    names = {field.name: field.alias(language) for field in (*STANDARD, *fields)}
    name = names.get(style[1]) or style[1] or layer.name()
    return name[:1].upper() + name[1:]


def save_styles(path, layer, fields, styles, language):
    """Write the styles of an output to where it is stored, so that it opens with them anywhere.

    Into the table ``layer_styles`` of a GeoPackage or a database, all of them, the first as the default; into
    a .qml beside any other file, the first alone. Layers in memory keep none.

    Parameters
    ----------
    path : pathlib.Path or None
        File of the layer.
    layer : QgsVectorLayer
        The stored layer, opened for this: its style is changed.
    fields, styles
        See ``LayerPresentation``.
    language : str
        "en" or "zh".

    Returns
    -------
    str
        What went wrong, in words of QGIS; "" where nothing did.
    """
    styles = fitting_styles(layer, styles)
    if layer.providerType() == "memory":
        return ""
    set_aliases(layer, fields, language)
    in_store = bool(
        layer.dataProvider().styleStorageCapabilities() & Qgis.ProviderStyleStorageCapability.SaveToDatabase
    )
    for style in reversed(styles if in_store else styles[:1]):
        apply_style(layer, *style, language)
        if in_store:
            name = style_name(layer, fields, style, language)
            problem = layer.saveStyleToDatabase(name, "", style is styles[0], "", _KEPT)
        elif path is None:
            problem = layer.providerType()
        else:
            message, done = layer.saveNamedStyle(str(path.with_suffix(".qml")), _KEPT)
            problem = "" if done else message
        if problem:
            return problem
    return ""


def apply_style(layer, style, field, terms, language=None):
    """Style a layer by a .qml of the plugin, its legend in the user's language.

    Parameters
    ----------
    layer : QgsVectorLayer
        Polygons; lines and points get symbols of the same colours.
    style : str
        Name of a file in resources/styles without its ending.
    field : str
        The field it classifies; None for a style of one symbol.
    terms : tuple of fields.Term
        The classes and their names; others of the style are taken out. Where they are more or fewer whole
        numbers than the style has, its colours are spread over them. Those of a style by ranges
        go by lower limits; a range without one keeps the label of the style.
    language : str, optional
        "en" or "zh"; the user's if not given.
    """
    language = language or user_language()
    renderer = _renderer(layer, style)
    if renderer.type() == "categorizedSymbol":
        renderer.setClassAttribute(field)
        _name_categories(renderer, terms, language)
    elif renderer.type() == "graduatedSymbol":
        renderer = _rules(layer, style, renderer, field, terms, language)
    _to_geometry(renderer, layer.geometryType())
    layer.setRenderer(renderer)  # tells the legend


def _renderer(layer, style):
    """Renderer of a style, by way of a layer of its own kind.

    QGIS loads a style of polygons to polygons alone, and to a layer of a GeoPackage that which is stored
    there, whatever file is named.
    """
    model = _model_layer(style)
    if model.labelsEnabled():
        layer.setLabeling(model.labeling().clone())
        layer.setLabelsEnabled(True)
    return model.renderer().clone()


def _model_layer(style):
    for geometry in ("Polygon", "LineString"):
        model = QgsVectorLayer(geometry, style, "memory")
        if model.loadNamedStyle(str(STYLES / f"{style}.qml"))[1]:
            return model
    raise FileNotFoundError(f"{style}.qml")


def _name_categories(renderer, terms, language):
    names = _class_names(terms, language)
    *classes, rest = renderer.categories()
    kept = [category for category in classes if str(category.value()) in names]
    if len(names) != len(classes) and _whole(names) and _whole(str(one.value()) for one in classes):
        codes = sorted(map(int, names), reverse=classes[0].value() > classes[-1].value())
        symbols = _spread([one.symbol() for one in classes], len(codes))
        kept = [QgsRendererCategory(code, symbol, "") for code, symbol in zip(codes, symbols, strict=True)]
    renderer.deleteAllCategories()
    for category in kept:
        category.setLabel(names[str(category.value())])
        renderer.addCategory(category)
    rest.setLabel(_NO_RESULT[language])
    renderer.addCategory(rest)


def _class_names(terms, language):
    """Names of classes by their codes, each behind its code where that is no word and not in the name.

    A code before a name that begins with a number would be read with it: then none has its code.
    """
    labels = {term.code: term.label(language) for term in terms}
    if any(label[:1].isdigit() for label in labels.values()):
        return labels
    return {
        code: label if _tells(label, code) else f"{code} {label}".strip() for code, label in labels.items()
    }


def _tells(label, code):
    return code.islower() or re.search(rf"\b{re.escape(code.lstrip('-'))}\b", label)


def _whole(codes):
    return all(code.lstrip("-").isdigit() for code in codes)


def _spread(symbols, count):
    """As many symbols as asked for between the first and the last: colours in between, marks of the outer."""
    spread = []
    middle = (len(symbols) - 1) / 2
    for number in range(count):
        place = number * (len(symbols) - 1) / max(1, count - 1)
        inner = min(int(place), len(symbols) - 2)
        share = place - inner
        symbol = symbols[inner if place < middle or share == 0 else inner + 1].clone()
        low, high = (symbols[inner + step].symbolLayer(0).fillColor() for step in (0, 1))
        channels = zip(low.getRgb(), high.getRgb(), strict=True)
        colour = symbol.symbolLayer(0).fillColor()
        colour.setRgb(*(round(a + share * (b - a)) for a, b in channels))
        symbol.symbolLayer(0).setFillColor(colour)
        spread.append(symbol)
    return spread


def _rules(layer, style, renderer, field, terms, language):
    """Rules for ranges, closed on the right, and one for features without a value: ranges leave these out."""
    names = {term.code: term.label(language) for term in terms}
    ranges = renderer.ranges()
    if style in _FROM_DATA:
        ranges = _quantiles(layer, field, ranges)
    column = QgsExpression.quotedColumnRef(field)
    least = min((one.lowerValue() for one in ranges), default=0)
    alone = {one.lowerValue() for one in ranges if one.lowerValue() == one.upperValue()}
    root = QgsRuleBasedRenderer.Rule(None)
    for one in ranges:
        lower, upper = one.lowerValue(), one.upperValue()
        above = ">=" if lower == upper or (lower == least and lower not in alone) else ">"
        condition = f"{column} {above} {lower!r}"
        if upper < _OPEN:
            condition += f" AND {column} <= {upper!r}"
        label = names.get(f"{lower:g}", one.label())
        root.appendChild(QgsRuleBasedRenderer.Rule(one.symbol().clone(), filterExp=condition, label=label))
    without = _model_layer("no_result")  # lives as long as its symbol is looked at
    rest = QgsRuleBasedRenderer.Rule(without.renderer().symbol().clone(), label=_NO_RESULT[language])
    rest.setIsElse(True)
    root.appendChild(rest)
    return QgsRuleBasedRenderer(root)


def _quantiles(layer, field, ranges):
    """Ranges with about as many features each, the highest first; fewer where values repeat.

    A lowest value that fills more than one range, such as parcels without a facility, has one of its own.
    """
    # QGIS' own reading of numbers takes NULL for 0.
    read, _ = QgsVectorLayerUtils.getValues(layer, QgsExpression.quotedColumnRef(field))
    values = [float(value) for value in read if isinstance(value, (int, float)) and math.isfinite(value)]
    if not values:
        return []
    least = min(values)
    more = [value for value in values if value > least]
    alone = bool(more) and (len(values) - len(more)) * _QUANTILES > len(values)
    method = QgsClassificationQuantile()
    method.setLabelFormat("%1 - %2")
    limits = [
        (one.lowerBound(), one.upperBound())
        for one in method.classes(more if alone else values, _QUANTILES - alone)
    ]
    limits = [(lower, upper) for lower, upper in limits if upper > lower] or limits[:1]
    if alone:
        limits = [(least, least), (least, limits[0][1]), *limits[1:]]
    highest_first = sorted(ranges, key=lambda one: -one.lowerValue())
    symbols = _spread([one.symbol() for one in highest_first], len(limits))
    return [
        QgsRendererRange(
            lower,
            upper,
            symbol,
            method.labelForRange(lower, upper) if upper > lower else method.formatNumber(lower),
        )
        for (lower, upper), symbol in zip(reversed(limits), symbols, strict=True)
    ]


def mark_of(symbol):
    """Second channel of a fill beside its colour: "rising", "falling", "cross", "dots" or ""."""
    if any(isinstance(one, QgsPointPatternFillSymbolLayer) for one in symbol):
        return "dots"
    return _ANGLES[
        tuple(int(one.lineAngle()) for one in symbol if isinstance(one, QgsLinePatternFillSymbolLayer))
    ]


def _to_geometry(renderer, geometry):
    """Replace fills by symbols of points or lines in the same colours."""
    if geometry == Qgis.GeometryType.Polygon:
        return
    if renderer.type() == "categorizedSymbol":
        for position, category in enumerate(renderer.categories()):
            renderer.updateCategorySymbol(position, _symbol_for(category.symbol(), geometry))
    elif renderer.type() == "RuleRenderer":
        for rule in renderer.rootRule().children():
            rule.setSymbol(_symbol_for(rule.symbol(), geometry))


def _symbol_for(fill, geometry):
    if not isinstance(fill, QgsFillSymbol):
        return fill.clone()
    base, mark = fill.symbolLayer(0), mark_of(fill)
    colour = base.fillColor()
    colour.setAlpha(255)
    if geometry == Qgis.GeometryType.Point:
        return QgsMarkerSymbol.createSimple(
            {
                "name": _SHAPES[mark],
                "color": colour.name(),
                "outline_color": base.strokeColor().name(),
                "outline_width": "0.2",
                "size": "2.4",
            }
        )
    return QgsLineSymbol.createSimple({"color": colour.name(), "width": "0.8", "line_style": _DASHES[mark]})
