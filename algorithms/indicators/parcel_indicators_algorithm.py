"""Raw indicators from parcels, enterprises, buildings, yards and green areas, as a Processing algorithm."""

from qgis.core import (
    QgsProcessing,
    QgsProcessingException,
    QgsProcessingParameterEnum,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterField,
    QgsProcessingParameterNumber,
    QgsProcessingParameterString,
)

from ..errors import ParcelDataError
from ..fields import (
    AREA,
    AREA_DEVIATION,
    AREA_FLAG,
    ENTERPRISE_COUNT,
    IDLE,
    UNMATCHED,
    indicator_field,
)
from ..parcel_algorithm import ID_FIELD, OUTPUT, ParcelAlgorithm, tr

ENTERPRISES = "ENTERPRISES"
PARCEL_FIELD = "PARCEL_FIELD"
SEPARATORS = "SEPARATORS"
ENTERPRISE_FIELD = "ENTERPRISE_FIELD"
HELD_FIELD = "HELD_FIELD"
OUTPUT_FIELD = "OUTPUT_FIELD"
TAX_FIELD = "TAX_FIELD"
INVESTMENT_FIELD = "INVESTMENT_FIELD"
TALENT_FIELD = "TALENT_FIELD"
ELECTRICITY_FIELD = "ELECTRICITY_FIELD"
WATER_FIELD = "WATER_FIELD"
FLAG_FIELDS = {"SCALE_FIELD": "scale", "GIANT_FIELD": "giant", "HIGHTECH_FIELD": "hightech"}
FLAGS = "FLAGS"
WITHOUT_ENTERPRISE = "WITHOUT_ENTERPRISE"
BUILDINGS = "BUILDINGS"
STOREYS_FIELD = "STOREYS_FIELD"
HEIGHT_FIELD = "HEIGHT_FIELD"
STOREY_HEIGHT = "STOREY_HEIGHT"
YARDS = "YARDS"
GREEN = "GREEN"
AREA_FIELD = "AREA_FIELD"
BUILT_FIELD = "BUILT_FIELD"
AREA_UNIT = "AREA_UNIT"
UNMATCHED_ROWS = "UNMATCHED"

_UNITS_PER_HECTARE = (10_000.0, 1.0, 15.0)
"""Of square metres, hectares and mu, in the order of AREA_UNIT."""
_LISTED = 10
_MAPPED = ("out_mu", "tax_mu", "far", "bld_coef", "grn_rat")
"""Indicators that the output offers as styles, the first one it has as its own."""


class ParcelIndicatorsAlgorithm(ParcelAlgorithm):
    """Sums enterprises, buildings and green areas up by parcel, as indicators."""

    ID = "parcelindicators"
    ROOM = "indicators"

    def displayName(self):
        """Name in the toolbox."""
        return tr("Parcel indicators")

    def description(self):
        """What the algorithm does."""
        return tr(
            "Indicators from raw layers: output, tax and flags of the enterprises on each parcel; output, "
            "tax and investment per mu; floor area ratio, building coefficient, green ratio; skilled talent "
            "per hm2; electricity and water per output. An indicator is written where its layer and field "
            "are given, under the name that the index system expects. Areas are ellipsoidal, or those of a "
            "field. Buildings, yards and green areas are cut at parcel borders, overlaps count once, and "
            "invalid polygons are repaired (makeValid, by structure) and counted. 1 mu is 10,000/15 square "
            "metres. Where output is 0, electricity and water per output are 1,000,000,000, which scores 0, "
            "and the parcel is marked idle; a value that is missing stays NULL."
        )

    def initAlgorithm(self, configuration=None):
        """Declare parameters and outputs."""
        self.add_parcels([QgsProcessing.SourceType.TypeVectorPolygon])
        self.add_id_field()
        self._add_enterprises()
        self._add_polygons()
        self._add_areas()
        self.add_sink(
            OUTPUT,
            tr("Parcels with indicators"),
            tr(
                "The input with its area (area_hm2) and the indicators: output, tax, scale, giant, hightech, "
                "out_mu, tax_mu, inv_mu, far, bld_coef, grn_rat, talent, elec_out, wat_out; ent_n, the "
                "number of enterprises; idle, 1 where the output is 0; area_dev and area_flag where an area "
                "field is given."
            ),
        )
        self.add_sink(
            UNMATCHED_ROWS,
            tr("Enterprises without a parcel"),
            tr("A row per parcel id of the table that is not in the layer, and per row without any."),
            optional=True,
            table=True,
        )
        for name, label, help_text in (
            ("UNMATCHED_COUNT", tr("Not matched"), tr("Rows of that table.")),
            ("WITHOUT", tr("Parcels without an enterprise"), tr("Parcels that no enterprise names.")),
            ("IDLE", tr("Idle parcels"), tr("Parcels with an output of 0.")),
            ("DEVIATIONS", tr("Area deviations"), tr("Parcels whose area field is more than 5 % off.")),
            ("REPAIRED", tr("Repaired polygons"), tr("Invalid polygons, in all layers.")),
            ("INCOMPLETE", tr("Incomplete parcels"), tr("Parcels with NULL in an indicator written here.")),
        ):
            self.add_number(name, label, help_text)

    def _add_enterprises(self):
        self.add(
            QgsProcessingParameterFeatureSource(
                ENTERPRISES, tr("Enterprises"), [QgsProcessing.SourceType.TypeVector], optional=True
            ),
            tr(
                "Table or layer of enterprises, many on a parcel or one on several. They are joined by "
                "parcel id, or by place where no field with parcel ids is given: a point on a border counts "
                "for both parcels in parts."
            ),
        )
        self._add_field(
            PARCEL_FIELD,
            tr("Parcel ids of the enterprise"),
            ENTERPRISES,
            tr(
                "Matched with the field that names the parcels; blanks and full-width letters do not matter. "
                "A cell may hold several ids; the enterprise is then apportioned by the areas of the parcels."
            ),
        )
        for name, label, help_text in (
            (OUTPUT_FIELD, tr("Output (10^4 CNY)"), tr("Annual output. NULL means unknown, not 0.")),
            (TAX_FIELD, tr("Tax (10^4 CNY)"), tr("Annual tax.")),
            (INVESTMENT_FIELD, tr("Investment (10^4 CNY)"), tr("Investment in fixed assets.")),
            (TALENT_FIELD, tr("Skilled talent (persons)"), tr("Highly skilled employees.")),
            (ELECTRICITY_FIELD, tr("Electricity (10^4 kWh)"), tr("Annual consumption; needs the output.")),
            (WATER_FIELD, tr("Water (10^4 t)"), tr("Annual consumption; needs the output.")),
            ("SCALE_FIELD", tr("Above scale"), tr("Yes or no: 是/否, Y/N, true/false, 1/0.")),
            ("GIANT_FIELD", tr("Specialised “little giant”"), tr("Yes or no, likewise.")),
            ("HIGHTECH_FIELD", tr("High-tech enterprise"), tr("Yes or no, likewise.")),
        ):
            basic = name in (OUTPUT_FIELD, TAX_FIELD, INVESTMENT_FIELD)
            self._add_field(name, label, ENTERPRISES, help_text, advanced=not basic)
        self.add(
            QgsProcessingParameterEnum(
                FLAGS,
                tr("Flag of a parcel"),
                [tr("Any enterprise has it"), tr("Share of the land whose enterprises have it")],
                defaultValue=0,
            ),
            tr(
                "The share weighs enterprises by the land that they hold; where no field tells that, equally."
            ),
            advanced=True,
        )
        self.add(
            QgsProcessingParameterEnum(
                WITHOUT_ENTERPRISE,
                tr("Parcels without an enterprise"),
                [tr("Idle: totals are 0"), tr("Unknown: totals are NULL")],
                defaultValue=0,
            ),
            tr(
                "0, so that idle land is scored and found in the list of land to renovate; NULL if your "
                "table does not list every enterprise."
            ),
            advanced=True,
        )
        self.add(
            QgsProcessingParameterString(
                SEPARATORS, tr("Signs between parcel ids"), defaultValue=";,、", optional=True
            ),
            tr("Each of these signs separates ids in a cell. Empty: a cell is one id."),
            advanced=True,
        )
        self._add_field(
            ENTERPRISE_FIELD,
            tr("Name or id of the enterprise"),
            ENTERPRISES,
            tr(
                "Rows of one enterprise are then taken together: each states its totals (or nothing), which "
                "are apportioned among its parcels. Without it every row is an enterprise of its own."
            ),
            advanced=True,
        )
        self._add_field(
            HELD_FIELD,
            tr("Land held by the enterprise"),
            ENTERPRISES,
            tr("On the parcels of the row, in any unit: apportions in place of the areas of the parcels."),
            advanced=True,
        )

    def _add_polygons(self):
        polygons = [QgsProcessing.SourceType.TypeVectorPolygon]
        self.add(
            QgsProcessingParameterFeatureSource(BUILDINGS, tr("Buildings"), polygons, optional=True),
            tr("Footprints. A parcel without any has the ratio and the coefficient 0."),
        )
        self._add_field(
            STOREYS_FIELD,
            tr("Storeys"),
            BUILDINGS,
            tr(
                "Floor area is footprint times storeys; where buildings overlap, the higher one counts. "
                "Without storeys and height there is no floor area ratio."
            ),
        )
        self._add_field(
            HEIGHT_FIELD,
            tr("Height (m)"),
            BUILDINGS,
            tr("Height over storey height serves where storeys are missing."),
            advanced=True,
        )
        self.add(
            QgsProcessingParameterNumber(
                STOREY_HEIGHT,
                tr("Storey height (m)"),
                QgsProcessingParameterNumber.Type.Double,
                defaultValue=3.0,
                minValue=0.1,
            ),
            tr("An assumption of ours, for you to change."),
            advanced=True,
        )
        self.add(
            QgsProcessingParameterFeatureSource(YARDS, tr("Yards"), polygons, optional=True),
            tr("Open storage and operation yards, which count beside buildings in the building coefficient."),
        )
        self.add(
            QgsProcessingParameterFeatureSource(GREEN, tr("Green areas"), polygons, optional=True),
            tr("Green ratio: green area over the area of the parcel."),
        )

    def _add_areas(self):
        self._add_field(
            AREA_FIELD,
            tr("Area of the parcel"),
            "INPUT",
            tr(
                "Deed area, by which everything is divided; parcels more than 5 % off the measured area are "
                "marked. Empty: the ellipsoidal area. NULL or 0 gives NULL."
            ),
        )
        self._add_field(
            BUILT_FIELD,
            tr("Built land of the parcel"),
            "INPUT",
            tr("Divides the building coefficient, as in the paper. Empty: the whole parcel does."),
            advanced=True,
        )
        self.add(
            QgsProcessingParameterEnum(
                AREA_UNIT, tr("Unit of these fields"), [tr("m2"), tr("hm2"), tr("mu")], defaultValue=0
            ),
            tr("Of the area and the built land."),
            advanced=True,
        )

    def _add_field(self, name, label, parent, help_text, advanced=False):
        self.add(
            QgsProcessingParameterField(name, label, parentLayerParameterName=parent, optional=True),
            help_text,
            advanced=advanced,
        )

    def compute(self, parameters, context, feedback):
        """Measure, join, overlay and write."""
        import numpy as np

        from ..polygon_cover import ParcelCover

        self._check_layers(parameters, context)
        parcels = self.parcels(parameters, context, feedback, end=5)
        cover = ParcelCover(parcels, context)
        columns, deviations = self._areas(parcels, cover.hectares, parameters, context, feedback)
        hectares = columns[AREA]
        indicators, outcome = {}, dict.fromkeys(("UNMATCHED_COUNT", "WITHOUT", "IDLE"))
        unmatched = []
        if parameters.get(ENTERPRISES):
            more, indicators, unmatched, outcome = self._enterprises(
                parcels, hectares, cover, parameters, context, feedback
            )
            columns |= more
        more, found = self._polygons(parcels, hectares, cover, parameters, context, feedback)
        indicators |= more
        repairs = cover.repaired + found
        if repairs:
            self.warn(
                feedback,
                tr(
                    "{} invalid polygons are repaired by makeValid, by structure; {} of them are parcels."
                ).format(repairs, cover.repaired),
            )
        lacking = {code: int(np.isnan(values).sum()) for code, values in indicators.items()}
        if any(lacking.values()):
            self.warn(
                feedback,
                tr("Parcels with NULL: {}.").format(
                    ", ".join(f"{code} {count}" for code, count in lacking.items() if count)
                ),
            )
        columns |= {indicator_field(code): values for code, values in indicators.items()}
        styles = [("amounts", code, ()) for code in _MAPPED if code in indicators]
        return {
            OUTPUT: self.write_parcels(
                parameters,
                context,
                feedback,
                parcels,
                tuple(columns),
                tuple(columns.values()),
                style=next(iter(styles), None),
                more_styles=styles[1:],
                start=90,
            ),
            UNMATCHED_ROWS: self.write_table(parameters, UNMATCHED_ROWS, context, UNMATCHED, unmatched),
            **outcome,
            "DEVIATIONS": deviations,
            "REPAIRED": repairs,
            "INCOMPLETE": int(np.isnan(np.column_stack(list(indicators.values()))).any(axis=1).sum()),
        }

    def _check_layers(self, parameters, context):
        given = {name: bool(parameters.get(name)) for name in (ENTERPRISES, BUILDINGS, YARDS, GREEN)}
        if not any(given.values()):
            raise ParcelDataError("There is nothing to compute: give enterprises, buildings or green areas.")
        if given[YARDS] and not given[BUILDINGS]:
            raise ParcelDataError("Yards count beside buildings: give the layer BUILDINGS too.")
        if not given[ENTERPRISES]:
            return
        fields = (OUTPUT_FIELD, TAX_FIELD, INVESTMENT_FIELD, TALENT_FIELD, *FLAG_FIELDS)
        asked = [name for name in fields if self.optional_field(parameters, name, context)]
        for name in (ELECTRICITY_FIELD, WATER_FIELD):
            if self.optional_field(parameters, name, context) and OUTPUT_FIELD not in asked:
                raise ParcelDataError("{} is divided by the output: give {} too.", name, OUTPUT_FIELD)
        if not asked:
            raise ParcelDataError(
                "Enterprises are given, but no field of theirs to sum up: give one of {}.", ", ".join(fields)
            )

    def _areas(self, parcels, measured, parameters, context, feedback):
        """Columns of the area by which all is divided, and the number of deviations."""
        import numpy as np

        from .parcel_indicators import DEVIATION, area_deviation

        deed = self._area_field(AREA_FIELD, parcels, parameters, context)
        if deed is None:
            return {AREA: measured}, 0
        deviation = area_deviation(deed, measured)
        off = np.abs(deviation) > DEVIATION
        if off.any():
            self.warn(
                feedback,
                tr("{} parcels have an area more than 5 % off the measured one.").format(int(off.sum())),
            )
        lacking = int((~(deed > 0)).sum())
        if lacking:
            self.warn(
                feedback,
                tr("{} parcels have no area in {}: nothing is divided by it there.").format(
                    lacking, self.optional_field(parameters, AREA_FIELD, context)
                ),
            )
        flags = [None if np.isnan(value) else int(flag) for value, flag in zip(deviation, off, strict=True)]
        # An area of 0 is none: it is no share of an enterprise either, which would make the land idle.
        return {AREA: np.where(deed > 0, deed, np.nan), AREA_DEVIATION: deviation, AREA_FLAG: flags}, int(
            off.sum()
        )

    def _area_field(self, name, parcels, parameters, context):
        """Hectares of a field of the parcels, None where it is not given."""
        field = self.optional_field(parameters, name, context)
        if not field:
            return None
        return (
            parcels.numbers(field) / _UNITS_PER_HECTARE[self.parameterAsEnum(parameters, AREA_UNIT, context)]
        )

    def _enterprises(self, parcels, hectares, cover, parameters, context, feedback):
        """Columns, indicators, rows without a parcel, and numbers that come of the enterprises."""
        import numpy as np

        from .parcel_indicators import (
            any_flag,
            flag_share,
            holdings,
            numbered,
            per_mu,
            per_output,
            ratio,
            totals,
        )

        table = self.parcels(parameters, context, feedback, end=10, name=ENTERPRISES, start=5)
        places, unmatched = self._places(table, parcels, cover, parameters, context, feedback)
        name_field = self.optional_field(parameters, ENTERPRISE_FIELD, context)
        number, names = numbered(table.texts(name_field) if name_field else [""] * len(table))
        held_field = self.optional_field(parameters, HELD_FIELD, context)
        held = table.numbers(held_field) if held_field else None
        pairs = holdings(places, number, hectares, held)
        if not name_field and (alike := table.repeated()):
            self.warn(
                feedback,
                tr(
                    "{} rows equal an earlier one in every field and are added up all the same; give the "
                    "field ENTERPRISE_FIELD if they should count once."
                ).format(alike),
            )
        repeated = sum(len(set(members)) for members in places) - pairs.parcel.size
        if repeated:
            self.warn(
                feedback, tr("{} rows repeat an enterprise on its parcel and count once.").format(repeated)
            )
        without = np.nan if self.parameterAsEnum(parameters, WITHOUT_ENTERPRISE, context) else 0.0
        share = self.parameterAsEnum(parameters, FLAGS, context)
        read = (table, number, names, parameters, context)
        found, values = {}, {}
        for code, name in (
            ("output", OUTPUT_FIELD),
            ("tax", TAX_FIELD),
            ("investment", INVESTMENT_FIELD),
            ("talent", TALENT_FIELD),
            ("electricity", ELECTRICITY_FIELD),
            ("water", WATER_FIELD),
        ):
            figures = self._figures(name, *read)
            if figures is not None:
                values[code] = totals(figures, pairs, without)
                self._tell_negative(values[code], name, feedback)
        for name, code in FLAG_FIELDS.items():
            figures = self._figures(name, *read)
            if figures is not None:
                found[code] = (flag_share if share else any_flag)(figures, pairs, without)
        found |= {code: values[code] for code in ("output", "tax") if code in values}
        for code, quantity, of in (
            ("out_mu", "output", per_mu),
            ("tax_mu", "tax", per_mu),
            ("inv_mu", "investment", per_mu),
            ("talent", "talent", ratio),
        ):
            if quantity in values:
                found[code] = of(values[quantity], hectares)
        for code, quantity in (("elec_out", "electricity"), ("wat_out", "water")):
            if quantity in values:
                found[code] = per_output(values[quantity], values["output"])
        columns = {ENTERPRISE_COUNT: pairs.counts}
        idle = None
        if "output" in values:
            output = values["output"].tolist()
            columns[IDLE] = [None if value != value else int(value == 0) for value in output]  # noqa: PLR0124
            idle = output.count(0)
        empty = int((pairs.counts == 0).sum())
        self.note(
            feedback,
            tr("{} enterprises on {} parcels; {} parcels have none, and their totals are {}.").format(
                len(set(pairs.enterprise.tolist())),
                len(parcels) - empty,
                empty,
                "NULL" if np.isnan(without) else 0,
            ),
        )
        return columns, found, unmatched, {
            "UNMATCHED_COUNT": len(unmatched), "WITHOUT": empty, "IDLE": idle,
        }  # fmt: skip

    def _tell_negative(self, values, name, feedback):
        below = int((values < 0).sum())
        if below:
            self.warn(feedback, tr("{} parcels have a sum below 0 of {}.").format(below, name))

    def _figures(self, name, table, number, names, parameters, context):
        """Values of a field by enterprise, None where the field is not given."""
        import numpy as np

        from .parcel_indicators import by_enterprise

        field = self.optional_field(parameters, name, context)
        if not field:
            return None
        values = table.numbers(field)
        if name in FLAG_FIELDS:
            wrong = np.flatnonzero(~(np.isnan(values) | (values == 0) | (values == 1)))
            if wrong.size:
                raise ParcelDataError(
                    "Field {} holds “{}” in feature {}; a flag is yes or no, 1 or 0.",
                    field,
                    table.texts(field)[wrong[0]],
                    table.features[wrong[0]].id(),
                )
        return by_enterprise(values, number, field, names)

    def _places(self, table, parcels, cover, parameters, context, feedback):
        """Parcels of each row of the enterprise table, and what has none."""
        from .parcel_indicators import named_parcels

        field = self.optional_field(parameters, PARCEL_FIELD, context)
        rows = table.names()
        if field:
            id_field = self.optional_field(parameters, ID_FIELD, context)
            if not id_field:
                raise ParcelDataError(
                    "Enterprises name parcels by their id: give the field of the parcels with the ids ({}).",
                    ID_FIELD,
                )
            places, unknown = named_parcels(
                table.texts(field),
                parcels.texts(id_field),
                self.parameterAsString(parameters, SEPARATORS, context),
            )
            reasons = {True: tr("not in the layer"), False: tr("no parcel id")}
            unmatched = [(rows[row], name, reasons[bool(name)]) for row, name in unknown]
        else:
            if not any(feature.hasGeometry() for feature in table.features):
                raise ParcelDataError(
                    "Table “{}” has no places: give its field with the parcel ids ({}).",
                    table.name,
                    PARCEL_FIELD,
                )
            found = cover.parcels_at(self.parameterAsSource(parameters, ENTERPRISES, context), feedback)
            places = [found.get(feature.id(), []) for feature in table.features]
            unmatched = [
                (row, "", tr("outside all parcels"))
                for row, members in zip(rows, places, strict=True)
                if not members
            ]
        if unmatched:
            shown = [name or tr("row {}").format(row) for row, name, _ in unmatched]
            text = ", ".join(shown[:_LISTED]) + (" …" if len(shown) > _LISTED else "")
            self.warn(feedback, tr("{} without a parcel: {}.").format(len(unmatched), text))
        return places, unmatched

    def _polygons(self, parcels, hectares, cover, parameters, context, feedback):
        """Indicators of buildings, yards and green areas, and the number of repaired polygons."""
        from ..polygon_cover import covered_areas, floor_areas
        from .parcel_indicators import building_coefficient, ratio

        found, repairs = {}, 0
        # Cutting is done in the plane, where scale is all but constant over a parcel.
        scale = ratio(cover.hectares, cover.areas)
        pieces = {}
        for turn, name in enumerate((BUILDINGS, YARDS, GREEN)):
            if not parameters.get(name):
                continue
            start = 20 + 18 * turn
            source = self.parameterAsSource(parameters, name, context)
            if source is None:
                raise QgsProcessingException(self.invalidSourceError(parameters, name))
            pieces[name], invalid = cover.pieces(
                source, feedback, self.progress(feedback, start + 6, start + 18)
            )
            self.check_cancelled(feedback)
            repairs += invalid
            if not any(pieces[name]):
                self.warn(
                    feedback, tr("No feature of layer “{}” meets a parcel.").format(source.sourceName())
                )
        if BUILDINGS in pieces:
            storeys = self._storeys(parameters, context, feedback)
            if storeys is not None:
                floors = scale * floor_areas(
                    pieces[BUILDINGS], storeys, cover.areas, self.progress(feedback, 80, 84)
                )
                found["far"] = ratio(floors, hectares)
            hard = pieces[BUILDINGS]
            if YARDS in pieces:
                hard = [[*both[0], *both[1]] for both in zip(hard, pieces[YARDS], strict=True)]
            land = self._area_field(BUILT_FIELD, parcels, parameters, context)
            found["bld_coef"] = building_coefficient(
                scale * covered_areas(hard, self.progress(feedback, 84, 87)),
                hectares if land is None else land,
            )
        if GREEN in pieces:
            green = covered_areas(pieces[GREEN], self.progress(feedback, 87, 90))
            found["grn_rat"] = 100 * ratio(scale * green, hectares)
        return found, repairs

    def _storeys(self, parameters, context, feedback):
        """Storeys by feature id of the building, None where neither storeys nor height are given."""
        import numpy as np

        from .parcel_indicators import known_storeys

        fields = [self.optional_field(parameters, name, context) for name in (STOREYS_FIELD, HEIGHT_FIELD)]
        if not any(fields):
            self.warn(feedback, tr("No storeys and no height: the floor area ratio is left out."))
            return None
        layer = self.parcels(parameters, context, feedback, start=75, end=80, name=BUILDINGS)
        given = [layer.numbers(field) if field else np.full(len(layer), np.nan) for field in fields]
        storeys = known_storeys(*given, self.parameterAsDouble(parameters, STOREY_HEIGHT, context))
        unknown = int(np.isnan(storeys).sum())
        if unknown:
            self.warn(
                feedback,
                tr("{} buildings have no storeys; parcels with one of them have no floor area ratio.").format(
                    unknown
                ),
            )
        return dict(zip((feature.id() for feature in layer.features), storeys.tolist(), strict=True))
