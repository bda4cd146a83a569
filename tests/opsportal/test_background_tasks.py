"""Administrators see the tasks that wait and those that failed, and try them again."""

import pytest
from django.urls import reverse
from django.utils import timezone
from django_q.models import Failure, OrmQ, Task
from django_q.tasks import async_task

from escalation import tasks
from escalation.actions import leases, start
from escalation.models import Run
from opsportal.lib.task_queues import SENDERS, TIMERS
from tests.factories import make_policy, make_service, make_user, minutes
from tests.pages import browser, make_person, words
from tests.tasks import queued, run_cluster

pytestmark = pytest.mark.django_db
FAILED = "admin:django_q_failure_changelist"
QUEUED = "admin:django_q_ormq_changelist"


@pytest.fixture
def admin():
    return browser(make_person("Owner"))


@pytest.fixture
def plan():
    """The plan of a run that cannot be moved, as it should be."""
    policy = make_policy(make_user(), make_user())
    start.open_incident(make_service(policy), "Disk full")
    run = Run.objects.get()
    plan, run.plan_json = run.plan_json, {"version": 99}
    run.next_step_at = timezone.now()
    run.save()
    return plan


@pytest.fixture
def failed(plan, monkeypatch):
    """The failed task of the step of that run."""
    OrmQ.objects.all().delete()
    leases.lease_due(timezone.now())
    run_cluster(TIMERS, monkeypatch)
    return Failure.objects.get()


def retry(admin, task):
    data = {"action": "retry", "_selected_action": [task.pk]}
    return admin.post(reverse(FAILED), data, follow=True)


def test_a_step_that_failed_is_shown_with_its_queue_and_why(admin, failed):
    page = words(admin.get(reverse(FAILED)))

    assert "escalation.tasks.step" in page
    assert "1 of 1 runs could not advance" in page
    assert failed.cluster == TIMERS


def test_a_failed_task_opens_with_the_whole_error(admin, failed):
    page = words(admin.get(reverse("admin:django_q_failure_change", args=[failed.pk])))

    assert "Traceback" in page


def test_a_failed_step_is_taken_when_it_is_retried_after_its_cause_was_mended(
    admin, failed, plan, monkeypatch
):
    Run.objects.update(plan_json=plan)

    page = words(retry(admin, failed))

    assert "1 queued again." in page
    assert [name for name, _ in queued(TIMERS)] == ["escalation.tasks.step"]
    run_cluster(TIMERS, monkeypatch)
    assert Run.objects.get().incident.timeline.filter(verb="paged").count() == 2
    assert not Failure.objects.exists()


def test_a_failed_step_that_is_retried_in_vain_is_shown_again(admin, failed, monkeypatch):
    retry(admin, failed)

    run_cluster(TIMERS, monkeypatch)

    assert Failure.objects.get().pk != failed.pk


def test_a_failed_task_of_the_senders_goes_back_to_their_queue(admin, monkeypatch):
    async_task("notifications.tasks.deliver", "nonsense", cluster=SENDERS)
    run_cluster(SENDERS, monkeypatch)

    retry(admin, Failure.objects.get())

    assert queued(SENDERS) == [("notifications.tasks.deliver", ("nonsense",))]


def test_what_waits_is_shown_with_its_queue(admin):
    async_task("escalation.tasks.step", [(1, 1, 0, 0, 0)], timezone.now(), cluster=TIMERS)
    async_task("notifications.tasks.deliver", [(7, 0)], cluster=SENDERS)

    page = words(admin.get(reverse(QUEUED)))

    assert "escalation.tasks.step" in page
    assert "notifications.tasks.deliver" in page
    assert page.count("Waiting") == 2


def test_a_queued_task_opens_and_cannot_be_changed(admin):
    async_task("notifications.tasks.deliver", [(7, 0)], cluster=SENDERS)

    page = admin.get(reverse("admin:django_q_ormq_change", args=[OrmQ.objects.get().pk]))

    assert "notifications.tasks.deliver" in words(page)
    assert 'name="_save"' not in page.content.decode()


def test_the_menu_leads_administrators_to_the_failed_tasks_and_on_to_those_that_wait(admin):
    assert "Background tasks" in words(admin.get("/me/"))
    assert "Background tasks" not in words(browser(make_person("Responder")).get("/me/"))
    assert reverse(QUEUED) in admin.get(reverse(FAILED)).content.decode()


@pytest.mark.parametrize("page", [FAILED, QUEUED])
def test_nobody_else_sees_the_tasks(failed, page):
    responder = browser(make_person("Responder"))

    assert responder.get(reverse(page)).status_code == 403
    assert retry(responder, failed).status_code == 403
    assert Failure.objects.exists()


def test_only_the_latest_failures_are_kept(monkeypatch):
    now = timezone.now()
    Task.objects.bulk_create(
        Task(id=f"{n:032}", name="x", func="x", started=now, success=False, stopped=stopped)
        for n, stopped in enumerate([now, now - minutes(1), now])
    )
    monkeypatch.setattr(tasks, "MAX_FAILURES", 2)

    tasks.sweep()

    assert {failure.stopped for failure in Failure.objects.all()} == {now}
    assert Failure.objects.count() == 2
