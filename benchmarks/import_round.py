"""Run in a portal's environment: imports a tenant, and prints what that cost as JSON."""

import json
import os
import time
from collections.abc import Callable
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "opsportal.settings")
django.setup()

from django.contrib.auth.models import Group  # noqa: E402 - Django has to be set up first
from django.db import connection  # noqa: E402

from benchmarks.import_tenant import tenant  # noqa: E402
from incidents.models import User  # noqa: E402
from integrations.setup.imports import runs  # noqa: E402


def main() -> None:
    stamp = time.time_ns()
    by = User.objects.create_user(f"import-{stamp}@example.net", name="Importer")
    by.groups.set(Group.objects.filter(name="Owner"))
    found: dict[str, float] = {"queries": 0}

    def counted(execute: Callable[..., Any], *call: Any) -> Any:
        found["queries"] += 1
        return execute(*call)

    files = tenant(stamp)
    began = time.process_time()
    run = runs.start_run("pagerduty", "tenant", files, by=by)
    runs.plan_of(run, runs.export_of(run))
    found["plan"] = time.process_time() - began
    began = time.process_time()
    with connection.execute_wrapper(counted):
        runs.apply_now(run, by=by)
    found["apply"] = time.process_time() - began
    run.refresh_from_db()
    refused = [row for row in run.report if row["verdict"] == "needs_you"]
    if refused:
        raise SystemExit(f"Not taken: {refused[0]}")
    began = time.process_time()
    again = runs.start_run("pagerduty", "tenant", files, by=by)
    runs.apply_now(again, by=by)
    found["again"] = time.process_time() - began
    print(json.dumps(found))


if __name__ == "__main__":
    main()
