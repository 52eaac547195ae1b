"""Which findings remain among thousands of series? The q of each, as `several.adjust_p` has it: here without the library behind that,
which takes longer to load than ten months take to be judged.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from services.reporting.analysis.loglinear import Floats

Adjust = Literal["bh", "by", "none"]


def discovered(p: Floats, adjust: Adjust) -> Floats:
    """The false discovery rate at which each would be found (Benjamini & Hochberg, JRSS B 57, 1995; `by` under any dependence:
    Benjamini & Yekutieli, Annals of Statistics 29, 2001); p itself with `none`.
    """
    if adjust == "none":
        return p
    order = np.argsort(p)
    ranks = np.arange(1, len(p) + 1)
    times = len(p) * (1 / ranks).sum() if adjust == "by" else len(p)
    q = np.empty(len(p))
    q[order] = np.minimum.accumulate((p[order] * times / ranks)[::-1])[::-1]
    return np.minimum(1.0, q)
