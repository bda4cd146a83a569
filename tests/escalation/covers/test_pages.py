"""Requests for cover by their links, on the pages and by the API."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from escalation.actions import cover_answers
from escalation.answer_links import answer_path
from escalation.models import CoverRequest
from escalation.on_call.schedule_facts import instant_of
from incidents.models import Membership
from tests.api import make_person, script
from tests.escalation.covers.shifts import on_call
from tests.factories import make_cover_request, make_override, make_schedule, make_team, make_user

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def text_of(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def link_of(request, user):
    return answer_path("cover", request.pk, user.pk, now=timezone.now())


def test_opening_the_link_changes_nothing_and_shows_what_it_is(client, rota):
    schedule, ana, bo, _ = rota
    request = make_cover_request(schedule, ana, message="dentist")
    other = make_schedule(bo, name="Search")

    answer = client.get(link_of(request, bo))
    client.head(link_of(request, bo))

    page = text_of(answer)
    assert "Ana asks for cover" in page
    assert "dentist" in page
    assert "4.0 hours" in page
    assert f"You are on call for {other}" in page
    assert answer["Referrer-Policy"] == "no-referrer"
    assert not request.overrides.exists()


def test_the_button_of_the_link_takes_it_without_a_login(client, rota):
    schedule, ana, bo, cy = rota
    request = make_cover_request(schedule, ana)

    done = client.post(link_of(request, bo), {"answer": "all"})
    late = client.post(link_of(request, cy), {"answer": "all"})

    assert "You cover for Ana" in text_of(done)
    assert late.status_code == 409
    assert "Bo has taken it" in text_of(late)
    assert on_call(schedule, request.starts_at) == ["Bo"]


def test_a_part_is_written_in_the_time_of_the_reader(client, rota):
    schedule, ana, bo, _ = rota
    request = make_cover_request(schedule, ana)
    local = request.starts_at.astimezone(bo.zone).replace(second=0) + timedelta(minutes=61)
    posted = {
        "answer": "part",
        "starts": f"{local:%Y-%m-%dT%H:%M}",
        "ends": f"{local + HOUR:%Y-%m-%dT%H:%M}",
    }

    client.post(link_of(request, bo), posted)

    made = request.overrides.get()
    assert (made.starts_at, made.ends_at) == (local, local + HOUR)


def test_no_is_an_answer_too(client, rota):
    schedule, ana, bo, _ = rota
    request = make_cover_request(schedule, ana)

    client.post(link_of(request, bo), {"answer": "no"})

    assert request.invitations.get(user=bo).declined_at is not None


@pytest.mark.parametrize("change", ["token", "off", "stranger", "old", "nonsense"])
def test_a_link_that_is_not_good_any_more_does_nothing(client, rota, change):
    schedule, ana, bo, _ = rota
    request = make_cover_request(schedule, ana)
    path, posted, status = link_of(request, bo), {"answer": "all"}, 404
    if change == "token":
        path = path[:-2] + ("a/" if path[-2] != "a" else "b/")
    if change == "off":
        bo.is_active, status = False, 403
        bo.save()
    if change == "stranger":
        path, status = link_of(request, make_person("Responder")), 403
    if change == "old":
        path = answer_path("cover", request.pk, bo.pk, now=timezone.now() - timedelta(days=31))
        status = 410
    if change == "nonsense":
        posted, status = {"answer": "perhaps"}, 422

    answer = client.post(path, posted)

    assert answer.status_code == status
    assert not request.overrides.exists()


def test_two_clicks_from_the_shift(client):
    me, bo = make_person("Responder", time_zone="Europe/Berlin"), make_user("Bo")
    schedule = make_schedule(me, bo, name="Payments")
    override = make_override(schedule, me, hours=(0, 30))
    client.force_login(me)
    instant = instant_of(override.starts_at) + 7200

    shift = client.get(f"{schedule.get_absolute_url()}shift/?at={instant}").content.decode()
    (href,) = re.findall(r'href="([^"]+/cover/[^"]+)"', shift)
    form = client.get(href.replace("&amp;", "&"))
    values = dict(re.findall(r'name="(starts|ends)"[^>]*value="([^"]+)"', form.content.decode()))
    done = client.post(href.replace("&amp;", "&"), {**values, "message": ""}, follow=True)

    assert "1 person is asked. You stay on call until somebody takes it." in text_of(done)
    assert "You ask" in text_of(done)
    (request,) = CoverRequest.objects.all()
    client.post(f"/cover-requests/{request.pk}/withdraw/")
    request.refresh_from_db()
    assert request.status == "withdrawn"


def test_my_shifts_says_who_asks_me_and_what_i_cover(client, rota):
    schedule, ana, _, _ = rota
    me = make_person("Responder")
    request = make_cover_request(schedule, ana, me)
    client.force_login(me)

    page = client.get("/my-shifts/").content.decode()
    href = re.findall(r'is-primary" href="(/cover/[^"]+)"', page)[0]
    client.post(href, {"answer": "all"})

    assert "You cover for Ana" in text_of(client.get("/my-shifts/"))
    client.post(f"/cover-requests/{request.pk}/undo/")
    assert on_call(schedule, request.starts_at) == ["Ana"]


def test_a_manager_asks_for_somebody_and_a_colleague_does_not(client, rota):
    schedule, ana, *_ = rota
    url = f"/schedules/{schedule.pk}/cover/?for={ana.pk}"
    client.force_login(make_person("Responder"))
    assert client.get(url).status_code == 403

    manager = make_person("Responder")
    schedule.team = make_team(manager)
    schedule.save()
    Membership.objects.filter(user=manager).update(is_manager=True)
    client.force_login(manager)
    assert "stays on call" in text_of(client.get(url))


def test_whoever_has_taken_it_undoes_it_until_a_day_before(rota):
    schedule, ana, _, _ = rota
    me = make_person("Responder")
    api = script(me)
    early = make_cover_request(schedule, ana, me, hours=(30, 31))
    late = make_cover_request(schedule, ana, me, hours=(20, 21))

    answers = []
    for request in (early, late):
        assert api.post(f"/api/v1/cover-requests/{request.pk}/accept/").status_code == 200
        answers.append(api.post(f"/api/v1/cover-requests/{request.pk}/undo/").status_code)

    assert answers == [200, 403]


def test_asked_and_taken_by_the_api(rota):
    schedule, _, bo, _ = rota
    me, other = make_person("Responder"), make_person("Responder")
    make_override(schedule, me, hours=(10, 40))
    body = {
        "schedule": "Payments",
        "starts_at": (timezone.now() + 12 * HOUR).isoformat(),
        "ends_at": (timezone.now() + 16 * HOUR).isoformat(),
        "asked": [bo.email, other.email],
    }

    made = script(me).post("/api/v1/cover-requests/", body)
    late = {"starts_at": body["starts_at"], "ends_at": body["ends_at"]}
    taken = script(other).post(f"/api/v1/cover-requests/{made.data['id']}/accept/", late)
    again = script(other).post(f"/api/v1/cover-requests/{made.data['id']}/accept/")

    assert (made.status_code, made.data["asked"]) == (201, [bo.pk, other.pk])
    assert (taken.data["status"], taken.data["taken_by"]) == ("taken", other.pk)
    assert (again.status_code, again.data["code"]) == (409, "cover_not_open")


def test_many_requests_cost_as_many_queries_as_one(client, rota):
    def queries():
        with CaptureQueriesContext(connection) as asked:
            client.get("/my-shifts/")
        return len(asked)

    schedule, ana, *_ = rota
    me = make_person("Responder")
    client.force_login(me)
    cover_answers.accept(make_cover_request(schedule, ana, me, hours=(10, 11)).pk, me)
    make_cover_request(schedule, ana, me, hours=(20, 21))
    client.get("/my-shifts/")  # What is asked for once in a while.
    one = queries()
    for hour in range(1, 5):
        cover_answers.accept(
            make_cover_request(schedule, ana, me, hours=(10 + hour, 11 + hour)).pk, me
        )
        make_cover_request(schedule, ana, me, hours=(20 + hour, 21 + hour))

    assert queries() <= one
