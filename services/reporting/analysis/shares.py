"""Where does it gather, and more than elsewhere? Pareto's order, and reporting ratios against the rest."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy import special

from services.reporting.analysis.answers import Disproportion, Pareto
from services.reporting.analysis.series import equally_long, not_all_zero
from shared.decider import Invalid


def pareto(labels: Sequence[str], counts: Sequence[float]) -> Pareto:
    """Labels by falling count with the cumulative share in per cent (Juran, Quality Control Handbook). Counts may be costs as well."""
    equally_long("/counts", counts, "labels", labels)
    for place, label in enumerate(labels):
        if (before := labels.index(label)) < place:
            raise Invalid(f"/labels/{place}", f"This is label {before + 1} again. Give one count for each label.")
    not_all_zero("/counts", counts, "nothing can be shared out")
    order = sorted(range(len(counts)), key=lambda place: -counts[place])
    running = np.cumsum([float(counts[place]) for place in order])
    return Pareto(
        tuple(labels[place] for place in order),
        tuple(counts[place] for place in order),
        tuple((running / running[-1] * 100).tolist()),
    )


def disproportion(a: int, b: int, c: int, d: int) -> Disproportion:
    """Is this issue reported more of this product than of the rest? `a` this of this, `b` others of this, `c` this of the rest, `d` others.

    PRR = [a/(a + b)]/[c/(c + d)] (Evans, Waller, Davis, Pharmacoepidemiology and Drug Safety 10, 2001), ROR = ad/bc (van Puijenbroek and
    others, same journal 11, 2002), both with log-normal limits at 95 %; Pearson's χ² without and with Yates' correction.
    """
    n, margins = a + b + c + d, (a + b) * (c + d) * (a + c) * (b + d)
    if not n:
        raise Invalid("/a", "The table is empty. Send the counts of a period in which something happened.")
    gap = abs(a * d - b * c)
    ratio = a / (a + b) / (c / (c + d)) if c and a + b else None
    odds = a * d / (b * c) if b and c else None
    prr = _limits(ratio, 1 / a - 1 / (a + b) + 1 / c - 1 / (c + d)) if ratio and c else (None, None)
    ror = _limits(odds, 1 / a + 1 / b + 1 / c + 1 / d) if odds else (None, None)
    plain = n * gap**2 / margins if margins else None
    corrected = n * max(0.0, gap - n / 2) ** 2 / margins if margins else None
    return Disproportion(ratio, odds, plain, corrected, *prr, *ror)


def _limits(ratio: float, variance: float) -> tuple[float, float]:
    reach = float(special.ndtri(0.975)) * math.sqrt(variance)
    return ratio * math.exp(-reach), ratio * math.exp(reach)
