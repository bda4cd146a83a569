"""A schedule is made and edited on a page, as an admin clicks it."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from escalation.actions import schedules
from escalation.models import Schedule, Target
from escalation.on_call.lookup import on_call_at
from escalation.pages.schedules.forms import ScheduleForm
from incidents.models import Membership
from tests.api import make_person
from tests.escalation.schedules.pages import ANCHOR, make_schedule
from tests.factories import make_policy, make_team, make_user
from tests.pages import words

pytestmark = pytest.mark.django_db


def fields(people, **changes):
    return {
        "layers": "1",
        "0-name": "Weekly",
        "0-rank": "1",
        "0-unit": "week",
        "0-every": "1",
        "0-anchor": ANCHOR,
        "0-turns": "calendar",
        "0-secondaries": "0",
        "0-windows": "0",
        "0-person": [str(person.pk) for person in people],
        "name": "Payments",
        "zone": "Europe/Berlin",
        "keeps_order": "on",
        **changes,
    }


def test_a_new_schedule_is_made_of_what_was_chosen(client, owner, people):
    answer = client.post("/schedules/add/", fields(people))

    schedule = Schedule.objects.get()
    assert answer.status_code == 302, words(answer)
    assert answer["Location"] == schedule.get_absolute_url()
    definition = schedules.definition_at(schedule, timezone.now())
    assert definition.layers[0].ring == tuple((person.pk,) for person in people)


def test_two_people_of_one_place_are_on_call_together(client, owner, people):
    client.post("/schedules/add/", fields(people, **{"0-together": ["1"]}))

    definition = schedules.definition_at(Schedule.objects.get(), timezone.now())
    ana, bo, cy = (person.pk for person in people)
    assert definition.layers[0].ring == ((ana, bo), (cy,))


@pytest.mark.parametrize(
    ("button", "expected"),
    [
        ("add-person:0", 4),
        ("remove-person:0:1", 2),
        ("remove-person:0:99", 3),
        ("up:0:nonsense", 3),
        ("no-such-button", 3),
    ],
)
def test_a_button_changes_the_form_and_saves_nothing(client, owner, people, button, expected):
    answer = client.post("/schedules/add/", fields(people, do=button))

    assert answer.status_code == 200
    assert answer.content.count(b'name="0-person"') == expected
    assert not Schedule.objects.exists()


def test_people_are_moved_and_layers_added(client, owner, people):
    ana, bo, _ = people
    answer = client.post("/schedules/add/", fields(people, do="up:0:1"))
    chosen = re.findall(r'<option value="(\d+)" selected>', answer.content.decode())
    assert chosen[:2] == [str(bo.pk), str(ana.pk)]

    answer = client.post("/schedules/add/", fields(people, do="add-layer"))
    assert b'name="1-name"' in answer.content


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"0-every": "x"}, "Every: A valid integer is required"),
        ({"0-unit": "week", "0-every": "200"}, "Every: A turn lasts at most 104 weeks"),
        ({"0-anchor": ""}, "First hand-over: This field may not be blank"),
        ({"0-person": []}, "People: Nobody is in this layer"),
        ({"0-secondaries": "3"}, "On call at once: 4 are on call at once"),
        (
            {"0-windows": "1", "0-0-days": ["0"], "0-0-start": "nine", "0-0-end": "17:00"},
            "Write a time of day",
        ),
        ({"name": ""}, "This field is required"),
        ({"role": "primary"}, "Say of which team it is the role"),
    ],
)
def test_what_cannot_be_is_said_where_it_stands(client, owner, people, change, sentence):
    answer = client.post("/schedules/add/", fields(people, **change))

    assert answer.status_code == 422
    assert sentence in words(answer)
    assert not Schedule.objects.exists()


def test_an_edit_shows_what_it_changes_before_it_is_saved(client, owner, people):
    schedule = make_schedule(people)
    di = make_user("Di")
    url = reverse("schedule_edit", args=[schedule.pk])
    posted = fields([*people, di], **{"0-id": "weekly", "when": "next"})

    shown = client.post(url, {**posted, "do": "look"})

    assert shown.status_code == 200
    assert "What changes" in words(shown)
    assert "Di" in words(shown).partition("Hours in the next quarter")[2]
    assert schedule.versions.count() == 1

    saved = client.post(url, posted, follow=True)

    assert "is saved" in words(saved)
    new = schedule.versions.last()
    assert new.effective_from > timezone.now()
    assert new.made_by == owner


def test_whoever_is_not_on_call_again_for_a_quarter_is_named_as_well(client, owner):
    crowd = [make_user(f"Person {number}") for number in range(15)]
    schedule = make_schedule(crowd)
    (present,) = on_call_at(schedule, timezone.now())[0].people
    posted = fields(crowd, **{"0-id": "weekly", "0-name": "Rota", "when": "next", "do": "look"})

    page = words(client.post(reverse("schedule_edit", args=[schedule.pk]), posted))

    assert f"it is {present}, and from then on Person" in page
    assert "somebody who is gone" not in page


def test_an_edit_without_a_change_makes_no_version(client, owner, people):
    schedule = make_schedule(people)
    posted = fields(people, **{"0-id": "weekly", "when": "now"})

    client.post(reverse("schedule_edit", args=[schedule.pk]), posted)

    assert schedule.versions.count() == 1


def test_a_new_name_leaves_what_was_published_meanwhile(owner, people):
    schedule = make_schedule(people)
    form = ScheduleForm({"name": "Ledger"}, instance=schedule, user=owner)
    assert form.is_valid()
    Schedule.objects.update(revision=7)

    form.save()

    assert Schedule.objects.values_list("name", "revision").get() == ("Ledger", 7)


def test_a_role_without_a_team_is_refused_once(client, owner, people):
    page = client.post(reverse("schedule_new"), fields(people, role="primary"))

    assert words(page).count("Say of which team it is the role.") == 1
    assert not Schedule.objects.exists()


def test_a_manager_edits_the_schedule_of_the_team(client, people):
    manager = make_person("Responder")
    team = make_team(manager)
    Membership.objects.filter(user=manager).update(is_manager=True)
    schedule = make_schedule(people)
    Schedule.objects.update(team=team)
    client.force_login(manager)

    assert client.get(reverse("schedule_edit", args=[schedule.pk])).status_code == 200


def test_a_schedule_that_a_policy_tells_is_kept(client, owner, people):
    schedule = make_schedule(people)
    policy = make_policy([])
    Target.objects.create(step=policy.steps.get(), kind="schedule", schedule=schedule)

    answer = client.post(reverse("schedule_delete", args=[schedule.pk]), follow=True)

    assert "change that first" in words(answer)
    assert Schedule.objects.exists()
