"""A schedule without a version: nobody is on call in it, and all others go on."""

import pytest
from django.utils import timezone

from escalation import tasks
from escalation.actions import schedules
from escalation.models import Schedule
from escalation.on_call.lookup import on_call_at
from escalation.schedules import resolver
from escalation.schedules.definition import Definition
from escalation.schedules.facts import Facts
from escalation.schedules.timeline import Piece
from tests.factories import make_schedule
from tests.tasks import run_tasks

pytestmark = pytest.mark.django_db


@pytest.fixture
def bare():
    return Schedule.objects.create(name="Bare", zone="Europe/Berlin")


def test_without_a_version_all_the_time_is_nobodys():
    assert resolver.shifts(Facts(), 100, 200) == [Piece(100, 200, ())]


def test_the_worker_publishes_it_and_those_beside_it(bare, caplog):
    other = make_schedule()

    tasks.sweep()
    tasks.tell_on_call()
    run_tasks()

    bare.refresh_from_db()
    other.refresh_from_db()
    assert None not in (bare.published_until, other.published_until)
    assert "could not be published" not in caplog.text


def test_the_pages_show_it_and_an_edit_gives_it_a_version(client, owner, bare):
    other = make_schedule()

    shown = [client.get(path).status_code for path in ("/schedules/", bare.get_absolute_url())]
    definition = Definition.from_json(other.versions.get().definition)
    schedules.edit_schedule(bare, definition, effective_from=timezone.now())

    assert shown == [200, 200]
    assert on_call_at(bare, timezone.now())[0].people
