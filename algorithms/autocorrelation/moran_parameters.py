"""The parameters of the permutation tests, and local statistics of parcel columns."""

from qgis.core import QgsProcessingParameterEnum, QgsProcessingParameterNumber

from ..errors import ParcelDataError
from ..fields import ALIKE, CLUSTERS, HOT_SPOTS
from ..parcel_algorithm import ENGINE, SEED, tr

PERMUTATIONS = "PERMUTATIONS"
ALTERNATIVE = "ALTERNATIVE"
CORRECTION = "CORRECTION"
SIGNIFICANCE = "SIGNIFICANCE"

METHOD = "METHOD"

PYSAL = 1
ANALYTIC = 1

DEFAULT_PERMUTATIONS = 99_999
_MOST = 9_999_999
# Of the progress of a statistic; neighbours that are known already skip it.
NEIGHBOURS_SHARE = 0.4


def add_permutations(algorithm, default, fewest):
    """Add PERMUTATIONS, ALTERNATIVE and SEED."""
    algorithm.add(
        QgsProcessingParameterNumber(
            PERMUTATIONS, tr("Permutations"), defaultValue=default, minValue=fewest, maxValue=_MOST
        ),
        tr("Number of random permutations behind the pseudo p-values.")
        + (" " + tr("0: the closed-form p-value alone.") if fewest == 0 else ""),
        advanced=True,
    )
    algorithm.add(
        QgsProcessingParameterEnum(
            ALTERNATIVE, tr("Alternative"), [tr("Two-sided"), tr("Directed")], defaultValue=0
        ),
        tr("Two-sided p-values are twice the directed ones, which other programs print."),
        advanced=True,
    )
    algorithm.add_seed()


def add_method(algorithm):
    """Add METHOD, permutations or the analytic p-value."""
    algorithm.add(
        QgsProcessingParameterEnum(
            METHOD, tr("p-values by"), [tr("Permutations"), tr("Analytic")], defaultValue=0
        ),
        tr(
            "Analytic computes the distribution that the permutations draw from: no seed, no sampling error, "
            "and p-values far below 1/100,000. It needs 500 parcels or more, equal weights among the "
            "neighbours of a parcel and no parcel with more than a tenth of the others as neighbours. "
            "Against 10^7 permutations of 17 real and synthetic columns of 500 to 20,000 parcels it was at "
            "most 0.0015 off, 0.0004 where p is below 0.05; 0.005 and 0.0013 for the most skewed one. "
            "Permutations and seed have no effect then."
        ),
        advanced=True,
    )


def add_engine(algorithm, remarks=""):
    """Add ENGINE, built-in or PySAL; ``remarks`` tell what is so of this algorithm alone."""
    help_text = tr(
        "What computes the statistics. Both engines get the same weights and give the same I and, but "
        "for sampling error, the same p. Choose PySAL only to cite it or to reproduce its figures: esda "
        "and libpysal must be installed; importing them takes seconds and brings geopandas and its own "
        "GDAL; a run cannot be cancelled."
    )
    algorithm.add_engine(tr("PySAL"), f"{help_text} {remarks}".rstrip())


def pysal_packages(algorithm, parameters, context):
    """Packages that the chosen engine needs."""
    chosen = algorithm.parameterAsEnum(parameters, ENGINE, context) == PYSAL
    return ("esda", "libpysal") if chosen else ()


def add_significance(algorithm):
    """Add the significance level of clusters."""
    algorithm.add(
        QgsProcessingParameterNumber(
            SIGNIFICANCE,
            tr("Significance level"),
            QgsProcessingParameterNumber.Type.Double,
            defaultValue=0.05,
            minValue=0.0,
            maxValue=1.0,
        ),
        tr("Clusters and outliers are parcels whose p-value, corrected as chosen, is at most this."),
        advanced=True,
    )


def add_correction(algorithm):
    """Add the correction for many tests."""
    algorithm.add(
        QgsProcessingParameterEnum(
            CORRECTION,
            tr("Correction for many tests"),
            [tr("None"), tr("False discovery rate (Benjamini-Hochberg)"), tr("Bonferroni")],
            defaultValue=1,
        ),
        tr("One test per parcel: uncorrected, one in twenty is significant by chance."),
    )


def alternative(algorithm, parameters, context):
    """Chosen alternative by its name in the kernels."""
    from .global_moran import ALTERNATIVES

    return ALTERNATIVES[algorithm.parameterAsEnum(parameters, ALTERNATIVE, context)]


def local_columns(
    algorithm, field, values, neighbours, parameters, context, language, progress=None, second=None
):
    """Local Moran's I of a column, as the columns of ``fields.LOCAL_MORAN``.

    ``second`` is the name and the values, (n,), of the column that the neighbours' values are taken
    from, for the bivariate I.

    Returns
    -------
    list of columns, each of n values; NaN, None or "" where a parcel has no value
    """
    from ..features import with_value
    from ._arrays import part, report
    from .local_moran import QUADRANTS

    if algorithm.parameterAsEnum(parameters, ENGINE, context) == PYSAL:
        from .pysal_engine import local_moran
    else:
        from .local_moran import local_moran

    keep = with_value(field, values)
    if second is not None:
        keep &= with_value(*second)
        if not keep.any():
            raise ParcelDataError("No parcel has a value in both {} and {}.", field, second[0])
    weights = _weights_among(field, neighbours, keep, progress)
    analytic = algorithm.parameterAsEnum(parameters, METHOD, context) == ANALYTIC
    try:
        result = local_moran(
            values[keep],
            weights,
            algorithm.parameterAsInt(parameters, PERMUTATIONS, context),
            algorithm.parameterAsInt(parameters, SEED, context),
            alternative(algorithm, parameters, context),
            part(progress, NEIGHBOURS_SHARE, 1.0),
            neighbour_values=None if second is None else second[1][keep],
            analytic=analytic,
        )
    except ParcelDataError as error:
        raise ParcelDataError("Field {}: {}", field, error) from None
    quadrant, *tested = _tested(
        algorithm, result.p, result.quadrant, QUADRANTS, CLUSTERS, weights, parameters, context, language
    )
    columns = [result.i, result.lag, weights.cardinality, result.p, quadrant, *tested]
    report(progress, 1.0)
    return [_spread(column, keep) for column in columns]


def geary_columns(algorithm, field, values, neighbours, parameters, context, language, progress):
    """Local Geary's c of a column, as the columns of ``fields.LOCAL_GEARY``.

    Returns
    -------
    list of columns, each of n values; NaN, None or "" where a parcel has no value
    """
    from ..features import with_value
    from ._arrays import part
    from .local_geary import KINDS, local_geary

    keep = with_value(field, values)
    weights = _weights_among(field, neighbours, keep, progress)
    try:
        result = local_geary(
            values[keep],
            weights,
            algorithm.parameterAsInt(parameters, PERMUTATIONS, context),
            algorithm.parameterAsInt(parameters, SEED, context),
            alternative(algorithm, parameters, context),
            part(progress, NEIGHBOURS_SHARE, 1.0),
        )
    except ParcelDataError as error:
        raise ParcelDataError("Field {}: {}", field, error) from None
    kind, *tested = _tested(
        algorithm, result.p, result.kind, KINDS, ALIKE, weights, parameters, context, language
    )
    columns = [result.c, result.expected, result.lag, weights.cardinality, result.p, kind, *tested]
    return [_spread(column, keep) for column in columns]


def scatter_of(first, neighbours, second=None):
    """The Moran scatter plot of a column, or of two, given by name and values (n,), among all n parcels.

    Returns
    -------
    MoranScatter or None
        NaN where a parcel has no value; None where Moran's I is not defined.
    """
    from dataclasses import replace

    from ..features import with_value
    from .moran_scatter import moran_scatter

    keep = with_value(*first)
    if second is not None:
        keep &= with_value(*second)
    found = moran_scatter(first[1][keep], neighbours.among(keep), None if second is None else second[1][keep])
    return found and replace(found, z=_spread(found.z, keep), lag=_spread(found.lag, keep))


def _weights_among(field, neighbours, keep, progress):
    """Weights among the parcels of ``keep``; an error that names the field where there are none."""
    from ._arrays import part
    from .conditional_permutations import absolute_sums

    weights = neighbours.among(keep, part(progress, 0.0, NEIGHBOURS_SHARE))
    if not absolute_sums(weights).any():
        raise ParcelDataError(
            "Field {}: None of the {} parcels has a neighbour; "
            "widen the distance or the tolerance of the weights.",
            field,
            weights.n,
        )
    return weights


def _tested(algorithm, p, codes, names, terms, weights, parameters, context, language):
    """Kind of each parcel, flags of significance after FDR and Bonferroni, cluster and its label."""
    import numpy as np

    from .multiple_testing import CORRECTIONS, adjust

    level = algorithm.parameterAsDouble(parameters, SIGNIFICANCE, context)
    correction = CORRECTIONS[algorithm.parameterAsEnum(parameters, CORRECTION, context)]
    significant = {name: adjust(p, name) <= level for name in CORRECTIONS}
    unknown = np.isnan(p)
    flags = (_named(np.where(unknown, 2, significant[name]), (0, 1, None)) for name in ("fdr", "bonferroni"))
    last = len(names)
    cluster = np.where(weights.islands, last + 1, np.where(significant[correction], codes, last))
    cluster_names = (*names.values(), "ns", "none")
    labels = {term.code: term.label(language) for term in terms}
    return (
        _named(codes, tuple(names.values())),
        *flags,
        _named(cluster, cluster_names),
        _named(cluster, tuple(labels.get(name) for name in cluster_names)),
    )


def _named(codes, names):
    """The name of each code, a list: a million parcels share a handful of Python objects."""
    return [names[code] for code in codes.tolist()]


def hot_spot_columns(algorithm, field, values, neighbours, star, parameters, context, language, progress):
    """Getis-Ord statistics of a column, as the columns of ``fields.HOT_SPOT``.

    Returns
    -------
    list of columns, each of n values; None where a parcel has no result
    """
    from ..features import with_value
    from ._arrays import part
    from .getis_ord import confidence_bins, getis_ord
    from .multiple_testing import CORRECTIONS, adjust

    keep = with_value(field, values)
    weights = _weights_among(field, neighbours, keep, progress)
    result = getis_ord(
        values[keep],
        weights,
        star,
        algorithm.parameterAsInt(parameters, PERMUTATIONS, context),
        algorithm.parameterAsInt(parameters, SEED, context),
        alternative(algorithm, parameters, context),
        part(progress, NEIGHBOURS_SHARE, 1.0),
    )
    correction = CORRECTIONS[algorithm.parameterAsEnum(parameters, CORRECTION, context)]
    bins = confidence_bins(result.z, adjust(result.p, correction))
    names = {term.code: term.label(language) for term in HOT_SPOTS}
    tested = [p == p for p in result.p.tolist()]  # noqa: PLR0124 - NaN
    columns = [
        result.z,
        result.p,
        [code if known else None for code, known in zip(bins.tolist(), tested, strict=True)],
        [names[str(code)] if known else None for code, known in zip(bins.tolist(), tested, strict=True)],
    ]
    return [_spread(column, keep) for column in columns]


def cluster_sentence(counts, terms=CLUSTERS):
    """Numbers of parcels by cluster in words."""
    return tr("Clusters: {}.").format(", ".join(f"{term.code} {counts[term.code]}" for term in terms))


def is_constant(values):
    """Whether all values that are there are the same, so that no autocorrelation is defined."""
    import numpy as np

    return np.nanmin(values) == np.nanmax(values)


def _spread(column, keep):
    """Values of the kept parcels among all n, NaN or None elsewhere."""
    import numpy as np

    if keep.all():
        return column
    if isinstance(column, np.ndarray) and column.dtype.kind == "f":
        whole = np.full(keep.size, np.nan)
        whole[keep] = column
        return whole
    whole = [None] * keep.size
    values = column.tolist() if isinstance(column, np.ndarray) else column
    for position, value in zip(np.flatnonzero(keep).tolist(), values, strict=True):
        whole[position] = value
    return whole
