"""Django-Q's tasks: what waits, what failed and why. What succeeded is in the rows it wrote."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.text import Truncator
from django_q.models import Failure, OrmQ, Schedule, Success
from django_q.tasks import async_task

from incidents.admin.base import ReadOnlyAdmin
from incidents.models.people import CHANGE_PEOPLE
from opsportal.lib.task_queues import SENDERS

# People have pages of their own for their sessions, and one address to log in with: their e-mail.
for model in (EmailAddress, UserSession):
    admin.site.unregister(model)
# Nothing is scheduled by Django-Q, and successes are not kept: both lists would always be empty.
for model in (Failure, OrmQ, Schedule, Success):
    if admin.site.is_registered(model):
        admin.site.unregister(model)


class TaskAdmin(ReadOnlyAdmin):
    """For administrators only: arguments and errors may name anything."""

    list_filter_submit = False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(CHANGE_PEOPLE)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)


@admin.register(OrmQ)
class QueuedTaskAdmin(TaskAdmin):
    list_display = ["name", "func", "args", "key", "state"]
    list_filter = ["key"]
    fields = ["key", "state", "name", "func", "args", "kwargs", "task_id"]
    ordering = ["pk"]

    @admin.display(description="State")
    def state(self, task: OrmQ) -> str:
        """A claim ends by itself where whoever has claimed it dies."""
        if task.lock <= timezone.now():
            return "Waiting"
        return f"Claimed until {timezone.localtime(task.lock):%H:%M:%S}"


@admin.register(Failure)
class FailedTaskAdmin(TaskAdmin):
    list_display = ["name", "func", "args", "cluster", "stopped", "error"]
    list_filter = ["cluster", "func"]
    search_fields = ["name", "func"]
    fields = ["name", "func", "args", "kwargs", "cluster", "started", "stopped", "result"]
    ordering = ["-stopped"]
    actions = ["retry"]

    @admin.display(description="Error")
    def error(self, task: Failure) -> str:
        return Truncator(str(task.result).partition(" : Traceback")[0]).chars(120)

    @admin.action(description="Retry the selected tasks", permissions=["view"])
    def retry(self, request: HttpRequest, tasks: QuerySet[Failure]) -> None:
        """Each goes back to its queue. It looks at the rows again: what is done stays done."""
        count = 0
        for task in tasks:
            with transaction.atomic():
                cluster = task.cluster or SENDERS
                async_task(task.func, *task.args or (), cluster=cluster, **task.kwargs or {})
                task.delete()
            count += 1
        self.message_user(request, f"{count} queued again.", messages.SUCCESS)
