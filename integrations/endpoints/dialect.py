"""One endpoint for all vendors: a Dialect says how its clients speak, ``submit`` does the rest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.http import HttpResponse
from rest_framework.exceptions import Throttled

from integrations.endpoints import responses
from integrations.endpoints.authentication import KeyAuthentication
from integrations.endpoints.body_keys import keys_in
from integrations.endpoints.request import MessageRequest, shown_body
from integrations.endpoints.throttling import BacklogThrottle
from integrations.endpoints.view import EndpointError, InboundView
from integrations.forwarding.keep import keep
from integrations.inbound.endpoint_cache import EndpointConfig
from integrations.inbound.receive import Answers, Receipt, check_access, drop, precheck, store
from integrations.inbound.request import InboundRequest, read_request, target_of
from integrations.inbound.retry import retry_stale


@dataclass(frozen=True, slots=True)
class Submission:
    """A validated message. ``details`` is what the dialect's own answers need of it."""

    inbound: InboundRequest
    errors: Sequence[str] = ()
    details: Any = None


class Dialect:
    """How the clients of one vendor API send messages, and which answers they expect.

    ``route`` names the endpoint in the inbound log, ``accepted_status`` is the HTTP status of an
    accepted message, ``replaced_statuses`` maps our status of a rejection to the vendor's,
    ``key_fields`` are the names of the key in a body; none where it is never there.
    """

    route: str
    accepted_status: int = 200
    replaced_statuses: Mapping[int, int] = {}
    key_fields: Sequence[str] = ()

    def outer_key(self, request: MessageRequest) -> str:
        """The key in header, path or query; '' if there is none. By default ``token`` of the URL.

        Decodes nothing.
        """
        return request.parser_context["kwargs"]["token"]

    def key(self, request: MessageRequest) -> str:
        """The integration key, with the body decoded where it may stand there; '' for none."""
        return self.outer_key(request)

    def shown_keys(self, request: MessageRequest) -> list[str]:
        """Every key that header, path, query or the raw bytes of the body show. Decodes nothing.

        Raises BadEncoding for a body that cannot be decompressed.
        """
        outer = self.outer_key(request)
        inner = keys_in(shown_body(request), self.key_fields) if self.key_fields else []
        return [outer, *inner] if outer else inner

    def unknown_key(self, request: MessageRequest) -> HttpResponse:
        """The answer if the key is missing or belongs to no integration. Decodes nothing."""
        receipt = Receipt(404, None, responses.NOT_FOUND, code="unknown_integration")
        return self.rejected(Submission(request.received), receipt)

    def intercept(self, request: MessageRequest, config: EndpointConfig) -> HttpResponse | None:
        """The answer to a request that is no message (a handshake, a ping); else None.

        May raise Changed.
        """
        return None

    def validate(self, request: MessageRequest) -> Submission:
        """Check the decoded body. A message with errors is stored as Failed."""
        return Submission(request.inbound)

    def target(self, request: MessageRequest) -> str:
        """The path and query by which the old pager gets a message: by default those of ours."""
        return target_of(request._request)

    def accepted(self, submission: Submission, receipt: Receipt) -> HttpResponse:
        """The answer to a message that was stored."""
        raise NotImplementedError

    def rejected(self, submission: Submission, receipt: Receipt) -> HttpResponse:
        """The answer to a message that was refused, is invalid, or is past the rate limit."""
        return responses.rejection(receipt)


class DialectView(InboundView):
    """An endpoint to which messages are posted in one dialect."""

    dialect: ClassVar[Dialect]
    authentication_classes = [KeyAuthentication]
    throttle_classes = [BacklogThrottle]

    def read(self, request: Any) -> InboundRequest:
        return read_request(request, self.dialect.route)

    def unknown_key(self, request: MessageRequest) -> HttpResponse:
        return self.dialect.unknown_key(request)

    def post(self, request: MessageRequest, **kwargs: Any) -> HttpResponse:
        return submit(self, request, self.dialect)


def submit(view: InboundView, request: MessageRequest, dialect: Dialect) -> HttpResponse:
    """Accept a message in the dialect.

    1. read the body, 2. look up the key (both done, by authentication), 3. decode and validate,
    4. check access and signature, 5. count it against the rate limit and store it, 6. keep it for
    the old pager where it is forwarded, 7. answer.
    Steps 4 and 5 are repeated with a fresh endpoint if the cached one is stale.
    """
    submission = dialect.validate(request)
    receipt = retry_stale(lambda: _accept(view, request, dialect, submission))
    if view.config.forward_until is not None:
        keep(view.config, request.received, receipt, dialect.target(request))
    answer = dialect.accepted if receipt.is_accepted else dialect.rejected
    return responses.identify(answer(submission, receipt), receipt)


def _accept(
    view: InboundView, request: MessageRequest, dialect: Dialect, submission: Submission
) -> Receipt:
    """Steps 4 and 5. Raises Changed if the cached endpoint is stale."""
    config = request.credential.resolve()
    if config is None:  # Deleted since it was cached.
        raise EndpointError(dialect.unknown_key(request))
    if response := dialect.intercept(request, config):
        raise EndpointError(response)
    view.config = config
    errors = "; ".join(submission.errors)
    answers = Answers(dialect.accepted_status, dialect.replaced_statuses, errors)
    if receipt := precheck(config, submission.inbound, answers):
        return receipt
    try:
        view.check_throttles(request)
    except Throttled:
        return drop(config, view.decision)
    return store(config, submission.inbound, view.decision, answers)


def check_reader(request: MessageRequest) -> tuple[EndpointConfig | None, Receipt | None]:
    """The endpoint of a request that only reads, and why it may not; None if it is unknown."""

    def attempt() -> tuple[EndpointConfig | None, Receipt | None]:
        config = request.credential.resolve()
        return config, check_access(config, request.inbound) if config else None

    return retry_stale(attempt)
