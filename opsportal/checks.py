"""System checks of the settings; ``manage.py check`` and every start run them."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.core.checks import Warning as Caution
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import get_connection

from integrations.inbound.access import BadNetwork, parse_network

MIN_SECRET_KEY_LENGTH = 32


@register()
def check_secret_key(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    if len(settings.SECRET_KEY) >= MIN_SECRET_KEY_LENGTH:
        return []
    hint = "Leave it empty: the portal makes one and keeps it in DATA_DIR/secret_key."
    return [
        Error(
            f"SECRET_KEY is shorter than {MIN_SECRET_KEY_LENGTH}.", hint=hint, id="opsportal.E001"
        )
    ]


@register()
def check_site_url(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    try:
        url = urlsplit(settings.SITE_URL)
        is_address = url.scheme in ("http", "https") and bool(url.hostname) and url.port != 0
    except ValueError:  # a port or an IPv6 address that is none
        is_address = False
    if not is_address:
        hint = "It starts every link in a page or mail. Such as: https://ops.example.com"
        return [Error("SITE_URL has no scheme or no host.", hint=hint, id="opsportal.E002")]
    origin = f"{url.scheme}://{url.netloc.rpartition('@')[2]}"
    if origin == settings.SITE_URL:
        return []
    hint = (
        f"Set SITE_URL={origin}, and give the portal a host name or a port of its own: it cannot "
        "be served below a path of another site."
    )
    sentence = "SITE_URL has more than a scheme, a host and a port."
    return [Error(sentence, hint=hint, id="opsportal.E010")]


@register()
def check_debug(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    if not (settings.DEBUG and settings.SITE_URL.startswith("https:")):
        return []
    hint = "It shows settings and code to whoever meets an error. Set DEBUG=false."
    return [Error("DEBUG is on for a public site.", hint=hint, id="opsportal.E003")]


@register()
def check_tasks(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    cluster = settings.Q_CLUSTER
    found: list[CheckMessage] = []
    if cluster["retry"] <= cluster["timeout"]:
        hint = "Otherwise a task that is slow is given to a second worker while it runs."
        found.append(Error("Q_CLUSTER: retry must exceed timeout.", hint=hint, id="opsportal.E004"))
    if cluster["workers"] < 1:
        hint = "Set Q_WORKERS to 1 or more."
        found.append(Error("Nobody would send anything.", hint=hint, id="opsportal.E005"))
    return found


@register()
def check_email(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    if settings.EMAIL_USE_TLS and settings.EMAIL_USE_SSL:
        hint = "EMAIL_USE_TLS is STARTTLS, usually on port 587; EMAIL_USE_SSL is on 465."
        sentence = "EMAIL_USE_TLS and EMAIL_USE_SSL exclude each other."
        return [Error(sentence, hint=hint, id="opsportal.E006")]
    try:
        get_connection()
    except (ImportError, ImproperlyConfigured, TypeError) as error:
        hint = "Leave it out, or name a class: django.core.mail.backends.smtp.EmailBackend."
        return [Error(f"EMAIL_BACKEND: {error}", hint=hint, id="opsportal.E007")]
    return []


@register()
def check_limits(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    names = ("INBOUND_MAX_BYTES", "INBOUND_BACKLOG_LIMIT", "OUTGOING_TIMEOUT", "ACTION_LINK_DAYS")
    hint = "Leave it out to get the default, which .env.example names."
    return [
        Error(f"{name} must be 1 or more.", hint=hint, id="opsportal.E008")
        for name in names
        if getattr(settings, name) < 1
    ]


@register()
def check_proxies(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    for text in settings.TRUSTED_PROXIES:
        try:
            parse_network(text)
        except BadNetwork as problem:
            hint = "Name addresses and networks with commas: 127.0.0.1,10.0.0.0/8"
            found.append(Error(f"TRUSTED_PROXIES: {problem}", hint=hint, id="opsportal.E009"))
    return found


@register()
def check_https(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    if not settings.HTTPS_ONLY:
        return []
    if urlsplit(settings.SITE_URL).scheme == "https" and settings.TRUSTED_PROXIES:
        return []
    hint = (
        "Set SITE_URL to the https address, and TRUSTED_PROXIES to the proxy that speaks TLS "
        "and sets X-Forwarded-Proto; or HTTPS_ONLY=false."
    )
    sentence = "HTTPS_ONLY would redirect every page to itself, again and again."
    return [Error(sentence, hint=hint, id="opsportal.E011")]


@register()
def check_outgoing(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    if not settings.OUTGOING_ALLOW_PRIVATE or not settings.SITE_URL.startswith("https:"):
        return []
    hint = "Name the hosts that webhooks may reach in OUTGOING_ALLOWED_HOSTS instead."
    sentence = "OUTGOING_ALLOW_PRIVATE lets whoever may add a webhook call your internal services."
    return [Caution(sentence, hint=hint, id="opsportal.W001")]
