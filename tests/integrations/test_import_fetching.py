"""Accounts that are read by their API: page by page, with patience, and what is refused is told."""

import io
import json
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from urllib3 import HTTPResponse

from integrations.importers import grafana_oncall, pagerduty
from integrations.importers.neutral import Integration, Person, Schedule, Team
from integrations.importers.sources import PAGERS
from opsportal.lib.net.errors import DeliveryError
from tests.integrations.importers import oncall_installation, pagerduty_account
from tests.integrations.importing import NOW, every, only

PD, OC = "https://api.pagerduty.com", "https://oncall.example/sub"


class Api:
    """Answers by path; what it does not know is refused."""

    def __init__(self, world, base, **lists):
        self.base, self.lists, self.asked, self.slow = base, lists, [], 0
        world.receive = self.receive

    def receive(self, request):
        assert request.url.startswith(f"{self.base}/")
        self.asked.append(request)
        path = request.url[len(self.base) :].partition("?")[0]
        query = parse_qs(urlsplit(request.url).query)
        if self.slow:
            self.slow -= 1
            return answer(request, 429, {}, {"Retry-After": "0"})
        found = self.lists.get(path)
        found = found(query) if callable(found) else found
        return answer(request, 200 if found is not None else 403, found or {})


def answer(request, status, body, headers=None):
    found = requests.Response()
    found.url, found.request, found.status_code = request.url, request, status
    found.headers.update(headers or {})
    found.raw = HTTPResponse(io.BytesIO(json.dumps(body).encode()), preload_content=False)
    return found


def paged(name, rows):
    """Two at a time, as PagerDuty pages."""

    def page(query):
        offset = int(query["offset"][0])
        return {name: rows[offset : offset + 2], "more": offset + 2 < len(rows)}

    return page


def pd_api(outside, **changed):
    sample = pagerduty_account.SAMPLE
    schedule = sample["schedules"][0]
    lists = {
        "/users": paged("users", sample["users"]),
        "/users/PANA/oncall_handoff_notification_rules": {
            "oncall_handoff_notification_rules": [
                {"notify_advance_in_minutes": 60, "handoff_type": "both"}
            ]
        },
        **{
            f"/users/{who}/oncall_handoff_notification_rules": {
                "oncall_handoff_notification_rules": []
            }
            for who in ("PBO", "PCY", "PDI")
        },
        "/teams": paged("teams", [{"id": "T1", "name": "Payments"}]),
        "/teams/T1/members": paged("members", [{"user": {"id": "PBO"}, "role": "manager"}]),
        "/escalation_policies": paged("escalation_policies", sample["escalation_policies"]),
        "/services": paged(
            "services",
            [
                pagerduty_account.service(
                    integrations=[
                        {
                            "id": "I1",
                            "type": "events_api_v2_inbound_integration",
                            "integration_key": "k" * 32,
                        }
                    ]
                )
            ],
        ),
        "/business_services": paged("business_services", []),
        "/schedules": paged("schedules", [{"id": "PSHOP01", "summary": "Payments"}]),
        "/schedules/PSHOP01": {"schedule": schedule},
        "/schedules/PSHOP01/overrides": {"overrides": sample["overrides"]["PSHOP01"]},
    }
    return Api(outside, PD, **{**lists, **changed})


def test_an_account_of_pagerduty_is_read_page_by_page(outside):
    api, told = pd_api(outside), []
    api.slow = 1

    files = pagerduty.fetch(PD, "secret", told.append)

    export = pagerduty.read(files, {}, NOW)
    assert told == [
        "It asks to wait 0 s.",
        "v3_schedules: It answered 403 to GET /v3/schedules.",
    ]
    assert export.problems == ("v3_schedules: It answered 403 to GET /v3/schedules.",)
    assert len(every(export, Person)) == 4
    assert only(export, Person, "PANA").reminders == ((60, "email"),)
    assert [member.roles for member in only(export, Team).members] == [("manager",)]
    assert only(export, Integration).key == "k" * 32
    since, until = export.rendered_spans["PSHOP01"]
    assert (until - since).days == 90
    assert {request.headers["Authorization"] for request in api.asked} == {"Token token=secret"}
    assert "secret" not in repr(files)


def test_shift_based_schedules_of_pagerduty_are_read_too(outside):
    schedule = {
        "id": "V3",
        "name": "Shifts",
        "time_zone": "UTC",
        "rotations": [{"id": "R", "events": [pagerduty_account.event()]}],
    }
    pd_api(
        outside,
        **{
            "/v3/schedules": paged("schedules", [{"id": "V3"}]),
            "/v3/schedules/V3": {"schedule": schedule},
            "/v3/schedules/V3/overrides": {"overrides": []},
            "/v3/schedules/V3/custom_shifts": {"custom_shifts": []},
        },
    )

    export = pagerduty.read(pagerduty.fetch(PD, "secret", print), {}, NOW)

    assert export.problems == ()
    assert {one.id for one in every(export, Schedule)} == {"PSHOP01", "V3"}


@pytest.mark.parametrize("pager", ["pagerduty", "grafana_oncall"])
def test_a_key_that_is_refused_everywhere_is_an_error_without_the_key(outside, pager):
    Api(outside, PD)

    with pytest.raises(DeliveryError) as caught:
        PAGERS[pager].fetch(PD, "topsecret", lambda _: None)

    assert "users: It answered 403 to GET /" in str(caught.value)
    assert "topsecret" not in str(caught.value)


def test_an_installation_of_oncall_is_read_page_by_page(outside):
    sample = oncall_installation.SAMPLE

    def pages(rows):
        def page(query):
            number = int(query["page"][0])
            return {
                "count": len(rows),
                "next": "http://inner:8080/next" if number * 2 < len(rows) else None,
                "results": rows[number * 2 - 2 : number * 2],
            }

        return page

    names = (
        "teams",
        "personal_notification_rules",
        "routes",
        "webhooks",
        "user_groups",
    )
    lists = {f"/api/v1/{name}/": pages(sample.get(name, [])) for name in (*sample, *names)}
    lists["/api/v1/schedules/SPAY/final_shifts/"] = pages(sample["final_shifts"])
    api = Api(outside, OC, **lists)

    files = grafana_oncall.fetch(f"{OC}/", "secret", print)

    export = grafana_oncall.read(files, {})
    assert export.problems == ()
    assert len(every(export, Person)) == 4
    assert len(export.rendered["SPAY"]) == 3
    since, until = export.rendered_spans["SPAY"]
    assert ((until - since).days, since.hour) == (90, 0)
    assert {request.headers["Authorization"] for request in api.asked} == {"secret"}
