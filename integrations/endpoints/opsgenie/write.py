"""The part of Opsgenie's Alert API that writes: a client needs another host and another key.

A write is stored as any message, and processed before it is answered, since clients ask at once for
its result. https://docs.opsgenie.com/docs/alert-api
"""

import secrets
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import orjson
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema_view

from integrations.decoding.decode import UNREADABLE
from integrations.dialects.opsgenie import requests, responses
from integrations.dialects.opsgenie.ids import uuid_of
from integrations.endpoints.dialect import Dialect, Submission, submit
from integrations.endpoints.opsgenie.http import (
    OK,
    REJECTED,
    ApiError,
    OpsgenieView,
    error_of,
    unknown_key,
)
from integrations.endpoints.opsgenie.read import list_alerts, list_notes, show_alert
from integrations.endpoints.request import MessageRequest
from integrations.endpoints.schema import answer, documented
from integrations.engine import engine
from integrations.inbound.receive import Receipt
from integrations.inbound.request import InboundRequest
from opsportal.lib.text import clean

POSTED = (
    *("close", "acknowledge", "unacknowledge", "snooze", "escalate", "assign"),
    *("responders", "teams", "notes", "tags", "details"),
)
PUT = ("message", "description", "priority")
REMOVED = {"tags": "remove-tags", "details": "remove-details"}
ACTIONS = "|".join([*POSTED, *PUT])


class OpsgenieDialect(Dialect):
    """One request to create an alert, or with an ``identifier`` to act on one."""

    accepted_status = 202

    def __init__(self, view: OpsgenieView, action: str, identifier: str = "") -> None:
        self.view, self.action, self.identifier = view, action, identifier
        self.replaced_statuses: Mapping[int, int] = {}

    def unknown_key(self, request: MessageRequest) -> HttpResponse:
        """Raises ApiError."""
        raise unknown_key()

    def validate(self, request: MessageRequest) -> Submission:
        """``details`` are the faults by field, which are answered with 422. Raises ApiError."""
        inbound = request.inbound
        if not inbound.body.strip():
            inbound = _with_json(inbound, b"{}")
        create = self.action == "create"
        inbound = self._creation(inbound) if create else self._action(request, inbound)
        body = inbound.decoded
        faults = {} if body is UNREADABLE else requests.faults_of(self.action, body)
        if faults:
            self.replaced_statuses = {400: 422}
        error = " ".join(f"{name}: {fault}" for name, fault in faults.items())
        return Submission(inbound, [error] if error else [], faults)

    def _creation(self, inbound: InboundRequest) -> InboundRequest:
        """Without an alias in its body the alert has this one, so that it can be found by it."""
        inbound = inbound.with_header(requests.ACTION, self.action)
        return inbound.with_header(requests.ALIAS, secrets.token_hex(16))

    def _action(self, request: MessageRequest, inbound: InboundRequest) -> InboundRequest:
        kind = request.GET.get("identifierType", "id").lower()
        if kind not in requests.KINDS:
            faults = {"identifierType": "should be id, alias or tiny."}
            raise ApiError(422, responses.FAULTY, errors=faults)
        if self.action in REMOVED.values():
            inbound = _with_json(inbound, _removed(request))
        inbound = replace(inbound, route=requests.ACT)
        inbound = inbound.with_header(requests.ACTION, self.action)
        return inbound.with_header(requests.ALERT, clean(f"{kind}:{self.identifier}"))

    def accepted(self, submission: Submission, receipt: Receipt) -> HttpResponse:
        """Process the request, and answer with its id."""
        if receipt.message_id is None:
            raise error_of(receipt)
        engine.process_now(receipt.message_id)
        return self.view.respond(202, {**responses.ACCEPTED, "requestId": _request_id(receipt)})

    def rejected(self, submission: Submission, receipt: Receipt) -> HttpResponse:
        """Raises ApiError."""
        if receipt.status == 400 and submission.details:
            errors = submission.details
            raise ApiError(422, responses.FAULTY, request_id=_request_id(receipt), errors=errors)
        raise error_of(receipt, _request_id(receipt))


def _with_json(inbound: InboundRequest, body: bytes) -> InboundRequest:
    return replace(inbound, body=body, content_type="application/json")


def _request_id(receipt: Receipt) -> str:
    return uuid_of("request", receipt.message_id) if receipt.message_id else ""


def _removed(request: MessageRequest) -> bytes:
    """What is to be removed stands in the query: as a body it is stored and read as all else."""
    lists = {name: request.GET.get(name, "").split(",") for name in ("tags", "keys")}
    words = {name: request.GET.get(name, "") for name in ("note", "user", "source")}
    return orjson.dumps({name: value for name, value in {**lists, **words}.items() if any(value)})


FAULTS = {"message": responses.FAULTY, "errors": {"message": "Message can not be empty."}, **OK}
WRITTEN = {
    202: answer("The request is processed.", {**responses.ACCEPTED, **OK}),
    422: answer("The request is invalid.", FAULTS),
    **REJECTED,
}
FOUND = {
    200: answer("The alert.", {"data": {"id": "…", "message": "Disk full"}, **OK}),
    404: answer("There is no such alert.", {"message": responses.NO_ALERT, **OK}),
    **REJECTED,
}


@extend_schema_view(
    get=documented(
        "Opsgenie: list alerts",
        responses={200: answer("A page.", {"data": [], "paging": {}, **OK}), **REJECTED},
    ),
    post=documented(
        "Opsgenie: create an alert",
        body={"message": "Disk full", "alias": "db-1/disk", "priority": "P2"},
        responses=WRITTEN,
    ),
)
class AlertsView(OpsgenieView):
    """``/v2/alerts``."""

    methods = ("GET", "POST")

    def get(self, request: MessageRequest) -> HttpResponse:
        return self.respond(200, list_alerts(self.reader(request), request))

    def post(self, request: MessageRequest) -> HttpResponse:
        return submit(self, request, OpsgenieDialect(self, "create"))


@extend_schema_view(
    get=documented("Opsgenie: an alert", responses=FOUND),
    delete=documented("Opsgenie: delete an alert", responses=WRITTEN),
)
class AlertView(OpsgenieView):
    """``/v2/alerts/<identifier>``."""

    methods = ("GET", "DELETE")

    def get(self, request: MessageRequest, identifier: str) -> HttpResponse:
        return self.respond(200, show_alert(self.reader(request), request, identifier))

    def delete(self, request: MessageRequest, identifier: str) -> HttpResponse:
        return submit(self, request, OpsgenieDialect(self, "delete", identifier))


ACTED = documented("Opsgenie: act on an alert", body={"note": "Disk replaced"}, responses=WRITTEN)


@extend_schema_view(
    get=documented("Opsgenie: notes of an alert", responses=FOUND),
    post=ACTED,
    put=ACTED,
    patch=ACTED,
    delete=documented("Opsgenie: remove tags or details", responses=WRITTEN),
)
class ActionView(OpsgenieView):
    """``/v2/alerts/<identifier>/<action>``."""

    methods = ("GET", "POST", "PUT", "PATCH", "DELETE")

    def get(self, request: MessageRequest, identifier: str, action: str) -> HttpResponse:
        if action != "notes":
            self._refuse(request, action)
        return self.respond(200, list_notes(self.reader(request), request, identifier))

    def post(self, request: MessageRequest, identifier: str, action: str) -> HttpResponse:
        return submit(self, request, OpsgenieDialect(self, action, identifier))

    def put(self, request: MessageRequest, identifier: str, action: str) -> HttpResponse:
        if action not in PUT:
            self._refuse(request, action)
        return self.post(request, identifier, action)

    patch = put

    def delete(self, request: MessageRequest, identifier: str, action: str) -> HttpResponse:
        if action not in REMOVED:
            self._refuse(request, action)
        return self.post(request, identifier, REMOVED[action])

    def _refuse(self, request: MessageRequest, action: str) -> Any:
        raise ApiError(405, f"{request.method} is not what {action} takes")
