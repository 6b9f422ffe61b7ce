"""Results to hand on, without the figures of single enterprises."""

from collections import Counter

from qgis.core import (
    QgsProcessing,
    QgsProcessingParameterEnum,
    QgsProcessingParameterField,
    QgsProcessingParameterNumber,
)

from ..errors import ParcelDataError
from ..fields import ANONYMOUS_ID, ANONYMOUS_KEY, is_class
from ..parcel_algorithm import ID_FIELD, INPUT, OUTPUT, ParcelAlgorithm, tr
from ..presentation import style_of

KEEP = "KEEP"
MEANS = "MEANS"
GROUP_SIZE = "GROUP_SIZE"
GEOMETRY = "GEOMETRY"
KEY = "KEY"
_OUTLINES, _POINTS, _NONE = range(3)


class AnonymiseAlgorithm(ParcelAlgorithm):
    """A copy of evaluated parcels that names no parcel and tells no figure of one."""

    ID = "anonymise"
    ROOM = "planning"
    UNTOLD = (INPUT, ID_FIELD)

    def displayName(self):
        """Name in the toolbox."""
        return tr("Anonymised copy")

    def description(self):
        """What the algorithm does."""
        return tr(
            "Makes a copy of the results that can be handed on: zones, levels and other classes stay, "
            "figures of enterprises go or become means of groups of parcels (microaggregation), names give "
            "way to numbers in a random order, and the metadata tell no source. A key that leads back is "
            "written only where you ask for it. Who knows a place still recognises its parcel on the map: "
            "choose no geometry where that must not be."
        )

    def initAlgorithm(self, configuration=None):
        """Declare parameters and outputs."""
        self.add_parcels([QgsProcessing.SourceType.TypeVector])
        self.add_id_field()
        self.add(
            QgsProcessingParameterField(
                KEEP,
                tr("Fields to keep"),
                parentLayerParameterName=INPUT,
                allowMultiple=True,
                optional=True,
            ),
            tr(
                "Stay as they are. Empty: the classes this plugin writes, with their names: zone, levels, "
                "clusters, hot spots, stability, planning list. All other fields are left out."
            ),
        )
        self.add(
            QgsProcessingParameterField(
                MEANS,
                tr("Fields to average"),
                type=QgsProcessingParameterField.DataType.Numeric,
                parentLayerParameterName=INPUT,
                allowMultiple=True,
                optional=True,
            ),
            tr(
                "Numbers that stay as means of groups: sorted by the field, parcels next in order share "
                "their mean, so that sums stay. Each field is grouped for itself."
            ),
        )
        self.add(
            QgsProcessingParameterNumber(
                GROUP_SIZE, tr("Parcels in a group, at least"), defaultValue=5, minValue=3
            ),
            tr("Equal numbers stay together. Values of kept fields that fewer parcels have are told."),
        )
        self.add(
            QgsProcessingParameterEnum(
                GEOMETRY,
                tr("Geometry"),
                [tr("Parcels as they are"), tr("A point in each parcel"), tr("None")],
                defaultValue=_OUTLINES,
            ),
            tr("What of the place is handed on."),
        )
        self.add_sink(
            OUTPUT,
            tr("Anonymised parcels"),
            tr("Field anon_id, a number in random order, and the chosen fields."),
        )
        self.add_sink(
            KEY,
            tr("Key to the parcels"),
            tr("anon_id and the parcel's name or feature id. Keep it to yourself."),
            optional=True,
            table=True,
        )
        self.parameterDefinition(KEY).setCreateByDefault(False)
        self.add_number("KEPT", tr("Fields kept"), tr("Fields that stay as they are."))
        self.add_number(
            "LEFT_OUT", tr("Fields left out"), tr("Fields of the input that are not in the copy.")
        )
        self.add_number(
            "RARE",
            tr("Rare values"),
            tr("Values of kept fields that fewer parcels have than a group: they may give a parcel away."),
        )

    def compute(self, parameters, context, feedback):
        """Choose, average, shuffle and write."""
        import numpy as np

        parcels = self.parcels(parameters, context, feedback)
        names = parcels.names(self.optional_field(parameters, ID_FIELD, context))
        size = self.parameterAsInt(parameters, GROUP_SIZE, context)
        means = [parcels.position(name) for name in self.parameterAsStrings(parameters, MEANS, context)]
        keep = self._kept(parcels, means, self.parameterAsStrings(parameters, KEEP, context))
        rare = sum(self._rare_values(parcels, position, size, feedback) for position in keep)
        columns = {position: self._means(parcels, position, size, feedback) for position in means}
        columns |= {position: parcels.column(parcels.fields[position].name()) for position in keep}
        # Without a seed: who knew it could put the parcels back in order.
        order = np.random.default_rng().permutation(len(parcels))
        copy = parcels.rebuilt(
            order, dict(sorted(columns.items())), self._points(parcels, parameters, context)
        )
        numbers = np.arange(1, len(parcels) + 1)
        left_out = len(parcels.fields) - len(columns)
        self.note(
            feedback,
            tr("{} fields are kept, {} averaged, {} left out.").format(len(keep), len(means), left_out),
        )
        shown = [style_of(parcels.fields[position].name()) for position in keep]
        return {
            OUTPUT: self.write_parcels(
                parameters,
                context,
                feedback,
                copy,
                (ANONYMOUS_ID,),
                (numbers,),
                more_styles=filter(None, shown),
            ),
            KEY: self.write_table(
                parameters,
                KEY,
                context,
                ANONYMOUS_KEY,
                [(int(number), names[place]) for number, place in zip(numbers, order, strict=True)],
            ),
            "KEPT": len(keep),
            "LEFT_OUT": left_out,
            "RARE": rare,
        }

    def _kept(self, parcels, means, chosen):
        """Positions of the fields to keep."""
        fields = parcels.fields.names()
        if not chosen:
            chosen = [name for name in fields if is_class(name)]
        keep = [parcels.position(name) for name in chosen]
        both = set(keep) & set(means)
        if both:
            raise ParcelDataError("Field {} is to be kept and to be averaged: choose one.", fields[min(both)])
        if not keep and not means:
            raise ParcelDataError(
                "Layer “{}” has no field of classes that this plugin writes: name the fields to keep.",
                parcels.name,
            )
        return list(dict.fromkeys(keep))

    def _rare_values(self, parcels, position, size, feedback):
        """Number of values that fewer parcels have than a group has, and a warning of them."""
        name = parcels.fields[position].name()
        counts = Counter(text for text in parcels.texts(name) if text)
        rare = [value for value, count in counts.items() if count < size]
        if rare:
            self.warn(
                feedback,
                tr(
                    "Field {}: {} of {} values stand for fewer than {} parcels each; they may give a parcel "
                    "away."
                ).format(name, len(rare), len(counts), size),
            )
        return len(rare)

    def _means(self, parcels, position, size, feedback):
        """Means of groups in place of a field's numbers."""
        import numpy as np

        from .microaggregation import microaggregate

        name = parcels.fields[position].name()
        values = parcels.numbers(name)
        known = int(np.isfinite(values).sum())
        if known < size:
            raise ParcelDataError(
                "Field {} has {} numbers, fewer than the {} of a group: leave it out.", name, known, size
            )
        means, kept = microaggregate(values, size)
        self.note(
            feedback,
            tr("Field {}: means of at least {} parcels, which keep {:.1%} of the variance.").format(
                name, size, kept
            ),
        )
        return means

    def _points(self, parcels, parameters, context):
        """Points of the copy, (n, 2), () for no geometry; None for that of the parcels."""
        choice = self.parameterAsEnum(parameters, GEOMETRY, context)
        if choice == _OUTLINES:
            return None
        return parcels.representative_points() if choice == _POINTS else ()
