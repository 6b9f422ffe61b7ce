"""Global statistics of parcel columns as rows of tables: Moran's I, Geary's C, join counts."""

from ..checks import sentence
from ..errors import ParcelDataError
from ..fields import JOIN_COUNTS, MORAN, class_terms
from ..parcel_algorithm import ENGINE, SEED, tr
from .moran_parameters import NEIGHBOURS_SHARE, PYSAL, alternative

MOST_CLASSES = 100
SAME, DIFFERENT, ALL_DIFFERENT = "same", "different", "total"


def moran_row(algorithm, field, values, neighbours, permutations, parameters, context, progress=None):
    """Global Moran's I and Geary's C of a column, as a row of ``fields.MORAN``.

    Raises
    ------
    ParcelDataError
        Too few values, no neighbours; the message names the field.
    """
    return _moran_row(algorithm, field, (values,), neighbours, permutations, parameters, context, progress)


def moran_rows(
    algorithm, feedback, field, values, neighbours, permutations, parameters, context, progress, second=None
):
    """Rows of a column: all parcels and, where neighbours keep to districts, one per district.

    Parameters
    ----------
    second : (str, (n,) float), optional
        Name and values of a second column: bivariate Moran's I of the first one against the
        neighbours' values of this one.

    Returns
    -------
    list of tuple
        Rows of ``fields.MORAN``. A district in which nothing can be computed has NULLs, and a
        warning says why.

    Raises
    ------
    ParcelDataError
        As `moran_row`, of all parcels together.
    """
    from ._arrays import part

    columns = (values,) if second is None else (values, second[1])
    name = second[0] if second else None
    codes, labels = neighbours.districts or (None, [])
    steps = 1 + len(labels)
    settings = algorithm, field, columns, neighbours, permutations, parameters, context
    rows = [_moran_row(*settings, part(progress, 0.0, 1 / steps), name)]
    for code, label in enumerate(labels):
        step = part(progress, (1 + code) / steps, (2 + code) / steps)
        try:
            rows.append(_moran_row(*settings, step, name, (label, codes == code)))
        except ParcelDataError as error:
            algorithm.warn(feedback, tr("District “{}” has no result.").format(label) + f" {sentence(error)}")
            named = {"field": field, "second": name, "district": label}
            rows.append(tuple(named.get(column.name) for column in MORAN))
    return rows


def _moran_row(
    algorithm,
    field,
    columns,
    neighbours,
    permutations,
    parameters,
    context,
    progress=None,
    second=None,
    district=None,
):
    """Row of one or, bivariate, two columns, of all parcels or of (name, mask of) a district."""
    import numpy as np

    from ..features import with_value
    from ._arrays import part
    from .global_moran import weight_sums

    keep = with_value(field, columns[0])
    for other in columns[1:]:
        keep = keep & with_value(second, other)
    name, inside = district or (None, np.ones(keep.size, dtype=bool))
    try:
        weights = neighbours.among(keep, part(progress, 0.0, NEIGHBOURS_SHARE))
        if district is None:
            sums = neighbours.sums(keep)
        else:
            weights = weights.subset(inside[keep]).row_standardised()
            sums = weight_sums(weights)
        found = _statistics(
            algorithm,
            [column[keep & inside] for column in columns],
            weights,
            sums,
            permutations,
            parameters,
            context,
            part(progress, NEIGHBOURS_SHARE, 1.0),
        )
    except ParcelDataError as error:
        raise ParcelDataError("Field {}: {}", field, error) from None
    named = {
        "field": field,
        "second": second,
        "district": name,
        "excluded": int((inside & ~keep).sum()),
        "perms": permutations,
        **found,
    }
    return tuple(named.get(column.name) for column in MORAN)


def _statistics(algorithm, columns, weights, sums, permutations, parameters, context, progress):
    """Figures by name of ``fields.MORAN``."""
    from ._arrays import part
    from .global_moran import deviations, permuted_sums

    pysal = algorithm.parameterAsEnum(parameters, ENGINE, context) == PYSAL
    seed = algorithm.parameterAsInt(parameters, SEED, context)
    settings = permutations, seed, alternative(algorithm, parameters, context)
    if pysal:
        from .pysal_engine import bivariate_moran, geary, global_moran
    else:
        from .bivariate_moran import bivariate_moran
        from .geary import geary
        from .global_moran import global_moran

    if len(columns) == 2:
        moran = bivariate_moran(*columns, weights, *settings, progress, sums=sums)
        return _moran_figures(moran)
    values = columns[0]
    permuted = None
    if permutations and not pysal:
        z = deviations(values, weights)
        permuted = permuted_sums(z, weights, permutations, seed, progress)
    moran = global_moran(values, weights, *settings, part(progress, 0.0, 0.5), sums=sums, permuted=permuted)
    c = geary(values, weights, *settings, part(progress, 0.5, 1.0), sums=sums, permuted=permuted)
    return {
        **_moran_figures(moran),
        "var_norm": moran.variance_norm,
        "z_norm": moran.z_norm,
        "geary_c": c.c,
        "c_expected": c.expected,
        "c_var_norm": c.variance_norm,
        "c_var_rand": c.variance_rand,
        "c_z_norm": c.z_norm,
        "c_z": c.z_rand,
        "c_p": c.p_rand,
        "c_p_sim": c.p_sim,
    }


def _moran_figures(moran):
    return {
        "parcels": moran.n,
        "islands": moran.islands,
        "moran_i": moran.i,
        "expected": moran.expected,
        "var_rand": moran.variance_rand,
        "z": moran.z_rand,
        "p": moran.p_rand,
        "p_sim": moran.p_sim,
    }


def moran_sentence(row):
    """A row of the Moran table in words."""
    named = dict(zip((field.name for field in MORAN), row, strict=True))
    subject = named["field"]
    if named["second"]:
        subject = tr("{} against the neighbours' {}").format(subject, named["second"])
    if named["district"]:
        subject = tr("{}, district “{}”").format(subject, named["district"])
    text = tr("{}: Moran's I {:.4f} (expected {:.4f}), z {:.2f}, p {:.4g}, {} parcels").format(
        subject, named["moran_i"], named["expected"], named["z"], named["p"], named["parcels"]
    )
    if named["geary_c"] is not None:
        text += tr("; Geary's C {:.4f} (expected 1), z {:.2f}, p {:.4g}").format(
            named["geary_c"], named["c_z"], named["c_p"]
        )
    if named["excluded"]:
        text += tr(", {} without a value left out").format(named["excluded"])
    if named["islands"]:
        text += tr(", {} without neighbours").format(named["islands"])
    return text


def join_count_rows(
    algorithm, field, texts, weights_among, permutations, parameters, context, language, progress
):
    """Join counts of a categorical column, as rows of ``fields.JOIN_COUNTS``.

    Parameters
    ----------
    texts : list of n str
        Class of each parcel, "" where NULL.
    weights_among : callable
        Takes a (n,) bool mask of the parcels that count, gives their SpatialWeights.

    Returns
    -------
    rows : list of tuple
        A row per class and per pair of classes, the last of all joins of different classes.
    result : JoinCounts

    Raises
    ------
    ParcelDataError
        No classes or too many, too few parcels, no neighbours; the message names the field.
    """
    import numpy as np

    from .join_counts import TOTAL, join_counts

    keep = np.array([bool(text) for text in texts])
    names = sorted({text for text in texts if text}, key=_class_order)
    if not names:
        raise ParcelDataError("Field {} has no value in any parcel.", field)
    if len(names) > MOST_CLASSES:
        raise ParcelDataError(
            "Field {} has {} different values, but join counts are of at most {} classes: classify it first.",
            field,
            len(names),
            MOST_CLASSES,
        )
    place = {name: code for code, name in enumerate(names)}
    try:
        result = join_counts(
            np.array([place[text] for text in texts if text]),
            len(names),
            weights_among(keep),
            permutations,
            algorithm.parameterAsInt(parameters, SEED, context),
            alternative(algorithm, parameters, context),
            progress,
        )
    except ParcelDataError as error:
        raise ParcelDataError("Field {}: {}", field, error) from None
    terms = {term.code: term.label(language) for term in class_terms(field)}
    rows = []
    for number, (a, b) in enumerate(zip(result.first.tolist(), result.second.tolist(), strict=True)):
        named = {
            "field": field,
            "kind": ALL_DIFFERENT if a == TOTAL else SAME if a == b else DIFFERENT,
            "perms": permutations,
            **{
                column: getattr(result, column)[number]
                for column in ("joins", "expected", "variance", "z", "p", "p_sim")
            },
        }
        for side, code in (("a", a), ("b", b)) if a != TOTAL else ():
            named[f"class_{side}"] = names[code]
            named[f"label_{side}"] = terms.get(names[code], names[code])
            named[f"parcels_{side}"] = int(result.members[code])
        rows.append(tuple(named.get(column.name) for column in JOIN_COUNTS))
    return rows, result


def _class_order(text):
    """Numbers by size, before texts."""
    try:
        return 0, float(text), text
    except ValueError:
        return 1, 0.0, text
