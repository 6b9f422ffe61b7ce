"""Natural breaks as a Processing algorithm."""

from qgis.core import (
    QgsProcessing,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterField,
    QgsProcessingParameterNumber,
)

from ..errors import ParcelDataError
from ..fields import BREAKS, GVF_CURVE, Term, label_field, level_field, level_terms
from ..parcel_algorithm import ENGINE, INPUT, OUTPUT, REPORT, ParcelAlgorithm, tr
from ..presentation import user_language

FIELD = "FIELD"
CLASSES = "CLASSES"
GROUP_FIELD = "GROUP_FIELD"
FIXED_BREAKS = "FIXED_BREAKS"
BREAKS_TABLE = "BREAKS"
GVF_TABLE = "GVF_BY_CLASSES"
MOST_CLASSES = 64
JENKSPY = 1


class NaturalBreaksAlgorithm(ParcelAlgorithm):
    """Classifies one column into levels."""

    ID = "naturalbreaks"
    ROOM = "classification"

    def displayName(self):
        """Name in the toolbox."""
        return tr("Natural breaks")

    def description(self):
        """What the algorithm does."""
        return tr(
            "Classifies a numeric field into quality levels by natural breaks (Fisher-Jenks). "
            "The breaks are the true optimum over all values: nothing is sampled. Levels count up "
            "with the values; intervals are closed on the right; equal values share a level. "
            "NULL stays NULL and is counted."
        )

    def initAlgorithm(self, configuration=None):
        """Declare parameters and outputs."""
        self.add_parcels([QgsProcessing.SourceType.TypeVector])
        self.add(
            QgsProcessingParameterField(FIELD, tr("Field to classify"), parentLayerParameterName=INPUT),
            tr("Numeric field, for example a score. Text that holds numbers is read too."),
        )
        self.add(
            QgsProcessingParameterNumber(
                CLASSES, tr("Number of classes"), defaultValue=4, minValue=1, maxValue=MOST_CLASSES
            ),
            tr("4 for layers and the composite, 3 for the dimension maps of the method."),
        )
        self.add(
            QgsProcessingParameterField(
                GROUP_FIELD, tr("Group field"), parentLayerParameterName=INPUT, optional=True
            ),
            tr("Each group, for example each park, gets breaks of its own. Empty: one set for all parcels."),
            advanced=True,
        )
        self.add(
            QgsProcessingParameterFeatureSource(
                FIXED_BREAKS,
                tr("Fixed breaks"),
                [QgsProcessing.SourceType.TypeVector],
                optional=True,
            ),
            tr(
                "Breaks table of an earlier run (columns level and upper, optionally field and grp). "
                "Its limits are used instead of natural breaks, so that years can be compared."
            ),
            advanced=True,
        )
        self.add_engine(
            tr("jenkspy"),
            tr(
                "What finds the breaks. Both engines give classes of the same fit; where several divisions "
                "fit equally, each has its own. Choose jenkspy only to reproduce or cite its figures: it "
                "must be installed, takes half a minute for 100,000 values and cannot be cancelled, and "
                "errs where values of ten million and more differ by little. Fixed breaks need none; the "
                "fit by number of classes is always by the built-in one."
            ),
        )
        self.add_language()
        self.add_sink(
            OUTPUT,
            tr("Classified parcels"),
            tr("The input with the level (1 is low) and its label: d_effic gives effic_lvl and effic_lbl."),
        )
        self.add_sink(
            BREAKS_TABLE,
            tr("Breaks"),
            tr(
                "One row per level: limits, parcels, share, goodness of variance fit. Serves as fixed breaks."
            ),
            optional=True,
            table=True,
        )
        self.add_sink(
            GVF_TABLE,
            tr("Fit by number of classes"),
            tr(
                "Goodness of variance fit of natural breaks with 2 to 10 classes over all parcels, to choose "
                "the number of classes: look for where the gain becomes small."
            ),
            optional=True,
            table=True,
        )
        self.add_report()
        self.add_number(
            "GVF",
            tr("Goodness of variance fit"),
            tr("1 - SSW/SST: 1 is a perfect fit. With groups, the lowest of them."),
        )
        self.add_number("EXCLUDED", tr("Excluded parcels"), tr("Parcels without a value."))

    def needed_packages(self, parameters, context):
        """Return jenkspy where it is chosen and there are breaks to find."""
        chosen = self.parameterAsEnum(parameters, ENGINE, context) == JENKSPY
        return ("jenkspy",) if chosen and not parameters.get(FIXED_BREAKS) else ()

    def compute(self, parameters, context, feedback):
        """Classify and write."""
        from ..features import table_rows
        from .levels import fixed_limits, gvf_curve, quality_levels

        if self.parameterAsEnum(parameters, ENGINE, context) == JENKSPY:
            from .jenkspy_engine import natural_breaks
        else:
            from .natural_breaks import natural_breaks

        field = self.optional_field(parameters, FIELD, context)
        group_field = self.optional_field(parameters, GROUP_FIELD, context)
        language = self.language(parameters, context)
        classes = self.parameterAsInt(parameters, CLASSES, context)
        breaks_source = self.parameterAsSource(parameters, FIXED_BREAKS, context)
        fixed = fixed_limits(table_rows(breaks_source), field) if breaks_source else None

        parcels = self.parcels(parameters, context, feedback)
        groups, names = parcels.groups(group_field) if group_field else (None, ("",))
        values = parcels.numbers(field)
        self.note_packages(feedback, parameters, context)
        try:
            levels = quality_levels(
                values,
                classes,
                groups,
                names,
                fixed,
                self.progress(feedback, 20, 40),
                find_breaks=natural_breaks,
            )
        except ParcelDataError as error:
            raise ParcelDataError("Field {}: {}", field, error) from None
        for name, obtained in levels.short_groups(classes):
            self.warn(
                feedback,
                tr("Field {} {}has only {} distinct values, so it gets {} classes instead of {}.").format(
                    field, f"({name}) " if name else "", obtained, obtained, classes
                ),
            )
        if fixed is not None and levels.classes != classes:
            self.warn(
                feedback,
                tr("The fixed breaks have {} levels, though {} classes were asked for.").format(
                    levels.classes, classes
                ),
            )
        if levels.above:
            self.note(
                feedback,
                tr("{} parcels lie above the highest fixed limit and get the highest level.").format(
                    levels.above
                ),
            )
        if levels.excluded:
            self.note(feedback, tr("{} parcels have no value and get no level.").format(levels.excluded))
        curve = ()
        if self.wants(parameters, GVF_TABLE) or self.wants(parameters, REPORT):
            curve = gvf_curve(values, progress=self.progress(feedback, 40, 50))
        rows = levels.rows(field, language)
        for row in rows:
            feedback.pushInfo(
                tr("Level {} ({}): up to {:.6g}, {} parcels").format(row[2], row[3], row[5], row[6])
            )
        new = (level_field(field), label_field(field))
        terms = level_terms(levels.classes) or tuple(
            Term(str(level), "", "") for level in range(1, levels.classes + 1)
        )
        return {
            OUTPUT: self.write_parcels(
                parameters,
                context,
                feedback,
                parcels,
                new,
                (levels.level_or_null(), levels.labels(language)),
                style=("levels", new[0].name, terms),
                start=50,
            ),
            BREAKS_TABLE: self.write_table(parameters, BREAKS_TABLE, context, BREAKS, rows),
            GVF_TABLE: self.write_table(parameters, GVF_TABLE, context, GVF_CURVE, curve),
            REPORT: self._report(parameters, context, parcels, field, values, levels, curve, groups, names),
            "GVF": levels.gvf,
            "EXCLUDED": levels.excluded,
        }

    def _report(self, parameters, context, parcels, field, values, levels, curve, groups, names):
        from ..report_maps import class_map
        from .breaks_report import breaks_report

        if not self.wants(parameters, REPORT):
            return None
        terms = level_terms(levels.classes)
        drawn = (
            class_map(parcels, levels.level_or_null(), "levels", terms, context, tr("Quality levels"))
            if terms
            else ""
        )
        pieces = breaks_report(field, values, levels, curve, tr, user_language(), drawn, groups, names)
        title = tr("{}, field {}").format(self.displayName(), field)
        return self.write_report(parameters, context, title, pieces)
