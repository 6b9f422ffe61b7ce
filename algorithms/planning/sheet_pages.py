"""The two kinds of map sheets: one map, and seven maps for each district."""

import re
from dataclasses import dataclass

import numpy as np
from qgis.core import Qgis, QgsLayoutItemMap, QgsRectangle

from ..auxiliary_layers import metric_crs
from ..errors import ParcelDataError
from ..fields import EXCLUDED, TARGETS_NOTE, ZONE, ZONE_LABEL, ZONE_SOURCE, Term
from ..parcel_algorithm import plugin_version
from .map_sheet import (
    MOST_CLASSES,
    OTHERS,
    Sheet,
    SheetLayers,
    crs_name,
    drawn_extent,
    extent_at,
    relabel,
    scale_to_show,
    show_page,
    style_classes,
    style_faint,
)
from .sheet_texts import (
    INDUSTRY,
    PANELS,
    STYLES,
    caption_of,
    class_counts,
    class_text,
    counts_text,
    heading_of,
    notes_of,
    round_scale,
    terms_of,
    text,
    title_of,
)

_UNITS = {"en": ("m", "km"), "zh": ("米", "千米")}
_SEGMENT = 0.02
"""Length in metres that a segment of the scale bar has on paper, at least."""


@dataclass(frozen=True)
class Imprint:
    """What the user has printed on the sheets.

    Parameters
    ----------
    language : str
        "en" or "zh".
    title, subtitle, unit, date, sources, notes : str
        Empty ones go by the data, or are left out.
    background : list of QgsMapLayer
        The topmost first.
    scale : float
        Denominator, 0 for the largest round one that shows everything.
    """

    language: str
    title: str
    subtitle: str
    unit: str
    date: str
    sources: str
    notes: str
    background: list
    scale: float


class _Sheets:
    """What both kinds share.

    Parameters
    ----------
    parcels : features.Parcels
    area : (n,) float
        Hectares.
    imprint : Imprint
    pages : (n,) int
        Page of each parcel, ``OTHERS`` for none.
    template : path
    context : QgsProcessingContext
    """

    def __init__(self, parcels, area, imprint, pages, template, context):
        self.parcels = parcels
        self._area = area
        self._imprint = imprint
        self._language = imprint.language
        self._pages = np.asarray(pages)
        self._crs = metric_crs(parcels, context)
        self._layers = SheetLayers(parcels, self._pages, self._crs, context)
        self.sheet = Sheet(self._layers.project, template)
        self._background = [self._layers.add_background(layer) for layer in imprint.background]
        self._whole = drawn_extent(parcels, self._crs, context)
        self._context = context

    def _classes(self, field):
        """Classes of the parcels by a field of whole numbers or text, "" where NULL."""
        return self.parcels.texts(field)

    def _styled(self, field, codes):
        """A layer of the parcels in the colours of a field, and its terms."""
        terms = self._terms(field, codes)
        known = {term.code for term in terms_of(field)}
        style = "levels" if field.endswith("_lvl") else STYLES.get(field)
        if not {term.code for term in terms} <= known:
            style = None
        layer = self._layers.add(field, codes)
        style_classes(layer, style, terms, self._language, text("no_result", self._language))
        return layer

    def _terms(self, field, codes):
        """Classes of a field: ours, else those of the data.

        Raises
        ------
        ParcelDataError
            There are more than colours.
        """
        found = sorted(set(codes) - {""}, key=_in_order)
        known = terms_of(field)
        if field == ZONE.name and self.parcels.fields.lookupField(ZONE_LABEL.name) >= 0:
            names = dict(zip(codes, self.parcels.texts(ZONE_LABEL.name), strict=True))
            ours = {name for term in known for name in (term.en, term.zh)} | {""}
            if not set(names.values()) <= ours:
                return tuple(Term(code, f"{code} {names[code]}", f"{code} {names[code]}") for code in found)
        if known and set(found) <= {term.code for term in known}:
            return known
        if len(found) > MOST_CLASSES:
            raise ParcelDataError(
                "Field {} holds {} different values; a sheet shows at most {} classes.",
                field,
                len(found),
                MOST_CLASSES,
            )
        return tuple(Term(code, code, code) for code in found)

    def _notes(self, shown):
        """Notes on the parcels of a sheet, (n,) bool."""
        chosen = np.flatnonzero(shown).tolist()
        parcels = self.parcels.only(chosen)

        def values(field, read):
            return read(parcels, field) if parcels.fields.lookupField(field.name) >= 0 else []

        notes = notes_of(
            values(ZONE_SOURCE, lambda of, field: of.texts(field.name)),
            values(TARGETS_NOTE, lambda of, field: of.texts(field.name)),
            int((np.nan_to_num(values(EXCLUDED, lambda of, field: of.numbers(field.name))) == 1).sum()),
            parcels.fields.names(),
            self._language,
        )
        return [*notes, *filter(None, [self._imprint.notes.strip()])]

    def _write_imprint(self):
        """Fill in what is the same on every sheet."""
        imprint, language, sheet = self._imprint, self._language, self.sheet
        sheet.write("unit", text("unit", language, imprint.unit) if imprint.unit else "")
        sheet.write("date", text("date", language, imprint.date))
        sheet.write("sources", text("sources", language, imprint.sources or self.parcels.name))
        sheet.write("crs", text("crs", language, crs_name(self._crs) or self._local_name()))

    def _local_name(self):
        """What a CRS without a code is called: one of the data's own, or our projection."""
        if self._crs == self.parcels.crs:
            return self._crs.description() or text("own_crs", self._language)
        latitude, longitude = re.search(r"lat_0=(\S+) \+lon_0=(\S+)", self._crs.toProj()).groups()
        return text("local_crs", self._language, float(latitude), float(longitude))

    def _scale(self, item, extent):
        """Scale at which a map shows an extent in metres."""
        return self._imprint.scale or round_scale(scale_to_show(item, extent))

    def _write_scale(self, item, scale):
        self.sheet.write("scale", text("scale", self._language, f"{scale:,.0f}"))
        self.sheet.scale_bar("scale_bar", item, round_scale(_SEGMENT * scale), _UNITS[self._language])

    def _show_inset(self, layers, shown):
        """Show all parcels, and the extent of a map, in the inset."""
        inset = self.sheet.item("inset", QgsLayoutItemMap)
        if inset is not None:
            box = QgsRectangle(self._whole)
            box.combineExtentWith(shown)
            self.sheet.show(inset, layers, extent_at(inset, box.center(), scale_to_show(inset, box)))


class OneSheet(_Sheets):
    """One map of the whole layer, or of an area, by the classes of a field.

    Parameters
    ----------
    field : str
    extent : callable
        Takes a CRS and gives the area to show in it, empty for all.
    """

    count = 1

    def __init__(self, parcels, area, imprint, template, context, field, extent):
        super().__init__(parcels, area, imprint, np.zeros(len(parcels)), template, context)
        self._field = field
        codes = self._classes(field)
        if not any(codes):
            raise ParcelDataError("No parcel has a value in field {}: choose another one to show.", field)
        self._layer = self._styled(field, codes)
        self._counts = class_counts(codes, area)
        self._ground = self._layers.add("ground")
        style_faint(self._ground)
        self._extent = extent(self._crs)

    def name(self, _number):
        """For the file of the picture."""
        return self._imprint.title or self._field

    def fill(self, _number):
        """Fill the sheet."""
        imprint, language, sheet = self._imprint, self._language, self.sheet
        item = sheet.main_map("map")
        extent = self._whole if self._extent.isEmpty() else self._extent
        scale = self._scale(item, extent)
        sheet.show(item, [self._layer, *self._background], extent_at(item, extent.center(), scale))
        self._show_inset([self._ground], item.extent())
        sheet.write("title", imprint.title or title_of(self._field, language))
        sheet.write("subtitle", imprint.subtitle)
        relabel(
            self._layer,
            lambda code, name: (
                None
                if not code and code not in self._counts
                else class_text(name, self._counts.get(code), language)
            ),
        )
        sheet.legend(
            "legend",
            [
                (self._layer, heading_of(self._field, language)),
                *((layer, layer.name()) for layer in self._background),
            ],
        )
        notes = self._notes(np.ones(len(self.parcels), dtype=bool))
        if not item.extent().contains(self._whole):
            notes.insert(0, text("whole", language))
        sheet.write("notes", _listed(notes, language))
        self._write_imprint()
        self._write_scale(item, scale)
        sheet.write("made_by", made_by(language))


class DistrictSheets(_Sheets):
    """A sheet for each district: five dimensions, the industry check, the zones.

    Parameters
    ----------
    field : str
        Names the district of each parcel.
    """

    def __init__(self, parcels, area, imprint, template, context, field):
        absent = [name for name in PANELS if name != INDUSTRY and parcels.fields.lookupField(name) < 0]
        if absent:
            raise ParcelDataError(
                "Layer “{}” has no field {}: district sheets need the levels of the five dimensions and the "
                "zones, as “Evaluate parcels” writes them.",
                parcels.name,
                ", ".join(absent),
            )
        pages, self._districts = parcels.districts(field)
        if not self._districts:
            raise ParcelDataError("No parcel has a district in field {}.", field)
        super().__init__(parcels, area, imprint, pages, template, context)
        self.count = len(self._districts)
        self.without = int((self._pages == OTHERS).sum())
        self._codes, self._shown = {}, {}
        for panel in PANELS:
            if parcels.fields.lookupField(panel) >= 0:
                self._codes[panel] = self._classes(panel)
                self._shown[panel] = self._styled(panel, self._codes[panel])
        self._ground = self._layers.add("ground")
        self._rest = self._layers.add(text("others", imprint.language))
        for layer in (self._ground, self._rest):
            style_faint(layer)

    def name(self, number):
        """The district of a page."""
        return self._districts[number]

    def fill(self, number):
        """Fill the sheet of a district."""
        imprint, language, sheet = self._imprint, self._language, self.sheet
        district, chosen = self._districts[number], self._pages == number
        positions = np.flatnonzero(chosen).tolist()
        parcels = self.parcels.only([p for p in positions if self.parcels.features[p].hasGeometry()])
        extent = drawn_extent(parcels, self._crs, self._context) if len(parcels) else self._whole
        show_page(self._rest, number, others=True)
        main = sheet.main_map("map_zone")
        scale = self._scale(main, extent)
        for place, panel in enumerate(PANELS):
            key = panel.removesuffix("_lvl")
            sheet.write(f"caption_{key}", caption_of(place, panel, language))
            item = main if panel == "zone" else sheet.item(f"map_{key}", QgsLayoutItemMap)
            layer = self._shown.get(panel)
            if layer is None:
                sheet.write(f"counts_{key}", text("absent_long", language))
                below = [self._ground]
            else:
                show_page(layer, number)
                counts = class_counts([self._codes[panel][p] for p in positions], self._area[positions])
                sheet.write(f"counts_{key}", counts_text(panel, counts, language))
                below = [layer]
            if item is not None:
                layers = [*below, self._rest, *self._background]
                sheet.show(item, layers, extent_at(item, extent.center(), scale))
        self._show_inset([self._ground], main.extent())
        title = f"{imprint.title} {district}" if imprint.title else text("districts", language, district)
        sheet.write("title", title)
        sheet.write("subtitle", imprint.subtitle or text("districts_sub", language))
        sheet.write("notes", _listed(self._notes(chosen), language))
        self._write_imprint()
        self._write_scale(main, scale)
        self._fill_legends()

    def _fill_legends(self):
        language, sheet = self._language, self.sheet
        sheet.legend("legend_levels", [(self._shown[PANELS[0]], text("levels", language))])
        sheet.legend(
            "legend_zone",
            [(self._shown["zone"], text("zones", language)), (self._rest, text("others", language))],
        )
        if INDUSTRY in self._shown:
            sheet.legend("legend_ind_conf", [(self._shown[INDUSTRY], text("confidence", language))])
            sheet.remove("not_given")
        else:
            sheet.remove("legend_ind_conf")
            sheet.write("not_given", f"{text('confidence', language)}\n{text('absent', language)}")


def made_by(language):
    """Line on the program that made the sheet."""
    return text("made_by", language, plugin_version(), Qgis.QGIS_VERSION.split("-", maxsplit=1)[0])


def _listed(notes, language):
    """Notes as numbered lines below their heading; "" without any."""
    lines = [f"{number}. {note}" for number, note in enumerate(notes, start=1)]
    return "\n".join([text("notes", language), *lines]) if lines else ""


def _in_order(code):
    """Numbers by their value, before texts."""
    try:
        return 0, float(code), code
    except ValueError:
        return 1, 0.0, code
