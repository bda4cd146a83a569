"""``Idempotency-Key``: a POST that is repeated, by a script that got no answer, is done once."""

import hashlib
import json
import re
from collections.abc import Callable
from functools import partial
from typing import Any

import orjson
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from incidents.actions import idempotency
from incidents.errors import DomainError
from incidents.models import ApiKey

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
USABLE = re.compile(r"[!-~]{1,255}")
# Refusals: what the handler wrote before it said no stays written, as without a key.
REFUSALS = (DomainError, APIException, Http404, PermissionDenied)


class IdempotentPost(APIView):
    """A view whose POSTs are done once for each ``Idempotency-Key`` of a credential.

    What is done and the answer are written by one transaction. A refusal is not kept: the same key
    may be sent again with a body that was mended.
    """

    post: Callable[..., Response]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        key = request.headers.get(HEADER)
        if key is None or request.method != "POST" or not hasattr(self, "post"):
            return
        if not USABLE.fullmatch(key):
            told = "Write 1 to 255 visible ASCII characters without spaces."
            raise ValidationError({HEADER: [told]})
        self.post = partial(self._once, key, self.post)

    def _once(
        self,
        key: str,
        handler: Callable[..., Response],
        request: Request,
        *args: Any,
        **kwargs: Any,
    ) -> Response:
        refusal = None
        with transaction.atomic():
            record, is_new = idempotency.claim(_credential(request), key, _fingerprint(request))
            if not is_new:
                answer = json.loads(record.answer)
                return Response(answer, status=record.status, headers={REPLAYED: "true"})
            try:
                response = handler(request, *args, **kwargs)
            except REFUSALS as error:
                refusal = error
                record.delete()
            else:
                body = JSONRenderer().render(response.data).decode()
                idempotency.keep_answer(record, response.status_code, body)
        if refusal:
            raise refusal
        return response


def _credential(request: Request) -> str:
    key = request.auth
    return f"key:{key.pk}" if isinstance(key, ApiKey) else f"user:{request.user.pk}"


def _fingerprint(request: Request) -> str:
    """Of the address and of what the body says, in whatever order its fields stand."""
    body = orjson.dumps(request.data, option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(request.path.encode() + b"\n" + body).hexdigest()
