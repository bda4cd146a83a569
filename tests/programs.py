"""The programs besides Python that tests drive: `pytest.mark.needs("chromium", "chromedriver")`."""

import os
import shutil

import pytest

# Where Debian keeps servers, which is not on everybody's path.
PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"
# The first that is here: a shell without windows does the same work for six tenths of the CPU.
# Debian's command starts it as a child, which the driver of the browser would not end.
SHELL = "/usr/lib/chromium/chromium-headless-shell"
WHOLE = "/usr/lib/chromium/chromium"  # The shell shows no notifications.
NAMES = {
    "chromium": [SHELL, "chromium", "chromium-browser"],
    "whole-chromium": [WHOLE, "chromium", "chromium-browser"],
}
MISSING = "not installed:"


def find(name):
    """The path of a program, or None."""
    found = (shutil.which(known, path=PATH) for known in NAMES.get(name, [name]))
    return next(filter(None, found), None)


def demand(*names):
    """Skip the test that needs a program that is not here; fail it where CI is set."""
    missing = [name for name in names if not find(name)]
    if not missing:
        return
    reason = f"{MISSING} {', '.join(missing)}"
    if os.environ.get("CI"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
