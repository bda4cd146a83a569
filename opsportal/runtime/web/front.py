"""The ASGI application of a web process: it waits for bodies, and lanes of threads do the work.

Django stays synchronous behind it. No thread ever waits for a client: a request goes to a thread
when its body is there, and the event loop sends the answer.
"""

import asyncio
import json
import signal
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from integrations.inbound.access import Network
from opsportal.runtime.web.body import BodyError, BodyReader, Busy, Receive
from opsportal.runtime.web.environ import environ_of, headers_of, without_claims
from opsportal.runtime.web.lane import Answer, Lane

Send = Callable[[dict[str, Any]], Awaitable[None]]
TICK_S = 1.0
GRACE_S = 2.0  # for bodies on their way when the process is to end
RETRY_AFTER_S = b"5"


class Front:
    """``lane_of`` chooses the lane of a path and a host, and the most bytes that its body may have.

    ``report_alive`` is called every second while the loop turns, with the time (of
    ``time.monotonic()``) at which each lane had a free thread. Only from ``trusted_proxies`` are
    the headers believed that say for whom a proxy asks.
    """

    def __init__(
        self,
        lanes: list[Lane],
        lane_of: Callable[[str, str], tuple[Lane, int]],
        report_alive: Callable[[float], None],
        trusted_proxies: Sequence[Network] = (),
    ) -> None:
        self.lanes, self.lane_of, self.report_alive = lanes, lane_of, report_alive
        self.trusted_proxies = trusted_proxies
        self.bodies = BodyReader()

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        answer = await self._answer(scope, receive)
        start = {"type": "http.response.start", "status": answer.status, "headers": answer.headers}
        await send(start)
        await send({"type": "http.response.body", "body": answer.content})

    async def _answer(self, scope: Mapping[str, Any], receive: Receive) -> Answer:
        headers = without_claims(scope, headers_of(scope), self.trusted_proxies)
        host = headers.get(b"host", b"").decode("latin-1")
        lane, limit = self.lane_of(scope["path"], host)
        try:
            body = await self.bodies.read(headers, receive, limit)
        except BodyError as error:
            return _refusal(error)
        try:
            if lane.is_full:
                return _refusal(Busy())
            return await lane.run(environ_of(scope, headers, body)) or _refusal(Busy())
        finally:
            self.bodies.release(body)

    async def _live(self, receive: Receive, send: Send) -> None:
        """From the start of the process to its end."""
        await receive()
        loop = asyncio.get_running_loop()
        for lane in self.lanes:
            lane.start(loop)
        loop.add_signal_handler(signal.SIGTERM, self._stop, loop)
        ticking = loop.create_task(self._tick())
        await send({"type": "lifespan.startup.complete"})
        await receive()
        ticking.cancel()
        await send({"type": "lifespan.shutdown.complete"})

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            self.bodies.end_slow(time.monotonic())
            self.report_alive(min(lane.free_at for lane in self.lanes))

    def _stop(self, loop: asyncio.AbstractEventLoop) -> None:
        """The server waits for open requests: those whose body does not come must not keep it."""
        loop.call_later(GRACE_S, self.bodies.stop)
        signal.raise_signal(signal.SIGINT)  # The server ends by either signal.


def _refusal(error: BodyError) -> Answer:
    content = json.dumps({"code": error.code, "detail": error.detail}).encode()
    headers = [(b"content-type", b"application/json"), (b"connection", b"close")]
    if error.status == 503:
        headers.append((b"retry-after", RETRY_AFTER_S))
    return Answer(error.status, headers, content)
