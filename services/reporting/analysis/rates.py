"""How often, with what certainty, and more often than elsewhere? Exact intervals and tests for events over exposure."""

from __future__ import annotations

from typing import Literal, TypedDict

from scipy import special, stats
from statsmodels.stats.proportion import proportion_confint

from services.reporting.analysis.answers import Prediction, Rate, RateRatio, Share
from services.reporting.analysis.counting import at_least, quantile
from shared.decider import Invalid

Alternative = Literal["two-sided", "greater", "less"]
LEVEL = 0.95


class Exposed(TypedDict):
    """Events and what they are out of, in any unit of exposure."""

    events: int
    exposure: float


def poisson_interval(events: int, exposure: float = 1, confidence: float = 0.95) -> Rate:
    """Events per unit of exposure with the exact interval χ²(α/2; 2c)/2n … χ²(1 − α/2; 2c + 2)/2n (Garwood, Biometrika 28, 1936)."""
    tail = (1 - confidence) / 2
    low = float(special.gammaincinv(events, tail)) if events else 0.0
    high = float(special.gammainccinv(events + 1, tail))
    return Rate(events / exposure, low / exposure, high / exposure)


def rate_ratio(a: Exposed, b: Exposed, alternative: Alternative = "two-sided") -> RateRatio:
    """The rate of `a` over that of `b`: given their sum, the events of `a` are binomial (Przyborowski & Wilenski, Biometrika 31, 1940).

    Limits at 95 % after Clopper and Pearson, one-sided where the alternative is; the two-sided p sums what is no likelier than what was
    seen, as R's `poisson.test` does.
    """
    events = a["events"] + b["events"]
    if not events:
        raise Invalid("/a/events", "Without any event on either side there is no ratio. Take a longer period.")
    share = a["exposure"] / (a["exposure"] + b["exposure"])
    p = float(stats.binomtest(a["events"], events, share, alternative).pvalue)
    per = b["exposure"] / a["exposure"]
    ratio = a["events"] / b["events"] * per if b["events"] else None
    tail = (1 - LEVEL) / (2 if alternative == "two-sided" else 1)
    low = _odds(a["events"], b["events"] + 1, tail) * per if a["events"] and alternative != "less" else 0.0
    high = per / _odds(b["events"], a["events"] + 1, tail) if b["events"] and alternative != "greater" else None
    return RateRatio(ratio, min(p, 1.0), low, high)


def _odds(events: int, others: int, tail: float) -> float:
    """The odds p/(1 − p) at which a beta variable lies below p with this chance: Clopper and Pearson's limit."""
    p = float(special.betaincinv(events, others, tail))
    return p / (1 - p)


def proportion(successes: int, trials: int) -> Share:
    """A share with Wilson's interval at 95 % (Wilson, JASA 22, 1927; method 3 of Newcombe, Statistics in Medicine 17, 1998)."""
    if successes > trials:
        raise Invalid("/successes", f"There are more successes than trials ({trials}). Send all trials, successes among them.")
    low, high = proportion_confint(successes, trials, 1 - LEVEL, "wilson")
    return Share(successes / trials, max(0.0, float(low)), min(1.0, float(high)))


def gamma_poisson(history_total: int, history_exposure: float, current: int, current_exposure: float, level: float = 0.99) -> Prediction:
    """What a sparse history lets one expect: a Poisson rate under the prior Gamma(½, 0) makes the next count NB(S + ½, E/(E + e)).

    Gelman and others, Bayesian Data Analysis, 2.6. `expected` is the predictive mean (S + ½)·e/E, `p` is P(N ≥ current).
    """
    per = current_exposure / history_exposure
    mean, dispersion = (history_total + 0.5) * per, 1 + per
    return Prediction(mean, quantile(level, mean, dispersion), float(at_least(current, mean, dispersion)))
