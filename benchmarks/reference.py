"""The reference: a minimal view that looks up the token, upserts the incident by its key and adds
to an outbox, all in one statement. Served by granian as WSGI with two threads, no middleware.
"""

import json
import multiprocessing
import os
import sys

import django
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.http import JsonResponse
from django.urls import path
from granian.constants import Interfaces
from granian.log import LogLevels

from opsportal.runtime.web.granian_server import InProcessServer

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "opsportal.settings")

TABLES = """
    CREATE TABLE bench_token (token text PRIMARY KEY, service_id bigint NOT NULL);
    CREATE TABLE bench_incident (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, service_id bigint NOT NULL,
        key text NOT NULL, title text NOT NULL, body bytea NOT NULL,
        count int NOT NULL DEFAULT 1, opened_at timestamptz NOT NULL DEFAULT now(),
        UNIQUE (service_id, key));
    CREATE TABLE bench_outbox (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, incident_id bigint NOT NULL,
        at timestamptz NOT NULL DEFAULT now());
    INSERT INTO bench_token VALUES ('reference', 1);
"""
UPSERT = """
    WITH door AS (SELECT service_id FROM bench_token WHERE token = %s),
    incident AS (
        INSERT INTO bench_incident (service_id, key, title, body)
        SELECT service_id, %s, %s, %s FROM door
        ON CONFLICT (service_id, key) DO UPDATE SET count = bench_incident.count + 1
        RETURNING id)
    INSERT INTO bench_outbox (incident_id) SELECT id FROM incident RETURNING incident_id
"""


def take(request, token, name):
    alert = json.loads(request.body)["alerts"][0]
    values = [token, alert["fingerprint"], alert["annotations"]["summary"], request.body]
    with connection.cursor() as cursor:
        cursor.execute(UPSERT, values)
        row = cursor.fetchone()
    if row is None:
        return JsonResponse({"code": "unknown"}, status=404)
    response = JsonResponse({"status": "accepted", "incident": row[0]}, status=202)
    response["Content-Length"] = len(response.content)  # No middleware does it here.
    return response


urlpatterns = [path("POSTAlert/<str:token>/<str:name>", take)]

if __name__ == "__main__":
    settings.ROOT_URLCONF, settings.MIDDLEWARE = "benchmarks.reference", []
    settings.INSTALLED_APPS = []
    django.setup()
    multiprocessing.set_start_method("fork", force=True)
    server = InProcessServer(
        "benchmarks.reference:take",
        port=int(sys.argv[1]),
        interface=Interfaces.WSGI,
        blocking_threads=2,
        blocking_threads_idle_timeout=600,
        log_level=LogLevels.warning,
    )
    server.serve(target_loader=WSGIHandler, wrap_loader=False)
