"""What does the form say of itself? Which period it tells of, how complete, of what, as of when, in which zone, under which rules."""

from __future__ import annotations

from services.reporting.form.given import Given


def about(given: Given) -> list[tuple[str, str]]:
    """Pairs of a word and what it says."""
    report, w = given.report, given.words
    state = w["is_complete"] if report["complete"] else w[report["why"]]
    as_of = report["as_of"]
    positions = ", ".join(f"{source} {position}" for source, position in as_of["positions"].items())
    return [
        (w["period"], report["period"]),
        (w["state"], f"{state} ({report['expected_from']})"),
        (w["version"], str(report["version"])),
        (w["filters"], w["no_filters"]),
        (w["as_of"], given.moment(as_of["recorded_at"])),
        (w["policy"], report["policy_version"]),
        (w["zone"], given.zone.key),
        (w["made_for"], given.made_for),
        (w["positions"], positions),
    ]


def title(given: Given) -> str:
    return given.words["title_month" if given.period.bucket == "month" else "title_year"]
