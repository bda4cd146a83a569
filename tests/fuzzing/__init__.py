"""What machines may think of, at every endpoint; FUZZ=long tries much more."""

import os

LONG = os.environ.get("FUZZ") == "long"


def examples(quick):
    return quick * 25 if LONG else quick
