"""Which methods are there, where do they stand, and who published them? Nothing is loaded until a method is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from importlib import import_module
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True, slots=True)
class Method:
    """`family` and `function` say where the code stands; labels and source are for whoever chooses among them."""

    name: str
    family: str
    function: str
    en: str
    zh: str
    source: str

    def load(self) -> Callable[..., Any]:
        """The function itself; the first of a family loads what the family needs."""
        function: Callable[..., Any] = getattr(import_module(f"services.reporting.analysis.{self.family}"), self.function)
        return function


METHODS: Mapping[str, Method] = MappingProxyType(
    {
        method.name: method
        for method in (
            Method("c-chart", "charts", "c_chart", "c chart of counts", "计数 c 控制图", "NIST/SEMATECH e-Handbook 6.3.3.1"),
            Method("u-chart", "charts", "u_chart", "u chart of rates", "比率 u 控制图", "Montgomery, Statistical Quality Control, 7.3"),
            Method("laney-u", "charts", "laney_u", "Laney's u′ chart", "Laney u′ 控制图", "Laney, Quality Engineering 14 (2002)"),
            Method("laney-p", "charts", "laney_p", "Laney's p′ chart", "Laney p′ 控制图", "Laney, Quality Engineering 14 (2002)"),
            Method("ewma", "drift", "ewma", "Weighted moving average chart", "指数加权移动平均控制图", "NIST/SEMATECH e-Handbook 6.3.2.4"),
            Method("cusum", "drift", "cusum", "Cumulative sum chart", "累积和控制图", "NIST/SEMATECH e-Handbook 6.3.2.3"),
            Method("seasonal-index", "seasonal", "seasonal_index", "Seasonal index", "季节指数", "Macaulay, The Smoothing of Time Series (1931)"),
            Method("seasonality-test", "seasonal", "seasonality_test", "Test of seasonality", "季节性检验", "Lawless, Can. J. Statistics 15 (1987)"),
            Method("poisson-interval", "rates", "poisson_interval", "Exact interval of a rate", "发生率精确区间", "Garwood, Biometrika 28 (1936)"),
            Method("rate-ratio", "rates", "rate_ratio", "Exact test of two rates", "两发生率精确检验", "Przyborowski, Wilenski, Biometrika 31 (1940)"),
            Method("proportion", "rates", "proportion", "Share with Wilson's interval", "比例及 Wilson 区间", "Wilson, JASA 22 (1927)"),
            Method("adjust-p", "several", "adjust_p", "Adjusted p-values", "多重检验校正", "Benjamini, Hochberg, JRSS B 57 (1995)"),
            Method("percentiles", "ordered", "percentiles", "Percentiles", "百分位数", "Hyndman, Fan, American Statistician 50 (1996)"),
            Method("survival", "ordered", "survival", "Kaplan–Meier times", "Kaplan–Meier 时长", "Kaplan, Meier, JASA 53 (1958)"),
            Method("pareto", "shares", "pareto", "Pareto order", "帕累托排序", "Juran, Quality Control Handbook"),
            Method("disproportion", "shares", "disproportion", "Reporting ratios", "不成比例分析", "Evans, Waller, Davis, PDS 10 (2001)"),
            Method("gamma-poisson", "rates", "gamma_poisson", "Prediction from a sparse past", "稀疏历史预测", "Gelman and others, Bayesian Data Analysis, 2.6"),
            Method("farrington", "farrington", "farrington", "Farrington 1996", "Farrington 1996", "Farrington and others, JRSS A 159 (1996)"),
            Method("farrington-flexible", "farrington", "farrington_flexible", "Improved Farrington", "改进的 Farrington", "Noufaily and others, Statistics in Medicine 32 (2013)"),
            Method("trend-signal", "signals", "trend_signal", "Trend signals of a month", "当月趋势信号", "docs/analysis.md"),
        )
    }
)  # fmt: skip
# What reports ask of the worker; no door of its own.
INSIDE: Mapping[str, Method] = MappingProxyType(
    {
        method.name: method
        for method in (
            Method("outlook", "outlook", "outlook", "Growth, season and projection", "增长、季节与预测", "docs/analysis.md"),
            Method("drift-signal", "drifting", "drift_signal", "Drift of a level", "水平漂移", "docs/reports.md"),
            Method("month-signals", "month", "month_signals", "Signals and drifts of a month", "当月信号与漂移", "docs/reports.md"),
        )
    }
)  # fmt: skip
FAMILIES = tuple(dict.fromkeys(method.family for method in (*METHODS.values(), *INSIDE.values())))


def ready(method: str) -> None:
    """Loads what the method needs."""
    (METHODS.get(method) or INSIDE[method]).load()


def calculate(method: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """The method's answer as plain values. Raises Invalid where the series cannot be judged."""
    return asdict((METHODS.get(method) or INSIDE[method]).load()(**fields))
