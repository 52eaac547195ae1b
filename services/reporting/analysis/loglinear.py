"""How is a series of counts explained? A log-linear model with overdispersion, fitted by reweighted least squares.

Written from McCullagh & Nelder (Generalized Linear Models, 1989, ch. 2 and 6). Start, stopping rule and what is reported of the last
step are those documented for R's `glm.fit`: results that are compared with R's to 1e-6 depend on which iteration is the last.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
STEPS = 25
TOLERANCE = 1e-8
FAR = 30.0  # exp(30) is more than any count; beyond that a fit is running away


@dataclass(frozen=True, slots=True)
class Fit:
    """A fitted model. `covariance` is without dispersion, `leverage` the diagonal of the hat matrix, `pearson` Pearson's χ²/df."""

    coefficients: Floats
    covariance: Floats
    means: Floats
    leverage: Floats
    pearson: float
    df: int
    converged: bool

    @property
    def dispersion(self) -> float:
        """Never below 1: counts do not vary less than Poisson counts (Farrington and others, 1996)."""
        return max(1.0, self.pearson)

    def at(self, point: Floats) -> tuple[float, float]:
        """The linear predictor at a point of the design, and its variance without dispersion."""
        return float(point @ self.coefficients), max(0.0, float(point @ self.covariance @ point))


def fit(design: Floats, counts: Floats, weights: Floats | None = None, offset: Floats | None = None, growth: float = 0.0) -> Fit | None:
    """log μ = design·β + offset, variance φμ(1 + growth·μ)/weight. None where the design says nothing of some coefficient."""
    if (factors := _orthogonal(design)) is None:
        return None
    basis, triangle = factors
    prior = np.ones_like(counts) if weights is None else weights
    shift = np.zeros_like(counts) if offset is None else offset
    logs = np.log(np.where(counts > 0, counts, 1.0))
    means = counts + 0.1
    predictor = np.log(means)
    before, converged = _deviance(counts, logs, means, predictor, prior), False
    try:
        for _ in range(STEPS):
            working = prior * means / (1 + growth * means)
            weighted = basis.T * working
            information = weighted @ basis
            step = np.linalg.solve(information, weighted @ (predictor - shift + counts / means - 1))
            predictor = np.minimum(np.maximum(basis @ step + shift, -FAR), FAR)
            means = np.exp(predictor)
            after = _deviance(counts, logs, means, predictor, prior)
            if abs(after - before) / (abs(after) + 0.1) < TOLERANCE:
                converged = True
                break
            before = after
        root = np.linalg.inv(np.linalg.cholesky(information))  # of the covariance: what is made of its squares is never negative
    except np.linalg.LinAlgError:
        return None
    df = len(counts) - design.shape[1]
    pearson = float((working * (counts / means - 1) ** 2).sum() / df) if df else 1.0
    back = np.linalg.inv(triangle)
    leverage = working * ((basis @ root.T) ** 2).sum(1)
    own = back @ root.T
    return Fit(back @ step, own @ own.T, means, leverage, pearson, df, converged)


def _orthogonal(design: Floats) -> tuple[Floats, Floats] | None:
    """The design in columns at right angles, whose information is well conditioned whatever the units of the design."""
    if len(design) < design.shape[1]:
        return None
    q, r = np.linalg.qr(design)
    pivots = np.abs(np.diag(r))
    return (q, r) if pivots.min() > 1e-9 * pivots.max() else None


def harmonics(months: NDArray[np.int64]) -> Floats:
    """Cosine and sine of the year; month 0 is its beginning."""
    angle = 2 * np.pi * months / 12
    return np.column_stack([np.cos(angle), np.sin(angle)])


def anscombe(counts: Floats, fitted: Fit) -> Floats:
    """Residuals that are nearly normal, standardised by dispersion and leverage (Farrington and others, 1996, 3.6)."""
    raw = 1.5 * (np.cbrt(counts) ** 2 / fitted.means ** (1 / 6) - np.sqrt(fitted.means))
    room = 1 - fitted.leverage
    spread = np.sqrt(fitted.dispersion * np.where(room > 1e-9, room, 1.0))
    return np.where(room > 1e-9, raw / spread, 0.0)


def downweighted(residuals: Floats, threshold: float) -> Floats:
    """Weights that make little of past outbreaks: γ s⁻² beyond the threshold, γ elsewhere; their sum is the number of points."""
    weights: Floats = np.where(residuals > threshold, np.maximum(np.abs(residuals), 1e-9) ** -2.0, 1.0)
    weights *= len(weights) / weights.sum()
    return weights


def _deviance(counts: Floats, logs: Floats, means: Floats, predictor: Floats, prior: Floats) -> float:
    return 2 * float(prior @ (counts * (logs - predictor) - counts + means))
