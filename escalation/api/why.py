"""``why/`` of incidents and schedules: of whom it is asked, and the form of the answer."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.serializers import BaseSerializer

from escalation.serializers.why import WhyQuerySerializer
from escalation.why.reasons import Answer
from incidents.models import User

PERSON = OpenApiParameter("person", str, description="An id or an e-mail address. Left out: you.")


def person_of(request: Request, me: User) -> User:
    """Whom ``person`` names, of those whom one may see. Raises ValidationError."""
    text = request.query_params.get("person")
    asked = WhyQuerySerializer(data={"person": text} if text else {}, context={"request": request})
    asked.is_valid(raise_exception=True)
    found: User = asked.validated_data.get("person", me)
    return found


def shown(answer: Answer, person: User, form: type[BaseSerializer[Any]]) -> Any:
    """The answer as the API gives it."""
    fields = {"person": person.pk, "is_yes": answer.is_yes, "text": answer.text}
    reasons = [{"at": one.at, "text": one.text} for one in answer.reasons]
    return form({**fields, "reasons": reasons}).data
