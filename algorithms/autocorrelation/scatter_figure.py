"""The Moran scatter plot as a figure of the reports, and what it shows."""

from .. import charts
from ..report import figure


def scatter_figure(scatter, field, second, tr, dark=None, labels=(), caption=""):
    """The Moran scatter plot of a column as HTML; see `charts.scatter` for ``dark`` and ``labels``.

    Parameters
    ----------
    scatter : MoranScatter
    field, second : str, str or None
        Name of the column, and of that of the neighbours where it is another one.
    tr : callable
        Translates a sentence.
    caption : str, optional
        What stands below before the slope.

    Returns
    -------
    str
    """
    svg = charts.scatter(
        scatter.z,
        scatter.lag,
        scatter.slope,
        (tr("z of {}").format(field), tr("neighbours' mean z of {}").format(second or field)),
        (
            tr("HH: high among high"),
            tr("LL: low among low"),
            tr("LH: low among high"),
            tr("HL: high among low"),
        ),
        dark,
        labels,
    )
    text = tr("The line has the slope I = {:.4f}.").format(scatter.slope)
    if charts.is_dense(scatter.z, scatter.lag):
        text += " " + tr("Too many parcels to draw each: the darker a square, the more lie in it.")
    return figure(svg, f"{caption} {text}".strip())


def scatter_definitions(tr):
    """Terms of the plot and what they mean, for `report.definitions`."""
    return (
        (
            tr("z"),
            tr("Deviation of a parcel's value from the mean, in standard deviations of all parcels used."),
        ),
        (
            tr("neighbours' mean z"),
            tr("Spatial lag: mean of the neighbours' z, weighted by the spatial weights."),
        ),
        (
            tr("Moran's I as slope"),
            tr(
                "Global Moran's I. Where every parcel has a neighbour, it is the slope of the least-squares "
                "line through the points. Parcels without neighbours have no point, but count in the mean."
            ),
        ),
    )
