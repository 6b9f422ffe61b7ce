"""Natural breaks by jenkspy, for those who must reproduce its figures."""

import numpy as np

from ..optional_packages import optional_package
from .natural_breaks import checked_classes, fixed_breaks, sorted_finite


def natural_breaks(values, classes, progress=None):
    """Divide values into natural breaks as jenkspy finds them.

    The limits are jenkspy's own, as far from the optimum as its rounding leaves them: values
    of 1e7 and more that differ by units only get worse classes. Of several optimal divisions
    it may choose another than the built-in engine.

    Parameters
    ----------
    values : array_like, (n,)
        Numbers in any unit; NaN and infinities are ignored.
    classes : int
        Number of classes, 1 to 64; with fewer distinct values each becomes a class of its own.
    progress : callable, optional
        Called before and after: jenkspy cannot be interrupted.

    Returns
    -------
    NaturalBreaks
        Every limit is a value that occurs; the last one is the maximum.

    Raises
    ------
    ParcelDataError
        As the built-in engine, and without jenkspy.
    """
    jenkspy = optional_package("jenkspy")
    classes = checked_classes(classes)
    report = progress or (lambda fraction: None)
    report(0.0)
    ordered = sorted_finite(values)
    limits = jenkspy.jenks_breaks(ordered, min(classes, np.unique(ordered).size))
    # The first of jenkspy's limits is the minimum. Where its rounding makes two equal, one goes.
    result = fixed_breaks(ordered, np.unique(limits[1:]))
    report(1.0)
    return result
