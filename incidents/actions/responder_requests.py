"""People who are asked to respond, and their answers."""

from collections.abc import Collection

from django.utils import timezone

from incidents.actions.respond import unless_resolved
from incidents.actions.timeline import entry, record
from incidents.choices import RequestAnswer, TimelineVerb
from incidents.errors import InvalidRequest, NotAsked
from incidents.models import Incident, ResponderRequest, User

MAX_MESSAGE = 500  # characters


def request(
    incident: Incident, user_ids: Collection[int], *, message: str = "", by: User | None = None
) -> None:
    """Note that these were asked. Who declined is asked again; who accepted has done so.

    The caller has locked the incident.
    """
    pageable = User.objects.pageable().filter(pk__in=user_ids).values_list("pk", flat=True)
    now, known = timezone.now(), incident.responder_requests.filter(user__in=user_ids)
    known.exclude(answer=RequestAnswer.ACCEPTED).update(
        answer=RequestAnswer.PENDING,
        answered_at=None,
        requested_at=now,
        requested_by=by,
        message=message[:MAX_MESSAGE],
    )
    asked = set(known.values_list("user_id", flat=True))
    ResponderRequest.objects.bulk_create(
        ResponderRequest(
            incident=incident,
            user_id=user,
            requested_at=now,
            requested_by=by,
            message=message[:MAX_MESSAGE],
        )
        for user in pageable
        if user not in asked
    )


def answer(incident_id: int, answer: str, *, by: User, via: str = "") -> Incident:
    """``by`` accepts or declines. It takes nothing: who acknowledges the incident has it.

    Done twice it changes nothing. Raises NotAsked, InvalidRequest for another word, and
    IncidentClosed.
    """
    if answer not in (RequestAnswer.ACCEPTED, RequestAnswer.DECLINED):
        raise InvalidRequest("answer: write accepted or declined.")
    with unless_resolved(incident_id, "answer", by, via) as incident:
        row = incident.responder_requests.filter(user=by).first()
        if row is None:
            raise NotAsked(f"Nobody has asked you to respond to #{incident.pk}.")
        if row.answer != answer:
            row.answer, row.answered_at = answer, timezone.now()
            row.save(update_fields=["answer", "answered_at"])
            text = RequestAnswer(answer).label.capitalize()
            facts = {"answer": str(answer), "user": by.pk}
            verb = TimelineVerb.RESPONDER_ANSWERED
            record([entry(incident, verb, text, by=by, via=via, facts=facts)])
    return incident
