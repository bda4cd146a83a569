"""django-q's work, done by the test itself."""

import queue
import threading
from multiprocessing import Value

from django.utils.module_loading import import_string
from django_q.brokers import get_broker
from django_q.cluster import monitor, pusher
from django_q.conf import Conf
from django_q.models import OrmQ
from django_q.worker import worker


def queued(queue=None):
    """The tasks that wait, of one queue or of all: each as its function's name and arguments."""
    rows = OrmQ.objects.filter(key=queue) if queue else OrmQ.objects.all()
    return [(row.func(), row.task["args"]) for row in rows.order_by("pk")]


def run_tasks():
    """Run what waits, and what that brings about; returns how many tasks that were."""
    done = 0
    while row := OrmQ.objects.order_by("pk").first():
        task = row.task
        row.delete()
        import_string(task["func"])(*task["args"])
        done += 1
    return done


def run_cluster(name, monkeypatch):
    """Do what waits in one queue by Django-Q's own pusher, worker and monitor, as its cluster."""
    monkeypatch.setattr(Conf, "CLUSTER_NAME", name)
    for module in ("worker", "monitor"):  # The connection holds the transaction of the test.
        monkeypatch.setattr(f"django_q.{module}.close_old_django_connections", lambda: None)
    broker, ended = get_broker(name), threading.Event()
    tasks, results = queue.SimpleQueue(), queue.SimpleQueue()
    ended.set()
    while broker.queue_size():
        pusher(tasks, ended, broker)
    tasks.put("STOP")
    worker(tasks, results, Value("f", -1), Conf.TIMEOUT)
    results.put("STOP")
    monitor(results, broker)
    monkeypatch.undo()
