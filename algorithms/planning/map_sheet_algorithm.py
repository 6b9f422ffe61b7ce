"""Map sheets for print, as a Processing algorithm."""

from pathlib import Path

from qgis.core import (
    Qgis,
    QgsProcessing,
    QgsProcessingException,
    QgsProcessingParameterExtent,
    QgsProcessingParameterField,
    QgsProcessingParameterFile,
    QgsProcessingParameterFileDestination,
    QgsProcessingParameterFolderDestination,
    QgsProcessingParameterMultipleLayers,
    QgsProcessingParameterNumber,
    QgsProcessingParameterString,
)
from qgis.PyQt.QtCore import QDate

from ..fields import ZONE
from ..parcel_algorithm import INPUT, OUTPUT, ROOT, ParcelAlgorithm, tr
from ..zoning.statistics_parameters import DISTRICT_FIELD, add_area_field, known_hectares

FIELD = "FIELD"
TITLE = "TITLE"
SUBTITLE = "SUBTITLE"
UNIT = "UNIT"
DATE = "DATE"
SOURCES = "SOURCES"
NOTES = "NOTES"
BACKGROUND = "BACKGROUND"
EXTENT = "EXTENT"
SCALE = "SCALE"
TEMPLATE = "TEMPLATE"
DPI = "DPI"
PICTURES = "PICTURES"

LAYOUTS = ROOT / "resources" / "layouts"


class MapSheetAlgorithm(ParcelAlgorithm):
    """A3 sheets of zones and levels, one or one per district."""

    ID = "mapsheet"
    ROOM = "planning"

    def displayName(self):
        """Name in the toolbox."""
        return tr("Map sheets")

    def description(self):
        """What the algorithm does."""
        return tr(
            "Sheets to hand in: A3 landscape as PDF and as pictures, with title, legend (parcels and "
            "hectares per class), scale bar, north arrow, inset, compiling unit, date, sources and notes on "
            "what is completed, derived, excluded or synthetic. Without a district field it is one map of "
            "the field you choose; with one it is a sheet per district: five dimensions in three levels, "
            "the industry check and the zones side by side. Give the output of “Evaluate parcels” and, for "
            "the check, of “Industry check” run on it. Your project stays as it is, nothing is fetched from "
            "the network."
        )

    def flags(self):
        """Layouts belong to the thread of the window."""
        return super().flags() | Qgis.ProcessingAlgorithmFlag.NoThreading

    def initAlgorithm(self, configuration=None):
        """Declare parameters and outputs."""
        self.add_parcels([QgsProcessing.SourceType.TypeVectorPolygon])
        self.add(
            QgsProcessingParameterField(
                FIELD, tr("Classes to show"), defaultValue=ZONE.name, parentLayerParameterName=INPUT
            ),
            tr(
                "Field of classes: zones, levels, clusters, lists and others of this plugin in their "
                "colours, other fields of up to nine classes in shades. District sheets show their "
                "seven fields instead."
            ),
        )
        self.add(
            QgsProcessingParameterField(
                DISTRICT_FIELD, tr("District field"), parentLayerParameterName=INPUT, optional=True
            ),
            tr("Park or district: a sheet for each, with seven maps. Empty: one map of the whole layer."),
        )
        for name, label, help_text in (
            (TITLE, tr("Title"), tr("Empty: what the map shows; on district sheets, after the district.")),
            (SUBTITLE, tr("Subtitle"), tr("Empty: none; on district sheets, what they show.")),
            (UNIT, tr("Compiling unit"), tr("Who compiled the sheet. Empty: left out.")),
            (DATE, tr("Date"), tr("As it is to be printed. Empty: today.")),
            (
                SOURCES,
                tr("Data sources"),
                tr("With the years and the licences. Empty: the name of the layer."),
            ),
        ):
            self.add(QgsProcessingParameterString(name, label, optional=True), help_text)
        self.add_language()
        self.add(
            QgsProcessingParameterString(NOTES, tr("More notes"), multiLine=True, optional=True),
            tr("Printed after those on completed cells, derived targets, excluded parcels, synthetic data."),
            advanced=True,
        )
        self.add(
            QgsProcessingParameterMultipleLayers(
                BACKGROUND, tr("Background layers"), QgsProcessing.SourceType.TypeMapLayer, optional=True
            ),
            tr("Drawn faintly below the parcels, the first on top. Layers from the network are left out."),
            advanced=True,
        )
        self.add(
            QgsProcessingParameterExtent(EXTENT, tr("Area to show"), optional=True),
            tr("Empty: all parcels. Has no effect on district sheets, which show their district."),
            advanced=True,
        )
        self.add(
            QgsProcessingParameterNumber(
                SCALE, tr("Scale 1 to"), optional=True, minValue=1.0, maxValue=100_000_000.0
            ),
            tr("Empty: the largest round scale (10,000, 20,000, 25,000, 50,000, …) that shows everything."),
            advanced=True,
        )
        add_area_field(self)
        self.add(
            QgsProcessingParameterFile(TEMPLATE, tr("Template"), extension="qpt", optional=True),
            tr(
                "Layout template of yours: open map_sheet.qpt or district_sheet.qpt of the plugin's folder "
                "resources/layouts in QGIS, change what you like, keep the ids of the items, save as "
                "template. What a template lacks is left out, with a warning."
            ),
            advanced=True,
        )
        self.add(
            QgsProcessingParameterNumber(
                DPI, tr("Dots per inch"), defaultValue=200, minValue=50, maxValue=600
            ),
            tr("Of the pictures. A PDF holds lines and letters as vectors."),
            advanced=True,
        )
        self.add(
            QgsProcessingParameterFileDestination(OUTPUT, tr("Sheets"), "PDF (*.pdf)", optional=True),
            tr("PDF with a page per sheet."),
        )
        self.add(
            QgsProcessingParameterFolderDestination(
                PICTURES, tr("Folder of pictures"), optional=True, createByDefault=False
            ),
            tr("A PNG per sheet, called by its number and district."),
        )
        self.add_number("PAGES", tr("Number of sheets"), tr("Number of sheets written."))

    def compute(self, parameters, context, feedback):
        """Fill the sheets and write them."""
        if not (self.wants(parameters, OUTPUT) or self.wants(parameters, PICTURES)):
            raise QgsProcessingException(
                tr("Say where the sheets are to go: a PDF, a folder of pictures, or both.")
            )
        from .map_sheet import Pages, write_pdf, write_picture
        from .sheet_texts import file_name

        sheets = self._sheets(parameters, context, feedback)
        path = (
            self.parameterAsFileOutput(parameters, OUTPUT, context)
            if self.wants(parameters, OUTPUT)
            else None
        )
        folder = self._folder(parameters, context)
        dpi = self.parameterAsInt(parameters, DPI, context)
        step = self.progress(feedback, 20, 100)

        def fill(number):
            step(number / sheets.count)
            sheets.fill(number)
            if folder:
                name = file_name(number + 1, sheets.name(number), sheets.count)
                write_picture(sheets.sheet, self.staged_file(folder / f"{name}.png"), dpi)

        pages = Pages(sheets.sheet, sheets.count, fill)
        if path:
            write_pdf(pages, self.staged_file(path), dpi)
        else:
            pages.run()
        self._tell(sheets, feedback)
        return {OUTPUT: path, PICTURES: str(folder) if folder else None, "PAGES": sheets.count}

    def _sheets(self, parameters, context, feedback):
        """The sheets of the kind that is asked for."""
        from .sheet_pages import DistrictSheets, Imprint, OneSheet

        parcels = self.parcels(parameters, context, feedback, end=10)
        area = known_hectares(self, parcels, parameters, context, feedback)
        words = {
            name.lower(): self.parameterAsString(parameters, name, context).strip()
            for name in (TITLE, SUBTITLE, UNIT, DATE, SOURCES, NOTES)
        }
        words["date"] = words["date"] or QDate.currentDate().toString("yyyy-MM-dd")
        imprint = Imprint(
            language=self.language(parameters, context),
            **words,
            background=self._background(parameters, context, feedback),
            scale=self.parameterAsDouble(parameters, SCALE, context) if parameters.get(SCALE) else 0.0,
        )
        district = self.optional_field(parameters, DISTRICT_FIELD, context)
        template = self.parameterAsFile(parameters, TEMPLATE, context) or (
            LAYOUTS / ("district_sheet.qpt" if district else "map_sheet.qpt")
        )
        if district:
            return DistrictSheets(parcels, area, imprint, template, context, district)
        return OneSheet(
            parcels,
            area,
            imprint,
            template,
            context,
            self.optional_field(parameters, FIELD, context) or ZONE.name,
            lambda crs: self.parameterAsExtent(parameters, EXTENT, context, crs),
        )

    def _background(self, parameters, context, feedback):
        """Layers to draw below, without those of the network."""
        from .map_sheet import is_remote

        layers = self.parameterAsLayerList(parameters, BACKGROUND, context) or []
        remote = [layer.name() for layer in layers if is_remote(layer)]
        if remote:
            self.warn(feedback, tr("Left out, as they come from the network: {}.").format(", ".join(remote)))
        return [layer for layer in layers if not is_remote(layer)]

    def _folder(self, parameters, context):
        """Folder of the pictures; None where none are asked for."""
        if not self.wants(parameters, PICTURES):
            return None
        return Path(self.parameterAsFileOutput(parameters, PICTURES, context)).absolute()

    def _tell(self, sheets, feedback):
        """Warn of what the sheets lack."""
        if sheets.sheet.missing:
            self.warn(
                feedback,
                tr("The template has no item {}: what it shows is left out.").format(
                    ", ".join(sheets.sheet.missing)
                ),
            )
        if sheets.sheet.too_long:
            self.warn(
                feedback,
                tr(
                    "The sheet has no room for all of {}: shorten it, or give it more room in a template."
                ).format(", ".join(sheets.sheet.too_long)),
            )
        if sheets.sheet.chinese_without_font:
            self.warn(
                feedback,
                tr(
                    "No font with Chinese characters is installed, so they may come out as boxes: install "
                    "one, for example Noto Sans CJK SC."
                ),
            )
        if getattr(sheets, "without", 0):
            self.warn(feedback, tr("{} parcels have no district and are on no sheet.").format(sheets.without))
        self.note(feedback, tr("{} sheets are written.").format(sheets.count))
