"""How processes share the tests: a module is run by one of them, and so is a lane of modules."""

from functools import cache
from pathlib import Path

from xdist.scheduler import LoadScopeScheduling

ROOT = Path(__file__).parent.parent
# The marks of modules that run one after another: they share a portal, or need the machine.
LANES = ("load", "browser")


class LaneScheduling(LoadScopeScheduling):
    """Hands out modules and lanes as whole, in the order that `conftest.py` gives them."""

    def __init__(self, config, log):
        config.option.loadscopereorder = False
        super().__init__(config, log)

    def _split_scope(self, nodeid):
        return lane_of(nodeid.partition("::")[0])


@cache
def lane_of(path):
    """The lane of a module by its text, for who distributes tests has not imported them."""
    text = (ROOT / path).read_text()
    return next((mark for mark in LANES if f"pytest.mark.{mark}" in text), path)
