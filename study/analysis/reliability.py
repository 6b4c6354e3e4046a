"""Inter-rater reliability: whether participants give the same judgement on the same picture."""

from collections.abc import Hashable, Sequence

import numpy as np


def krippendorff_alpha(units: Sequence[Hashable] | np.ndarray, values: Sequence[Hashable] | np.ndarray) -> float | None:
    """Agreement beyond chance on nominal values, with any number of raters and missing ratings.

    Args:
        units: `(n,)` what was rated (pictures).
        values: `(n,)` the rating. Who gave it does not matter to alpha.

    Returns:
        1: everybody agrees on every picture; 0: as if answers were drawn by lot; None: no picture was judged twice, or
        only one answer was ever given.

    Krippendorff 2007, "Computing Krippendorff's Alpha-Reliability", section C: alpha = 1 - D_o / D_e, with the
    coincidences of a unit weighted by 1 / (judgements of it - 1) and units judged once left out.

    Example:
        >>> krippendorff_alpha(["x", "x", "y", "y"], [True, True, False, False])
        1.0
    """
    found_units, units = np.unique(np.asarray(units), return_inverse=True)
    found_values, values = np.unique(np.asarray(values), return_inverse=True)
    counts = np.zeros((found_units.size, found_values.size))
    np.add.at(counts, (units, values), 1)
    judged = counts.sum(axis=1)
    counts, judged = counts[judged > 1], judged[judged > 1]
    totals = counts.sum(axis=0)
    n = totals.sum()
    expected = n**2 - (totals**2).sum()
    if n == 0 or expected == 0:
        return None
    observed = ((judged**2 - (counts**2).sum(axis=1)) / (judged - 1)).sum()
    return float(1 - (n - 1) * observed / expected)
