import pytest
from django.core.checks import run_checks
from django.core.checks.registry import registry

BAD = [
    ("opsportal.E001", {"SECRET_KEY": "short"}),
    ("opsportal.E002", {"SITE_URL": "ops.example.com"}),
    ("opsportal.E002", {"SITE_URL": "https://"}),
    ("opsportal.E002", {"SITE_URL": "https://ops.example.com:port"}),
    ("opsportal.E010", {"SITE_URL": "https://ops.example.com/pager"}),
    ("opsportal.E010", {"SITE_URL": "https://ops.example.com/?team=ops"}),
    ("opsportal.E010", {"SITE_URL": "https://ops.example.com#top"}),
    ("opsportal.E010", {"SITE_URL": "https://ops:s3cret@ops.example.com"}),
    ("opsportal.E003", {"DEBUG": True, "SITE_URL": "https://ops.example.com"}),
    ("opsportal.E004", {"Q_CLUSTER": {"retry": 60, "timeout": 60, "workers": 1}}),
    ("opsportal.E005", {"Q_CLUSTER": {"retry": 90, "timeout": 60, "workers": 0}}),
    ("opsportal.E006", {"EMAIL_USE_TLS": True, "EMAIL_USE_SSL": True}),
    ("opsportal.E007", {"EMAIL_BACKEND": "smtp"}),
    ("opsportal.E008", {"INBOUND_MAX_BYTES": 0}),
    ("opsportal.E008", {"ACTION_LINK_DAYS": -1}),
    ("opsportal.E011", {"HTTPS_ONLY": True, "SITE_URL": "https://ops.example.com"}),
    ("opsportal.E011", {"HTTPS_ONLY": True, "TRUSTED_PROXIES": ["127.0.0.1"]}),
    ("opsportal.W001", {"OUTGOING_ALLOW_PRIVATE": True, "SITE_URL": "https://ops.example.com"}),
]


def found():
    ours = [one for one in registry.get_checks() if one.__module__ == "opsportal.checks"]
    return [message for check in ours for message in check(app_configs=None)]


def test_the_defaults_are_fine():
    assert [message for message in run_checks() if message.id.startswith("opsportal.")] == []
    assert found() == []


@pytest.mark.parametrize(("check_id", "values"), BAD)
def test_what_cannot_work_is_said_with_a_hint(check_id, values, settings):
    for name, value in values.items():
        setattr(settings, name, value)

    messages = found()

    assert [message.id for message in messages] == [check_id]
    assert messages[0].hint


@pytest.mark.parametrize(
    "values",
    [
        {"DEBUG": True},
        {"OUTGOING_ALLOW_PRIVATE": True},
        {"SITE_URL": "https://ops.example.com"},
        {"SITE_URL": "http://[2001:db8::5]:8000"},
        {"EMAIL_USE_TLS": True},
        {
            "HTTPS_ONLY": True,
            "SITE_URL": "https://ops.example.com",
            "TRUSTED_PROXIES": ["127.0.0.1"],
        },
    ],
)
def test_what_works_is_not_spoken_of(values, settings):
    for name, value in values.items():
        setattr(settings, name, value)

    assert found() == []


def test_the_hint_for_a_path_is_the_mend(settings):
    settings.SITE_URL = "https://ops.example.com:8443/pager"

    assert "SITE_URL=https://ops.example.com:8443, " in found()[0].hint
