"""The newest text of an alert wins; the first stays on the timeline."""

from typing import Any

from incidents.actions.ingest_batch import Rows
from incidents.choices import TimelineVerb
from incidents.models import Alert, Incident
from incidents.report import Report

# Of an alert; and what an incident calls it, while it says what the alert says.
TEXTS = {"title": "title", "short_text": "", "long_text": "description", "url": "url"}


def take_over_text(rows: Rows, report: Report, alert: Alert) -> None:
    """What a repetition says newly is what pages and later messages say; what it leaves out stays.

    Its incident follows, unless that tells of another alert, or a person has changed its text.
    """
    news = {name: text for name in TEXTS if (text := getattr(report, name))}
    news = {name: text for name, text in news.items() if text != getattr(alert, name)}
    attributes = _merged(alert.attributes, report.attributes)
    if not news and attributes == alert.attributes:
        return
    if "title" in news and not alert.first_title:
        alert.first_title = alert.title
        text = f"First: {alert.title}. Now: {report.title}"
        rows.add_entry(report, alert.incident, TimelineVerb.UPDATED, text, silent=True)
    _tell(alert.incident, alert, news)
    for name, text in news.items():
        setattr(alert, name, text)
    alert.attributes = attributes
    rows.mark_retold(alert)


def _tell(incident: Incident, alert: Alert, news: dict[str, str]) -> None:
    for name, text in news.items():
        column = TEXTS[name]
        if column and getattr(incident, column) == getattr(alert, name):
            setattr(incident, column, text)


def _merged(known: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """Tables are merged, since people and clients add to them; all else is taken over."""
    return known | {
        name: {**known.get(name, {}), **value} if isinstance(value, dict) else value
        for name, value in new.items()
    }
