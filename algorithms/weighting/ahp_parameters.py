"""The parameters by which algorithms take pairwise judgements and weigh an index system."""

from qgis.core import (
    QgsProcessing,
    QgsProcessingParameterEnum,
    QgsProcessingParameterFeatureSource,
)

from ..parcel_algorithm import tr

JUDGEMENTS = "JUDGEMENTS"
PRIORITY_METHOD = "PRIORITY_METHOD"


def add_judgements(algorithm):
    """Add the optional table JUDGEMENTS and the priority method."""
    algorithm.add(
        QgsProcessingParameterFeatureSource(
            JUDGEMENTS, tr("Judgements"), [QgsProcessing.SourceType.TypeVector], optional=True
        ),
        tr(
            "Pairwise judgements, one row per pair: parent, a, b, value (how many times a matters more than "
            "b; 1/3 is read), or a square matrix with names in its first column and above the others. "
            "Leaves are indicator codes. Empty: the weights of the index system are kept."
        ),
    )
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


def weigh(algorithm, system, parameters, context, feedback):
    """Weigh an index system by the judgements of the parameter.

    Returns
    -------
    system : IndexSystem
        With the weights of the judgements, or unchanged where there are none.
    hierarchy : HierarchyResult or None
    """
    from ..features import table_rows
    from .ahp import CR_LIMIT, METHODS, hierarchy_weights
    from .judgements import read_judgements

    source = algorithm.parameterAsSource(parameters, JUDGEMENTS, context)
    if source is None:
        return system, None
    method = METHODS[algorithm.parameterAsEnum(parameters, PRIORITY_METHOD, context)]
    hierarchy = hierarchy_weights(read_judgements(table_rows(source)), method)
    system = system.with_weights(dict(zip(hierarchy.leaves, hierarchy.weights.tolist(), strict=True)))
    for node in hierarchy.nodes:
        text = tr("Node “{}”: {} children, lambda max {:.4f}, CR {:.4f}").format(
            node.parent, len(node.children), node.result.lambda_max, node.result.cr
        )
        if node.result.consistent:
            algorithm.note(feedback, text)
        else:
            algorithm.warn(
                feedback,
                tr("{}: not consistent, CR must be below {:.2f}. Revise its judgements.").format(
                    text, CR_LIMIT
                ),
            )
    algorithm.note(
        feedback, tr("Overall CR {:.4f}, highest CR {:.4f}.").format(hierarchy.cr, hierarchy.max_cr)
    )
    return system, hierarchy
