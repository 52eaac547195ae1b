"""How is a series of counts explained? A log-linear model with overdispersion, fitted by reweighted least squares.

Written from McCullagh & Nelder (Generalized Linear Models, 1989, ch. 2 and 6). Start, stopping rule and what is reported of the last
step are those documented for R's `glm.fit`: results that are compared with R's to 1e-6 depend on which iteration is the last.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]
Places = NDArray[np.int64]
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


@dataclass(frozen=True, slots=True)
class Fits:
    """As `Fit`, for many series at once: everything but `df` has a row a series. Where `found` is false the row says nothing."""

    coefficients: Floats
    covariance: Floats
    means: Floats
    leverage: Floats
    pearson: Floats
    df: int
    converged: Truths
    found: Truths

    @property
    def dispersion(self) -> Floats:
        """Never below 1."""
        return np.maximum(1.0, self.pearson)

    def at(self, points: Floats) -> tuple[Floats, Floats]:
        """The linear predictors at points of the design, a column each, and their variances without dispersion."""
        spread = ((points @ self.covariance) * points).sum(-1)
        return (points @ self.coefficients[:, :, None])[:, :, 0], np.maximum(0.0, spread)

    def of(self, rows: Truths) -> Fits:
        """These rows of it."""
        coefficients, covariance, means = self.coefficients[rows], self.covariance[rows], self.means[rows]
        return Fits(
            coefficients, covariance, means, self.leverage[rows], self.pearson[rows], self.df, self.converged[rows], self.found[rows]
        )

    def one(self) -> Fit | None:
        """The first row alone."""
        if not self.found[0]:
            return None
        pearson, converged = float(self.pearson[0]), bool(self.converged[0])
        return Fit(self.coefficients[0], self.covariance[0], self.means[0], self.leverage[0], pearson, self.df, converged)


def fit(design: Floats, counts: Floats, weights: Floats | None = None, offset: Floats | None = None, growth: float = 0.0) -> Fit | None:
    """log μ = design·β + offset, variance φμ(1 + growth·μ)/weight. None where the design says nothing of some coefficient."""
    return fits(design, counts[None], None if weights is None else weights[None], None if offset is None else offset[None], growth).one()


def fits(design: Floats, counts: Floats, weights: Floats | None = None, offset: Floats | None = None, growth: float = 0.0) -> Fits:
    """The same for each row of counts, by the same design. A row comes out to the last bit as it does alone: what a signal stores gives
    the signal again, whatever was judged beside it.
    """
    y, last = counts, _Last.nothing(counts.shape, design.shape[1])
    if (factors := _orthogonal(design)) is None:
        return last.fits(np.full_like(design, np.nan), np.eye(design.shape[1]), counts)
    basis, triangle = factors
    prior = np.ones_like(y) if weights is None else weights
    shift = np.zeros_like(y) if offset is None else offset
    logs = np.log(np.where(y > 0, y, 1.0))
    means = y + 0.1
    predictor = np.log(means)
    before = _deviance(y, logs, means, predictor, prior)
    going = np.arange(len(y))
    for _ in range(STEPS):
        working = prior * means / (1 + growth * means)
        weighted = basis.T * working[:, None, :]
        information = weighted @ basis
        step = _each(np.linalg.solve, information, weighted @ (predictor - shift + y / means - 1)[:, :, None])
        predictor = np.minimum(np.maximum((basis @ step)[:, :, 0] + shift, -FAR), FAR)
        means = np.exp(predictor)
        after = _deviance(y, logs, means, predictor, prior)
        settled = np.abs(after - before) / (np.abs(after) + 0.1) < TOLERANCE
        last.keep(going, step[:, :, 0], information, working, means, settled)
        on = ~settled & np.isfinite(after)
        going = going[on]
        if not going.size:
            break
        y, prior, shift, logs, means, predictor, before = (one[on] for one in (y, prior, shift, logs, means, predictor, after))
    return last.fits(basis, triangle, counts)


@dataclass(frozen=True, slots=True)
class _Last:
    """What the last step of each row left behind."""

    step: Floats
    information: Floats
    working: Floats
    means: Floats
    converged: Truths

    @classmethod
    def nothing(cls, shape: tuple[int, ...], size: int) -> _Last:
        rows, points = shape
        step, information, working = (np.full(of, np.nan) for of in ((rows, size), (rows, size, size), (rows, points)))
        return cls(step, information, working, working.copy(), np.zeros(rows, bool))

    def keep(self, rows: Places, step: Floats, information: Floats, working: Floats, means: Floats, converged: Truths) -> None:
        self.step[rows], self.information[rows], self.working[rows] = step, information, working
        self.means[rows], self.converged[rows] = means, converged

    def fits(self, basis: Floats, triangle: Floats, counts: Floats) -> Fits:
        # The covariance by its root: what is made of its squares is never negative.
        root = _each(np.linalg.inv, _each(np.linalg.cholesky, self.information)).transpose(0, 2, 1)
        df = counts.shape[1] - basis.shape[1]
        pearson = (self.working * (counts / self.means - 1) ** 2).sum(-1) / df if df else np.ones(len(counts))
        back = np.linalg.inv(triangle)
        leverage = self.working * ((basis @ root) ** 2).sum(-1)
        own = back @ root
        coefficients = (back @ self.step[:, :, None])[:, :, 0]
        found: Truths = np.isfinite(root.sum((1, 2))) & np.isfinite(coefficients.sum(1))
        return Fits(coefficients, own @ own.transpose(0, 2, 1), self.means, leverage, pearson, df, self.converged, found)


def _each(of: Callable[..., Floats], *stacks: Floats) -> Floats:
    """What the function makes of each matrix of a stack; NaN where one has no inverse, which numpy says of the stack as a whole."""
    try:
        return of(*stacks)
    except np.linalg.LinAlgError:
        return np.stack([_alone(of, one) for one in zip(*stacks, strict=True)])


def _alone(of: Callable[..., Floats], matrices: Sequence[Floats]) -> Floats:
    try:
        return of(*matrices)
    except np.linalg.LinAlgError:
        return np.full_like(matrices[-1], np.nan)


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


def anscombe(counts: Floats, fitted: Fit | Fits) -> Floats:
    """Residuals that are nearly normal, standardised by dispersion and leverage (Farrington and others, 1996, 3.6)."""
    raw = 1.5 * (np.cbrt(counts) ** 2 / fitted.means ** (1 / 6) - np.sqrt(fitted.means))
    room = 1 - fitted.leverage
    spread = np.sqrt(np.asarray(fitted.dispersion)[..., None] * np.where(room > 1e-9, room, 1.0))
    return np.where(room > 1e-9, raw / spread, 0.0)


def downweighted(residuals: Floats, threshold: float) -> Floats:
    """Weights that make little of past outbreaks: γ s⁻² beyond the threshold, γ elsewhere; their sum is the number of points."""
    weights: Floats = np.where(residuals > threshold, np.maximum(np.abs(residuals), 1e-9) ** -2.0, 1.0)
    weights *= residuals.shape[-1] / weights.sum(-1, keepdims=True)
    return weights


def _deviance(counts: Floats, logs: Floats, means: Floats, predictor: Floats, prior: Floats) -> Floats:
    deviance: Floats = 2 * (prior * (counts * (logs - predictor) - counts + means)).sum(-1)
    return deviance
