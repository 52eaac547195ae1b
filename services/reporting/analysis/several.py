"""Which of many findings remain when one remembers how many were looked at? Adjusted p-values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from statsmodels.stats.multitest import multipletests

from services.reporting.analysis.answers import Adjusted

Method = Literal["bh", "by", "holm", "bonferroni"]
_NAMES = {"bh": "fdr_bh", "by": "fdr_by", "holm": "holm", "bonferroni": "bonferroni"}


def adjust_p(p: Sequence[float], method: Method = "bh", level: float = 0.05) -> Adjusted:
    """`bh`: false discovery rate (Benjamini & Hochberg, JRSS B 57, 1995); `by`: the same under any dependence (Benjamini & Yekutieli,
    Annals of Statistics 29, 2001); `holm` and `bonferroni`: no false finding at all. `rejected` at this level.
    """
    rejected, adjusted, *_ = multipletests(p, level, _NAMES[method])
    return Adjusted(tuple(float(value) for value in adjusted), tuple(bool(value) for value in rejected))
