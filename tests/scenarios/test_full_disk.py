"""A disk that fills up: senders are told to come again, and monitors that the portal is unwell."""

import json
import os
import subprocess
import urllib.error
import urllib.request

import pytest

from tests.portal import Portal

SIZE = "300m"
SOON_S = 5 + 3  # The probe's interval, and what a request takes on a busy machine.


@pytest.fixture
def small_disk(make_folder):
    """A folder on a file system of its own."""
    folder = make_folder()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=755", "tmpfs", str(folder)]
    if os.geteuid() or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("Only root may mount a file system.")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture
def portal(small_disk):
    portal = Portal(small_disk, EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend")
    yield portal
    portal.stop()


def post(portal, token):
    body = json.dumps({"message": "Disk full", "details": os.urandom(40_000).hex()}).encode()
    request = urllib.request.Request(
        f"{portal.url}/POSTAlert/{token}/x", body, {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def note(portal):
    return portal.health()[1].get("components", {}).get("database", {}).get("note")


@pytest.mark.endurance
@pytest.mark.slow
def test_a_full_disk_is_said_within_seconds_and_over_when_it_has_room(portal, small_disk):
    code = "from integrations.models import Integration as I; print(I.objects.first().token)"
    token = portal.manage("shell", "--no-imports", "-c", code).split()[-1]
    assert post(portal, token) < 300

    ballast = small_disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(65_536))
        except OSError:
            pass
    portal.wait_until(lambda: post(portal, token) == 503, "refused")
    portal.wait_until(lambda: note(portal) == "takes no writes", "unwell", SOON_S)
    assert portal.health()[0] == 503

    ballast.unlink()

    portal.wait_until(lambda: post(portal, token) < 300, "taken again")
    portal.wait_until(lambda: note(portal) == "", "well", SOON_S)
