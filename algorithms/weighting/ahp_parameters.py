"""The parameters by which algorithms take pairwise judgements and weigh an index system."""

from dataclasses import dataclass

from qgis.core import (
    QgsProcessing,
    QgsProcessingFeatureSource,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterEnum,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterMultipleLayers,
)

from ..errors import ParcelDataError
from ..parcel_algorithm import tr

JUDGEMENTS = "JUDGEMENTS"
MATRICES = "MATRICES"
PRIORITY_METHOD = "PRIORITY_METHOD"
RANDOM_INDEX = "RANDOM_INDEX"
COMPLETION = "COMPLETION"
AGGREGATION = "AGGREGATION"
EXCLUSION = "EXCLUSION"
STRICT = "STRICT"

# By name: QGIS imports it when it shows the parameter.
EDITOR = __name__.rpartition(".algorithms.")[0] + ".ui.judgement_widget.JudgementWidgetWrapper"


@dataclass(frozen=True)
class Weighing:
    """Weights by judgements, and the settings that led to them."""

    group: object
    settings: dict
    exclusion: str

    @property
    def hierarchy(self):
        """Weights and consistency of the group."""
        return self.group.hierarchy


def add_judgements(algorithm):
    """Add the optional table JUDGEMENTS and the priority method."""
    algorithm.add(
        QgsProcessingParameterFeatureSource(
            JUDGEMENTS, tr("Judgements"), [QgsProcessing.SourceType.TypeVector], optional=True
        ),
        tr(
            "Pairwise judgements, one row per pair: parent, a, b, value (how many times a matters more than "
            "b; 1/3 is read), and for groups expert, expert_weight; or a square matrix with names in its "
            "first column and above the others, the node (or “node @ expert”) in its corner. A workbook may "
            "have a table per sheet. Pairs may be missing. Leaves are indicator codes. Empty: the weights "
            "of the index system are kept."
        ),
    )
    algorithm.parameterDefinition(JUDGEMENTS).setMetadata({"widget_wrapper": {"class": EDITOR}})
    algorithm.add(
        QgsProcessingParameterEnum(
            PRIORITY_METHOD,
            tr("Priority method"),
            [tr("Principal eigenvector"), tr("Geometric mean of rows"), tr("Mean of normalised columns")],
            defaultValue=0,
        ),
        tr("How a comparison matrix becomes weights. The eigenvector is Saaty's and the default."),
        advanced=True,
    )


def add_weighing(algorithm):
    """Add what else decides about the weights: further tables, random index, gaps, groups, strictness."""
    algorithm.add(
        QgsProcessingParameterMultipleLayers(
            MATRICES, tr("Further judgement tables"), QgsProcessing.SourceType.TypeVector, optional=True
        ),
        tr(
            "More tables of either form, such as one square matrix per node. A matrix without a node in its "
            "corner is named by its table, sheet or file (“innov” or “innov @ Li”)."
        ),
    )
    algorithm.add(
        QgsProcessingParameterEnum(
            RANDOM_INDEX,
            tr("Random index"),
            [tr("Saaty"), tr("Chinese textbooks"), tr("Simulated")],
            defaultValue=0,
        ),
        tr(
            "RI by which CI is divided. The first two end at 15 elements; more are an error. The simulated "
            "one goes on: past 15 it is the mean CI of 10,000 random matrices, which takes a moment."
        ),
        advanced=True,
    )
    algorithm.add(
        QgsProcessingParameterEnum(
            COMPLETION,
            tr("Missing judgements"),
            [tr("As the priority method does it"), tr("Completed for the smallest eigenvalue")],
            defaultValue=0,
        ),
        tr(
            "The eigenvector is then Harker's, the geometric mean logarithmic least squares, and the mean "
            "of columns takes the gaps from these; or gaps are filled such that CR is as small as possible "
            "(Bozóki, Fülöp, Rónyai 2010). Judgements must connect all children."
        ),
        advanced=True,
    )
    algorithm.add(
        QgsProcessingParameterEnum(
            AGGREGATION,
            tr("Aggregate of a group"),
            [tr("Judgements (AIJ)"), tr("Priorities (AIP)")],
            defaultValue=0,
        ),
        tr(
            "Of several experts, the weighted geometric mean of their judgements makes one matrix, which is "
            "then weighed; or each expert's matrix is weighed and the weights are averaged so."
        ),
        advanced=True,
    )
    algorithm.add(
        QgsProcessingParameterEnum(
            EXCLUSION,
            tr("Experts with CR of 0.10 or more"),
            [tr("Count"), tr("Are left out of the node"), tr("Are left out of all nodes")],
            defaultValue=0,
        ),
        tr("What becomes of experts whose own judgements are not consistent. The log names them."),
        advanced=True,
    )
    algorithm.add(
        QgsProcessingParameterBoolean(STRICT, tr("Stop where CR is 0.10 or more"), defaultValue=False),
        tr("On: a node that is not consistent is an error that names it. Off: it is a warning."),
        advanced=True,
    )


def judged(algorithm, parameters, context):
    """Whether any judgements are given."""
    return (
        bool(_layers(algorithm, parameters, context)) or _source(algorithm, parameters, context) is not None
    )


def weigh(algorithm, system, parameters, context, feedback):
    """Weigh an index system by the judgements of the parameters.

    Returns
    -------
    system : IndexSystem
        With the weights of the judgements, or unchanged where there are none.
    weighing : Weighing or None

    Raises
    ------
    ParcelDataError
        Unusable judgements, or with STRICT a node with CR >= 0.10.
    """
    from .ahp import COMPLETIONS, METHODS
    from .group import AGGREGATIONS, EXCLUSIONS, group_weights
    from .judgements import read_group_judgements
    from .random_index import RANDOM_INDICES

    tables = _tables(algorithm, parameters, context)
    if not tables:
        return system, None

    def choice(name, options):
        known = algorithm.parameterDefinition(name) is not None
        return options[algorithm.parameterAsEnum(parameters, name, context) if known else 0]

    settings = {
        "method": choice(PRIORITY_METHOD, METHODS),
        "random_index": choice(RANDOM_INDEX, tuple(RANDOM_INDICES)),
        "completion": choice(COMPLETION, COMPLETIONS),
    }
    exclusion = choice(EXCLUSION, EXCLUSIONS)
    group = group_weights(
        read_group_judgements(tables),
        **settings,
        aggregation=choice(AGGREGATION, AGGREGATIONS),
        exclusion=exclusion,
    )
    weights = dict(zip(group.hierarchy.leaves, group.hierarchy.weights.tolist(), strict=True))
    system = system.with_weights(weights)
    _tell(algorithm, group, feedback)
    strict = algorithm.parameterDefinition(STRICT) is not None
    if strict and algorithm.parameterAsBool(parameters, STRICT, context):
        _check_strictly(group.hierarchy)
    return system, Weighing(group, settings, exclusion)


def _tell(algorithm, group, feedback):
    from .ahp import CR_LIMIT
    from .ahp_report import missing_note

    for node, given in zip(group.hierarchy.nodes, group.judgements.nodes, strict=True):
        result = node.result
        text = tr("Node “{}”: {} children, lambda max {:.4f}, CR {:.4f}").format(
            node.parent, len(node.children), result.lambda_max, result.cr
        )
        if result.consistent:
            algorithm.note(feedback, text)
        else:
            algorithm.warn(
                feedback,
                tr("{}: not consistent, CR must be below {:.2f}. Revise its judgements.").format(
                    text, CR_LIMIT
                ),
            )
        if given.missing_pairs:
            algorithm.warn(feedback, missing_note(given, str, tr))
        if len(node.children) > 2 and not result.checked:
            algorithm.warn(
                feedback,
                tr("Node “{}”: its judgements are too few to check one another, CR 0 says nothing.").format(
                    node.parent
                ),
            )
    for opinion in group.experts if len(group.at(group.judgements.goal)) > 1 else ():
        if not opinion.excluded and opinion.result is not None and not opinion.result.consistent:
            algorithm.warn(
                feedback,
                tr("Node “{}”: expert “{}” counts although not consistent (CR {:.4f}).").format(
                    opinion.judgements.parent, opinion.expert, opinion.result.cr
                ),
            )
        if opinion.excluded:
            algorithm.warn(
                feedback,
                tr("Node “{}”: expert “{}” is left out.").format(opinion.judgements.parent, opinion.expert)
                if opinion.result is None
                else tr("Node “{}”: expert “{}” is left out (CR {:.4f}).").format(
                    opinion.judgements.parent, opinion.expert, opinion.result.cr
                ),
            )
    hierarchy = group.hierarchy
    algorithm.note(
        feedback,
        tr("Overall CR {:.4f}, highest CR {:.4f}.").format(hierarchy.overall.cr, hierarchy.max_cr),
    )


def _check_strictly(hierarchy):
    from .ahp import CR_LIMIT

    failing = [node for node in hierarchy.nodes if not node.result.consistent]
    if failing:
        raise ParcelDataError(
            "Not consistent, CR must be below {}: {}. Revise the judgements of these nodes.",
            f"{CR_LIMIT:.2f}",
            ", ".join(f"{node.parent} (CR {node.result.cr:.4f})" for node in failing),
        )


def _source(algorithm, parameters, context):
    return algorithm.parameterAsSource(parameters, JUDGEMENTS, context)


def _layers(algorithm, parameters, context):
    if algorithm.parameterDefinition(MATRICES) is None:
        return []
    return algorithm.parameterAsLayerList(parameters, MATRICES, context)


def _tables(algorithm, parameters, context):
    """Rows of all judgement tables by the names of the tables."""
    from ..features import sheets_of, table_name, table_rows

    tables = {}

    def take(source, name):
        while name in tables:
            name += "'"
        tables[name] = table_rows(source)

    source = _source(algorithm, parameters, context)
    if source is not None:
        layer = algorithm.parameterAsLayer(parameters, JUDGEMENTS, context)
        for sheet in sheets_of(layer) if layer else [None]:
            # The source knows which rows of a layer are selected.
            given = source if sheet is layer else QgsProcessingFeatureSource(sheet, context)
            take(given, table_name(sheet) if sheet else "")
    for layer in _layers(algorithm, parameters, context):
        for sheet in sheets_of(layer):
            take(QgsProcessingFeatureSource(sheet, context), table_name(sheet))
    return tables
