"""What the parts of a run share: the receiver, a first house, and the list of figures."""

import contextlib
from functools import cached_property

from benchmarks.figures import Figure
from benchmarks.house import House
from benchmarks.load import Load, Sender, request_of
from benchmarks.receiver import Receiver, free_port
from benchmarks.reference import TABLES


class Bench:
    """One run. ``is_short`` is for trying: everything a tenth as long."""

    def __init__(self, *, is_short: bool) -> None:
        self.is_short = is_short
        self.figures: list[Figure] = []
        self.stack = contextlib.ExitStack()
        self.receiver = Receiver()
        self.stack.callback(self.receiver.close)

    @cached_property
    def house(self) -> House:
        """A portal with empty tables; later parts find in it what earlier ones have left."""
        return self.stack.enter_context(House(self.receiver))

    @cached_property
    def reference_port(self) -> int:
        """The reference, beside the portal and on its database."""
        port = free_port()
        self.house.database.execute(TABLES)
        for _ in range(2):  # As many web processes as the portal has.
            self.house.others.append(self.house.spawn("-m", "benchmarks.reference", str(port)))
        self.house.wait(lambda: _is_open(port), 30, "the reference serves")
        return port

    def amount(self, full: float) -> float:
        return full / 10 if self.is_short else full

    @property
    def rounds(self) -> int:
        return 1 if self.is_short else 5

    def add(self, *figure: object, **more: object) -> Figure:
        made = Figure(*figure, **more)
        self.figures.append(made)
        print(made, flush=True)
        return made

    def sender(self, house: House, place: str, connections: int, tag: str = "") -> Sender:
        """Posts one new key after the other; without a tag always the same key."""
        path = house.places[place]["path"]
        if not tag:
            again = request_of(path, house.message("k-same-0"))
            return Sender(house.port, connections, lambda _: again)
        return Sender(
            house.port,
            connections,
            lambda n: request_of(path, house.message(house.key(tag, n))),
        )

    def hammer_reference(self, connections: int, seconds: float, tag: str = "") -> Load:
        house = self.house

        def request(n: int) -> bytes:
            key = house.key(tag, n) if tag else "k-same-0"
            return request_of("/POSTAlert/reference/bench", house.message(key))

        sender = Sender(self.reference_port, connections, request)
        load = sender.hammer(seconds)
        sender.close()
        return load


def _is_open(port: int) -> bool:
    try:
        Sender(port, 1, lambda _: b"").close()
    except OSError:
        return False
    return True
