import json
import re
import shlex
import zipfile
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from escalation.models import Schedule
from incidents.models import User
from integrations.models import ImportRun
from tests.api import make_person
from tests.integrations.importers.opsgenie_backup import KEY, SMALL, WHOLE, zipped

pytestmark = pytest.mark.django_db
PAGE = Path(__file__).parents[3] / "docs" / "import.md"


@pytest.fixture
def backup(tmp_path):
    path = tmp_path / "OpsGenieBackups.zip"
    path.write_bytes(zipped(WHOLE))
    return path


def command(*words):
    out, errors = StringIO(), StringIO()
    call_command("import", *map(str, words), stdout=out, stderr=errors)
    return out.getvalue()


def test_without_apply_it_plans_and_changes_nothing(backup):
    said = command("opsgenie", backup)

    assert "new          team            payments" in said
    assert "--choose opsgenie.delays=previous" in said
    assert "Nothing was changed" in said
    assert (User.objects.count(), ImportRun.objects.count()) == (0, 0)


def test_a_folder_is_read_as_a_zip_is(backup, tmp_path):
    with zipfile.ZipFile(backup) as archive:
        archive.extractall(tmp_path / "there")

    folder = json.loads(command("opsgenie", tmp_path / "there", "--json"))
    zipped_ = json.loads(command("opsgenie", backup, "--json"))

    assert folder["rows"] == zipped_["rows"]
    assert folder["problems"] == []


def test_applied_it_keeps_a_report(backup):
    owner = make_person("Owner")

    words = ["--apply", "--json", "--choose", "opsgenie.missing_keys=new"]
    result = json.loads(command("opsgenie", backup, *words))

    assert result["open"] == 0
    assert Schedule.objects.get().name == "payments_primary"
    run = ImportRun.objects.get(pk=result["run"])
    assert (run.state, run.made_by, run.report) == ("applied", owner, result["rows"])
    assert KEY not in json.dumps(result)
    (proof,) = result["proof"]
    assert "does not say" in proof["verdict"]


def commands_of_the_page():
    """What docs/import.md tells to type, as words after ``manage.py import``."""
    blocks = re.findall(r"```sh\n(.*?)```", PAGE.read_text(), re.DOTALL)
    return [shlex.split(block.partition("manage.py import ")[2]) for block in blocks]


@pytest.mark.parametrize("words", commands_of_the_page(), ids=" ".join)
def test_the_commands_of_the_page_work(words, backup, monkeypatch, outside):
    make_person("Owner")
    monkeypatch.chdir(backup.parent)
    monkeypatch.setenv("OPSGENIE_KEY", "genie")
    for _ in range(8):
        outside.answers_with(body={"data": []})

    if "--json" in words:
        assert json.loads(command(*words))["problems"]
        assert outside.requests[0].url.startswith("https://api.eu.opsgenie.com/v2/users")
    else:
        assert "payments_primary" in command(*words)
    assert Schedule.objects.exists() == ("--apply" in words)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["opsgenie"], "Give a path"),
        (["opsgenie", "--key-env", "NO_SUCH_VARIABLE"], "is empty"),
        (["opsgenie", "/no/such/file"], "cannot be read"),
        (["opsknight", "--key-env", "HOME"], "from files only"),
        (["opsgenie", "{backup}", "--choose", "x"], "CHOICE=VALUE"),
        (["opsgenie", "{backup}", "--apply", "--dry-run"], "either"),
        (["opsgenie", "{backup}", "--apply"], "There is no Owner"),
        (["opsgenie", "{backup}", "--apply", "--by", "x@example.com"], "nobody"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(backup, words, said):
    with pytest.raises(CommandError, match=said):
        command(*(word.format(backup=backup) for word in words))


def test_the_proof_compares_with_what_opsgenie_says(tmp_path):
    make_person("Owner")
    shifts = [
        ("2026-03-25T16:00:00Z", "2026-03-25T18:00:00Z", "u1"),
        ("2026-03-25T18:00:00Z", "2026-03-26T06:00:00Z", "u2"),
        ("2026-03-26T06:00:00Z", "2026-03-26T16:00:00Z", "u1"),
    ]
    office = [("2026-03-26T08:00:00Z", "2026-03-26T16:00:00Z", "u4")]
    path = tmp_path / "backup.zip"
    path.write_bytes(zipped(SMALL | {"timelines/7c1.json": timeline(shifts, office)}))
    (planned,) = json.loads(command("opsgenie", path, "--json"))["proof"]
    (applied,) = json.loads(command("opsgenie", path, "--json", "--apply"))["proof"]
    assert planned["verdict"] == applied["verdict"] == "identical for 1,440 minutes"

    path.write_bytes(zipped(SMALL | {"timelines/7c1.json": timeline(shifts, [])}))
    (differs,) = json.loads(command("opsgenie", path, "--json", "--apply"))["proof"]
    assert differs["verdict"] == "identical but for 8 h in 1 place"
    assert differs["differences"][0]["here"] == ["ana", "di"]


def timeline(*rotations):
    return {
        "_parent": {"id": "7c1"},
        "startDate": "2026-03-25T16:00:00Z",
        "endDate": "2026-03-26T16:00:00Z",
        "finalTimeline": {
            "rotations": [
                {
                    "periods": [
                        {
                            "startDate": start,
                            "endDate": end,
                            "recipient": {"type": "user", "id": person},
                        }
                        for start, end, person in shifts
                    ]
                }
                for shifts in rotations
            ]
        },
    }
