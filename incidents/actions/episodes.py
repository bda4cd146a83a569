"""Known ends of episodes: a trigger of what is over is late, in whichever order they came."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from incidents.choices import ReportAction
from incidents.models import EpisodeEnd
from incidents.report import Report

# Alertmanager repeats what it could not deliver until its group is over, others for a day or so.
KEPT = timedelta(days=7)
Known = dict[tuple[int, str], datetime]


@dataclass(slots=True)
class Ends:
    """The ends that are known of the episodes of a batch, and those that the batch tells."""

    known: Known = field(default_factory=dict)
    told: list[EpisodeEnd] = field(default_factory=list)

    @classmethod
    def of(cls, reports: Iterable[Report]) -> "Ends":
        """The keys of the reports are locked. One query, where an episode is named at all."""
        named = {_identity(report) for report in reports if report.episode}
        if not named:
            return cls()
        rows = EpisodeEnd.objects.filter(
            service__in={service for service, _ in named},
            digest__in={digest for _, digest in named},
        ).values_list("service_id", "digest", "ended_at")
        return cls({(service, digest): at for service, digest, at in rows})

    def end_before(self, report: Report) -> datetime | None:
        """When the end of the episode came that this report says begins; None if it did not."""
        if not report.episode or report.action != ReportAction.TRIGGER:
            return None
        return self.known.get(_identity(report))

    def note(self, report: Report) -> None:
        """Remember the end that this report tells, if it does."""
        if not report.episode or report.action != ReportAction.RESOLVE:
            return
        identity = service_id, digest = _identity(report)
        if identity not in self.known:
            self.known[identity] = report.at
            self.told.append(EpisodeEnd(service_id=service_id, digest=digest, ended_at=report.at))

    def write(self) -> None:
        """Save what was told."""
        EpisodeEnd.objects.bulk_create(self.told, ignore_conflicts=True, batch_size=1000)


def delete_ends(now: datetime, *, limit: int) -> int:
    """Forget the ends that are a week old, the oldest first; returns how many."""
    over = EpisodeEnd.objects.filter(ended_at__lt=now - KEPT).order_by("ended_at")
    ids: Sequence[int] = list(over.values_list("pk", flat=True)[:limit])
    return EpisodeEnd.objects.filter(pk__in=ids).delete()[0] if ids else 0


def _identity(report: Report) -> tuple[int, str]:
    text = json.dumps([report.key, report.episode])
    return report.service_id, hashlib.sha256(text.encode()).hexdigest()
