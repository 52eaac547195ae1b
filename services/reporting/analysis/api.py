"""Which statistics may be asked of a series one posts? `/api/v1/analysis`: the door parses, the worker calculates, nothing is kept."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import APIRouter, Request
from pydantic import BaseModel

from services.reporting.analysis import answers, bodies
from services.reporting.analysis.calculator import TookTooLong
from services.reporting.analysis.methods import METHODS
from services.reporting.live import Live
from shared.access import Principal
from shared.web import Problem, allow, language, reply
from shared.web.replies import Reply
from shared.web.serving import serving

router = APIRouter(prefix="/api/v1/analysis", tags=["reporting"])

Analyst = Annotated[Principal, allow("quality", "approver", "analyst", "auditor")]


class ShownMethod(BaseModel):
    method: str
    label: str
    source: str


class ShownMethods(BaseModel):
    items: list[ShownMethod]


@router.get("/methods", response_model=ShownMethods)
async def methods(request: Request, who: Analyst) -> Reply:
    """Every method by name, with its label and who published it."""
    chinese = language(request) == "zh-CN"
    items = [{"method": one.name, "label": one.zh if chinese else one.en, "source": one.source} for one in METHODS.values()]
    return reply({"items": items})


@router.post("/c-chart", response_model=answers.Chart)
async def c_chart(body: bodies.CChart, request: Request, who: Analyst) -> Reply:
    """Counts of like units against their mean ± 3 standard deviations."""
    return await _calculated(request, "c-chart", body)


@router.post("/u-chart", response_model=answers.RateChart)
async def u_chart(body: bodies.UChart, request: Request, who: Analyst) -> Reply:
    """Counts per unit of exposure against their mean ± 3 standard deviations."""
    return await _calculated(request, "u-chart", body)


@router.post("/laney-u", response_model=answers.LaneyChart)
async def laney_u(body: bodies.Laney, request: Request, who: Analyst) -> Reply:
    """A u-chart for rates that vary more than chance makes them."""
    return await _calculated(request, "laney-u", body)


@router.post("/laney-p", response_model=answers.LaneyChart)
async def laney_p(body: bodies.Laney, request: Request, who: Analyst) -> Reply:
    """The same for shares of trials."""
    return await _calculated(request, "laney-p", body)


@router.post("/ewma", response_model=answers.Ewma)
async def ewma(body: bodies.Ewma, request: Request, who: Analyst) -> Reply:
    """An average that forgets slowly; for levels that creep."""
    return await _calculated(request, "ewma", body)


@router.post("/cusum", response_model=answers.Cusum)
async def cusum(body: bodies.Cusum, request: Request, who: Analyst) -> Reply:
    """Sums of what lies beyond the target; for levels that creep."""
    return await _calculated(request, "cusum", body)


@router.post("/seasonal-index", response_model=answers.SeasonalIndex)
async def seasonal_index(body: bodies.SeasonalIndex, request: Request, who: Analyst) -> Reply:
    """What each part of the year is of the year's average."""
    return await _calculated(request, "seasonal-index", body)


@router.post("/seasonality-test", response_model=answers.Seasonality)
async def seasonality_test(body: bodies.SeasonalityTest, request: Request, who: Analyst) -> Reply:
    """Does the year repeat itself at all?"""
    return await _calculated(request, "seasonality-test", body)


@router.post("/poisson-interval", response_model=answers.Rate)
async def poisson_interval(body: bodies.PoissonInterval, request: Request, who: Analyst) -> Reply:
    """A rate with its exact interval."""
    return await _calculated(request, "poisson-interval", body)


@router.post("/rate-ratio", response_model=answers.RateRatio)
async def rate_ratio(body: bodies.RateRatio, request: Request, who: Analyst) -> Reply:
    """One rate against another, exactly."""
    return await _calculated(request, "rate-ratio", body)


@router.post("/proportion", response_model=answers.Share)
async def proportion(body: bodies.Proportion, request: Request, who: Analyst) -> Reply:
    """A share with Wilson's interval."""
    return await _calculated(request, "proportion", body)


@router.post("/adjust-p", response_model=answers.Adjusted)
async def adjust_p(body: bodies.AdjustP, request: Request, who: Analyst) -> Reply:
    """P-values of many tests, each with the others in mind."""
    return await _calculated(request, "adjust-p", body)


@router.post("/percentiles", response_model=answers.Percentiles)
async def percentiles(body: bodies.Percentiles, request: Request, who: Analyst) -> Reply:
    """Quantiles, of any of the nine types."""
    return await _calculated(request, "percentiles", body)


@router.post("/survival", response_model=answers.Survival)
async def survival(body: bodies.Survival, request: Request, who: Analyst) -> Reply:
    """How long things stay open, those still open counted as such."""
    return await _calculated(request, "survival", body)


@router.post("/pareto", response_model=answers.Pareto)
async def pareto(body: bodies.Pareto, request: Request, who: Analyst) -> Reply:
    """The vital few, with their running share."""
    return await _calculated(request, "pareto", body)


@router.post("/disproportion", response_model=answers.Disproportion)
async def disproportion(body: bodies.Disproportion, request: Request, who: Analyst) -> Reply:
    """Is an issue reported more of this product than of the rest? No exposure needed."""
    return await _calculated(request, "disproportion", body)


@router.post("/gamma-poisson", response_model=answers.Prediction)
async def gamma_poisson(body: bodies.GammaPoisson, request: Request, who: Analyst) -> Reply:
    """What a sparse past lets one expect."""
    return await _calculated(request, "gamma-poisson", body)


@router.post("/farrington", response_model=answers.Farrington)
async def farrington(body: bodies.Farrington, request: Request, who: Analyst) -> Reply:
    """Points against the same season of past years, after Farrington 1996."""
    return await _calculated(request, "farrington", body)


@router.post("/farrington-flexible", response_model=answers.FarringtonFlexible)
async def farrington_flexible(body: bodies.FarringtonFlexible, request: Request, who: Analyst) -> Reply:
    """The same after Noufaily 2013, with the whole past and a negative-binomial bound."""
    return await _calculated(request, "farrington-flexible", body)


@router.post("/trend-signal", response_model=answers.Judgements)
async def trend_signal(body: bodies.TrendSignal, request: Request, who: Analyst) -> Reply:
    """The rule behind trend signals: is the last month of each series beyond what its past explains?"""
    return await _calculated(request, "trend-signal", body)


async def _calculated(request: Request, method: str, body: bodies.Asked) -> Reply:
    live = cast(Live, serving(request).wiring.live)
    try:
        return reply(await live.calculator(method, body.fields()))
    except TookTooLong:
        raise Problem(503, "This took too long and was stopped. Send fewer or shorter series.", headers={"retry-after": "1"}) from None
