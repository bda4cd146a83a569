"""The coverage is written down, told once, ignored for a time, and shown."""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from escalation.actions import coverage, coverage_notices
from escalation.actions.cover_answers import accept
from escalation.models import CoverageDefect, CoverageReview, LayerCalendar, Target
from opsportal.lib import advisory_locks
from opsportal.lib.advisory_locks import Lock
from tests.api import make_person, script
from tests.escalation.coverage.policies import kinds, leave_empty, policy_of
from tests.factories import (
    make_catch_all,
    make_cover_request,
    make_override,
    make_policy,
    make_schedule,
    make_service,
    make_team,
    make_user,
)
from tests.tasks import queued

pytestmark = pytest.mark.django_db
LATER = timedelta(minutes=20)


def test_a_policy_that_is_well_has_no_defect(rota):
    policy_of(rota)

    coverage.review(timezone.now())

    assert kinds() == set()


def test_an_empty_span_is_a_defect_until_it_is_mended(rota):
    policy = policy_of(rota)
    override = leave_empty(rota, make_user())
    coverage.review(timezone.now())

    row = CoverageDefect.objects.present().get()
    assert (row.kind, row.level, row.policy) == ("nobody", "red", policy)
    assert row.get_spans() == [
        (int(override.starts_at.timestamp()), int(override.ends_at.timestamp()))
    ]

    override.delete()
    coverage.review(timezone.now())
    row.refresh_from_db()
    assert row.ended_at is not None


def test_recipients_of_the_integration_are_somebody():
    policy = make_policy([])
    Target.objects.create(step=policy.steps.get(), kind="recipient_teams", role="primary")
    make_service(policy)

    coverage.review(timezone.now())

    assert kinds() == set()


def test_a_role_of_a_team_is_answered_by_its_schedule(rota):
    team = make_team(make_user("Di"))
    rota.team, rota.role = team, "primary"
    rota.save()
    policy = make_policy([])
    Target.objects.create(step=policy.steps.get(), kind="team_role", team=team, role="primary")
    make_service(policy)
    leave_empty(rota, make_user())

    coverage.review(timezone.now())

    assert kinds() == {"nobody"}


def test_what_is_ignored_is_neither_told_nor_counted(rota):
    owner = make_person("Owner")
    policy_of(rota)
    leave_empty(rota, make_user())
    now = timezone.now()
    coverage.review(now)
    row = CoverageDefect.objects.get()

    coverage.ignore(row, now + timedelta(days=1), by=owner, reason="a test", now=now)

    assert coverage.counts(now)["red"] == 0
    assert coverage_notices.tell_managers(now + LATER) == 0
    assert coverage.counts(now + timedelta(days=2))["red"] == 1


def test_a_change_asks_for_a_review_and_an_hour_does(rota, django_capture_on_commit_callbacks):
    now = timezone.now()
    assert coverage.ask_for_review(now)
    coverage.review(now)
    assert not coverage.ask_for_review(now + LATER)
    assert coverage.ask_for_review(now + timedelta(hours=1))
    coverage.review(now + timedelta(hours=1))
    connection.run_on_commit.clear()  # The transaction of a test is never committed.

    with django_capture_on_commit_callbacks(execute=True):
        make_override(rota, make_user())

    assert CoverageReview.objects.get().is_stale
    assert coverage.ask_for_review(now + timedelta(hours=1, seconds=1))
    assert not coverage.ask_for_review(now + timedelta(hours=1, seconds=2))
    assert ("escalation.tasks.review_coverage", ()) in [
        (name, tuple(args)) for name, args in queued()
    ]


def review_and_close(now):
    """In a thread, which has a connection of its own."""
    coverage.review(now)
    connection.close()


@pytest.mark.django_db(transaction=True)
def test_what_changes_while_a_review_reads_is_reviewed_again(rota):
    now = timezone.now()
    coverage.ask_for_review(now)
    with ThreadPoolExecutor() as pool:
        with transaction.atomic():
            advisory_locks.lock(Lock.COVERAGE)  # As another review that takes long.
            reviewed = pool.submit(review_and_close, now)
            for _ in range(200):
                if not CoverageReview.objects.get().is_stale:
                    break
                time.sleep(0.05)
            coverage.mark_stale()
        reviewed.result(60)

    state = CoverageReview.objects.get()
    assert (state.reviewed_at, state.is_stale) == (now, True)


def test_a_review_that_comes_to_nothing_is_asked_for_again():
    now = timezone.now()
    coverage.review(now - timedelta(minutes=30))
    coverage.mark_stale()
    assert coverage.ask_for_review(now)
    CoverageReview.objects.update(is_stale=False)  # It began, and its process was killed.

    assert not coverage.ask_for_review(now + timedelta(minutes=4))
    assert coverage.ask_for_review(now + timedelta(minutes=5))


def text_of(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_the_page_the_api_and_the_home_page_say_the_same(client, rota):
    owner = make_person("Owner")
    make_catch_all()
    policy = policy_of(rota, name="Payments")
    leave_empty(rota, make_user())
    coverage.review(timezone.now())
    client.force_login(owner)

    page = text_of(client.get("/coverage/"))
    (row,) = script(owner, "schedules:read").get("/api/v1/coverage/").data["results"]
    home = text_of(client.get("/"))

    assert "An incident of Payments pages nobody by any step" in page
    assert "nobody is set as the catch-all either" in page
    assert row["sentence"] in page
    assert (row["policy"], row["level"], row["kind"]) == (policy.pk, "red", "nobody")
    assert row["url"].startswith(rota.get_absolute_url())
    assert "Coverage, 30 days" in home
    assert "1 red" in home


def test_ignoring_needs_a_reason_and_the_right(client, rota):
    policy_of(rota)
    leave_empty(rota, make_user())
    coverage.review(timezone.now())
    row = CoverageDefect.objects.get()
    url = f"/coverage/{row.pk}/ignore/"
    client.force_login(make_person("Responder"))
    assert client.post(url, {"days": "7", "reason": "so"}).status_code == 403

    client.force_login(make_person("Owner"))
    client.post(url, {"days": "7", "reason": ""})
    row.refresh_from_db()
    assert row.ignored_until is None
    client.post(url, {"days": "7", "reason": "rebuilt on Monday"})
    row.refresh_from_db()
    assert row.ignored_reason == "rebuilt on Monday"
    assert "Ignored until" in text_of(client.get("/coverage/"))

    client.post(f"/coverage/{row.pk}/count/")
    row.refresh_from_db()
    assert row.ignored_until is None


def test_a_request_for_cover_that_nobody_takes_is_said_a_day_before():
    ana, bo = make_user("Ana"), make_user("Bo")
    schedule = make_schedule(ana, bo, name="Payments")
    make_override(schedule, ana, hours=(0, 60))
    now = timezone.now()
    request = make_cover_request(schedule, ana)

    coverage.review(now)
    assert kinds() == set()
    coverage.review(now + timedelta(hours=30))
    assert kinds() == {"unanswered"}
    accept(request.pk, bo)
    coverage.review(now + timedelta(hours=30))
    assert kinds() == set()


def a_calendar(schedule, hours_ago, **fields):
    now = timezone.now()
    fields = {"url": "https://calendar.example/x.ics", "next_fetch_at": now, **fields}
    at = now - timedelta(hours=hours_ago)
    return LayerCalendar.objects.create(
        schedule=schedule, layer=f"c{hours_ago}", name="Google", succeeded_at=at, **fields
    )


def test_a_calendar_that_was_not_read_for_a_day_is_a_defect_until_it_is(client, rota):
    a_calendar(rota, 23)
    a_calendar(rota, 30, url="")  # A file that was uploaded.
    a_calendar(rota, 31, next_fetch_at=None)  # A draft, or of a layer that is gone.
    old = a_calendar(rota, 50)
    now = timezone.now()
    coverage.review(now)

    row = CoverageDefect.objects.present().get()
    assert (row.kind, row.level, row.schedule) == ("old_calendar", "amber", rota)
    client.force_login(make_person("Owner"))
    page = client.get("/coverage/").content.decode()
    assert "The calendar Google of Payments has not been read for 2 d 2 h" in page
    assert f'href="/schedules/{rota.pk}/settings/"' in page
    # Whatever reads the calendar has told its managers.
    assert coverage_notices.tell_managers(now + LATER) == 0

    LayerCalendar.objects.filter(pk=old.pk).update(succeeded_at=now)
    coverage.review(now)
    assert kinds() == set()


def test_many_defects_cost_as_many_queries_as_one(client):
    def queries():
        with CaptureQueriesContext(connection) as asked:
            client.get("/coverage/")
        return len(asked)

    client.force_login(make_person("Responder"))
    make_service(make_policy([]))
    coverage.review(timezone.now())
    client.get("/coverage/")  # What is asked for once in a while.
    one = queries()
    for _ in range(12):
        make_service(make_policy([]))
    coverage.review(timezone.now())

    assert CoverageDefect.objects.count() == 13
    assert queries() <= one
