"""Every template that code or another template names is there, and can be read."""

import re
from pathlib import Path

from django.conf import settings
from django.template.loader import get_template

ROOT = Path(__file__).parent.parent
APPS = ("escalation", "incidents", "integrations", "notifications", "opsportal")
NAMED = re.compile(r"[\"']([a-z_]+/[\w/]+\.(?:html|txt))[\"']")


def names():
    files = [path for app in APPS for path in (ROOT / app).rglob("*.py")]
    files += [
        path for folder in settings.TEMPLATES[0]["DIRS"] for path in Path(folder).rglob("*.*")
    ]
    texts = (path.read_text() for path in files if path.is_file())
    return sorted({name for text in texts for name in NAMED.findall(text)})


def test_each_of_them_can_be_read():
    found = names()

    assert len(found) > 100
    for name in found:
        get_template(name)
