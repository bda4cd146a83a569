"""Every refusal of the API in one shape: a code that stays, and a sentence that may change."""

import re
from typing import Any

from django.db import DataError, IntegrityError
from django.db.models import ProtectedError, RestrictedError
from psycopg.errors import UniqueViolation
from rest_framework import status
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.views import exception_handler, set_rollback

from incidents.actions.idempotency import KeyReused
from incidents.errors import DomainError, InvalidRequest
from integrations.errors import RulesError, UnreadableBody, UnrecognizedPayload
from opsportal.lib.encryption import SecretUnreadable
from opsportal.runtime.outage import API_BODY, RETRY_AFTER_S, is_away, outage

FIELD = re.compile(r"^([a-z][a-z_]*): (.+)$", re.DOTALL)
EVERYWHERE = api_settings.NON_FIELD_ERRORS_KEY


def handle(exc: Exception, context: dict[str, Any]) -> Response | None:
    """The answer to an error that was expected; None for a bug, which is logged as one."""
    ours = _ours(exc)
    if ours is not None:
        set_rollback()
        return ours
    answer = exception_handler(exc, context)
    if answer is None:
        return None
    if isinstance(exc, ValidationError):
        fields = answer.data if isinstance(answer.data, dict) else {EVERYWHERE: answer.data}
        answer.data = {"code": "invalid", "detail": _first(fields), "fields": fields}
    else:
        answer.data = {"code": _code(exc, answer), "detail": _first(answer.data)}
    return answer


def _ours(exc: Exception) -> Response | None:
    if isinstance(exc, DomainError):
        return _of_a_rule(exc)
    if isinstance(exc, SecretUnreadable):
        return _refusal("secret_unreadable", str(exc))
    if isinstance(exc, RulesError):
        rows = [{"where": where, "problem": problem} for where, problem in exc.problems]
        return _bad(exc.code, str(exc), {"rules": rows})
    if isinstance(exc, UnreadableBody | UnrecognizedPayload):
        return _bad(exc.code, str(exc), {"body": [str(exc)]})
    if isinstance(exc, ProtectedError | RestrictedError):
        return _refusal("in_use", _users_of(exc))
    return _of_the_database(exc)


def _of_the_database(exc: Exception) -> Response | None:
    if is_away(exc):
        return _unavailable()
    if isinstance(exc, IntegrityError) and isinstance(exc.__cause__, UniqueViolation):
        return _refusal("conflict", "There is one like this already.")
    if isinstance(exc, DataError):
        return _bad("invalid", "A value is out of the range that can be kept.", {})
    return None


def _unavailable() -> Response:
    outage.begin()
    headers = {"Retry-After": str(RETRY_AFTER_S)}
    return Response(API_BODY, status.HTTP_503_SERVICE_UNAVAILABLE, headers=headers)


def _of_a_rule(exc: DomainError) -> Response:
    """A rule that names a field is answered like any other wrong field."""
    if isinstance(exc, KeyReused):
        return _refusal(exc.code, str(exc), status.HTTP_422_UNPROCESSABLE_ENTITY)
    named = FIELD.match(str(exc)) if isinstance(exc, InvalidRequest) else None
    if named is None:
        return _refusal(exc.code, str(exc))
    field, sentence = named.groups()
    return _bad(exc.code, str(exc), {field: [sentence]})


def _refusal(code: str, sentence: str, answer: int = status.HTTP_409_CONFLICT) -> Response:
    return Response({"code": code, "detail": sentence}, answer)


def _bad(code: str, sentence: str, fields: dict[str, Any]) -> Response:
    body = {"code": code, "detail": sentence, "fields": fields}
    return Response(body, status.HTTP_400_BAD_REQUEST)


def _users_of(exc: ProtectedError | RestrictedError) -> str:
    rows = exc.protected_objects if isinstance(exc, ProtectedError) else exc.restricted_objects
    kinds = sorted({str(row._meta.verbose_name_plural) for row in rows})
    return f"It is still used by {', '.join(kinds)}."


def _code(exc: Exception, answer: Response) -> str:
    codes = exc.get_codes() if isinstance(exc, APIException) else None
    if isinstance(codes, str):
        return codes
    return "not_found" if answer.status_code == status.HTTP_404_NOT_FOUND else "permission_denied"


def _first(data: Any, where: str = "") -> str:
    """The first sentence in whatever shape of errors, with the place that it is about."""
    if isinstance(data, dict):
        rows = [(key, value) for key, value in data.items() if value]
        if not rows:
            return "Invalid."
        key, value = rows[0]
        inner = where if key in (EVERYWHERE, "detail") else f"{where}.{key}".strip(".")
        return _first(value, inner)
    if isinstance(data, list):
        for index, value in enumerate(data):
            if value:
                nested = isinstance(value, dict)
                return _first(value, f"{where}[{index}]" if nested else where)
        return "Invalid."
    return f"{where}: {data}" if where else str(data)
