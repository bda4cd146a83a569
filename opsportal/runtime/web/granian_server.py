"""granian in the caller's own process: what the portal overrides of its server.

granian starts a process for each of its workers and watches over them, which the supervisor
does already. The override is of a method that granian does not document.
"""

from typing import Any, NoReturn

from granian.server.mp import MPServer

CHECKED_AGAINST = "granian==2.8.7"


class InProcessServer(MPServer):
    """Serves in the process that calls ``serve``, which returns never: it ends by SystemExit."""

    def _spawn_worker(  # type: ignore[override] # granian's own classes differ, too
        self, idx: int, target: Any, callback_loader: Any
    ) -> NoReturn:
        super()._spawn_worker(idx, target, callback_loader).inner.run()
        raise SystemExit(0)
