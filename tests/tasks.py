"""django-q's work, done by the test itself."""

from django.utils.module_loading import import_string
from django_q.models import OrmQ


def queued():
    """The tasks that wait: each as its function's name and its arguments."""
    return [(row.func(), row.task["args"]) for row in OrmQ.objects.order_by("pk")]


def run_tasks():
    """Run what waits, and what that brings about; returns how many tasks that were."""
    done = 0
    while row := OrmQ.objects.order_by("pk").first():
        task = row.task
        row.delete()
        import_string(task["func"])(*task["args"])
        done += 1
    return done
