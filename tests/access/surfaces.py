"""Who may open and change what: every page, every page of the admin, every operation of the API.

``tests/access.txt`` has a line for each. What is new has none, and fails here until somebody has
said who it is for. Letters: Owner, App admin, Integrations admin, Group admin, Responder,
Stakeholder, and Nobody, who can log in and has no role. All are in the team of the service.
"""

from pathlib import Path

from django.db import transaction
from django.template import Origin
from django.template.loaders.base import Loader

FILE = Path(__file__).parent.parent / "access.txt"
ROLES = {
    "O": "Owner",
    "A": "App Admin",
    "I": "Integrations Admin",
    "G": "Group Admin",
    "R": "Responder",
    "S": "Stakeholder",
    "N": "",
}
REFUSED = {401, 403, 404}
LOGIN = "/admin/login/"


def expected(surface):
    """The lines of one part of the file: what is asked for, and by whom it may be (-: nobody)."""
    text = FILE.read_text().partition(f"# {surface}\n")[2].partition("\n#")[0]
    lines = (line.partition(": ") for line in text.strip().splitlines())
    return {what.strip(): who.strip().strip("-") for what, _, who in lines}


class Blank(Loader):
    """Every template, with nothing in it."""

    def get_template_sources(self, template_name):
        yield Origin(template_name, template_name, self)

    def get_contents(self, origin):
        return ""


def undone(call):
    """What a request answers, without what it did."""
    with transaction.atomic():
        found = call()
        transaction.set_rollback(True)
    return found
