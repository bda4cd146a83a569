import pytest

from integrations.importers import opsgenie
from integrations.importers.neutral import Integration, Override, Person, Policy, Schedule, Team
from integrations.models import ImportRun
from integrations.setup.imports import runs
from opsportal.lib.encryption import decrypt
from opsportal.lib.net.errors import DeliveryError
from tests.api import make_person
from tests.integrations.importers.opsgenie_backup import ESCALATION, KEY, SCHEDULE, WHOLE
from tests.tasks import run_tasks

API = "https://api.opsgenie.com"
USER = WHOLE["opsgeniebackups/users/ana-u1.json"]
BO = WHOLE["opsgeniebackups/users/bo-u2.json"]["user"]
TEAM = WHOLE["opsgeniebackups/teams/payments-t1.json"]
INTEGRATION = WHOLE["opsgeniebackups/integrations/i1.json"]["integration"]
TIMELINE = {
    "_parent": {"id": "7c1"},
    "startDate": "2026-03-25T16:00:00Z",
    "endDate": "2026-06-23T16:00:00Z",
    "finalTimeline": {"rotations": []},
}


def prepared(outside):
    """What the API answers, in the order in which it is asked."""

    def data(rows, **fields):
        outside.answers_with(body={"data": rows, **fields})

    outside.answers_with(429, {"message": "slow"}, {"Retry-After": "0"})
    following = f"{API}/v2/users?expand=contact&limit=100&offset=100"
    data([USER["user"]], paging={"next": following})
    rules = [{"id": f"n{number}", **row} for number, row in enumerate(USER["notificationRuleList"])]
    data([{"id": row["id"]} for row in rules])
    data(rules[0])
    data(rules[1])
    data([BO])
    data([])
    data([{"id": "t1", "name": "payments"}])
    data(TEAM["teamRoutingRules"])
    data(TEAM["team"])
    data([ESCALATION])
    data([SCHEDULE["schedule"]])
    data(SCHEDULE["scheduleOverrideList"])
    data(TIMELINE)
    outside.answers_with(403, {"message": "no"})  # forwardings
    data([{"id": "i1", "name": "payments API", "type": "API"}])
    data({key: value for key, value in INTEGRATION.items() if key != "id"})
    outside.answers_with(404, {})  # policies
    data([])


def fetch(waits, address=API, key="genie"):
    return opsgenie.fetch(address, key, waits.append)


def test_the_account_is_read_page_by_page_and_limits_are_waited_for(outside):
    prepared(outside)
    told = []

    files = fetch(told)

    assert told[0] == "It asks to wait 0 s."
    assert {request.headers["Authorization"] for request in outside.requests} == {"GenieKey genie"}
    export = opsgenie.read(files, {})
    kinds = {type(one) for one in export.objects}
    assert {Person, Team, Schedule, Override, Policy, Integration} <= kinds
    assert next(one for one in export.objects if isinstance(one, Integration)).key == KEY
    assert export.rendered_spans.keys() == {"7c1"}
    refused = [problem for problem in export.problems if "answered 403" in problem]
    assert refused == ["forwardings: It answered 403 to GET /v2/forwarding-rules."]


def test_a_key_that_is_refused_everywhere_is_an_error_without_the_key(outside):
    for _ in range(8):
        outside.answers_with(401, {"message": "Key format is not valid!"})

    with pytest.raises(DeliveryError) as caught:
        fetch([], key="s3cret")

    assert "answered 401" in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_no_other_host_is_asked(outside):
    outside.answers_with(
        body={"data": [], "paging": {"next": "https://elsewhere.example/v2/users"}}
    )
    for _ in range(7):
        outside.answers_with(body={"data": []})

    with pytest.raises(DeliveryError, match="another host"):
        fetch([])

    assert {request.url.split("/")[2] for request in outside.requests} == {"api.opsgenie.com"}


@pytest.mark.django_db
def test_a_worker_reads_and_forgets_the_key(outside, django_capture_on_commit_callbacks):
    prepared(outside)
    with django_capture_on_commit_callbacks(execute=True):
        run = runs.start_reading("opsgenie", API, "s3cret", by=make_person("Owner"))
    (stored,) = ImportRun.objects.raw('SELECT id, "key" AS raw FROM integrations_importrun')
    assert decrypt(stored.raw) == "s3cret"

    run_tasks()

    run.refresh_from_db()
    assert (run.state, run.key) == ("planned", "")
    assert any(line.name == "payments_primary" for line in runs.plan_of(run, runs.export_of(run)))


@pytest.mark.django_db
def test_an_api_that_cannot_be_read_fails_the_run_in_a_sentence(
    outside, django_capture_on_commit_callbacks
):
    for _ in range(8):
        outside.answers_with(401, {})
    with django_capture_on_commit_callbacks(execute=True):
        run = runs.start_reading("opsgenie", API, "s3cret", by=make_person("Owner"))

    run_tasks()

    run.refresh_from_db()
    assert (run.state, run.key) == ("failed", "")
    assert "answered 401" in run.message
