"""Throttling of inbound endpoints: 429 once the backlog of an integration is full."""

from typing import Any

from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from integrations.endpoints.request import MessageRequest
from integrations.inbound import receive


class BacklogThrottle(BaseThrottle):
    """Count a message against the rate limit of ``view.config``, and refuse it if the backlog is
    full too.

    A message past the limit that still fits the backlog is allowed: it is stored and paced by
    ``receive.store``, by ``view.decision``. Asked once the sender is
    authenticated: strangers use up nobody's rate.
    """

    def allow_request(self, request: Request, view: Any) -> bool:
        """Whether the message may be stored. Raises Changed if the integration was deleted."""
        assert isinstance(request, MessageRequest)
        view.decision = receive.admit(view.config, request.inbound)
        return not view.decision.is_full
