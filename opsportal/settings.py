"""Every setting of the portal. Values come from the environment (X, or a file named by X_FILE)."""

import socket
import tomllib
from pathlib import Path
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

from opsportal.api import reference
from opsportal.lib import database_roles
from opsportal.lib.task_queues import SENDERS, TIMERS
from opsportal.runtime import database_hosts, embedded_postgres, secret_files
from opsportal.web import theme

BASE_DIR = Path(__file__).resolve().parent.parent
VERSION: str = tomllib.loads((BASE_DIR / "pyproject.toml").read_text())["project"]["version"]
env = environ.FileAwareEnv()
env.smart_cast = False
environ.Env.read_env(BASE_DIR / ".env")

DATA_DIR = Path(env.str("DATA_DIR", default=str(BASE_DIR / ".data"))).resolve()
DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="") or secret_files.read_or_create(
    DATA_DIR / "secret_key"
)
# Tells the nodes on one database apart: the machine, and the data folder by a random id.
NODE = f"{socket.gethostname()}:{secret_files.read_or_create(DATA_DIR / 'node_id')[:8]}"
# Earlier keys: they are read, and nothing new is encrypted or signed with them.
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
HOST = env.str("HOST", default="127.0.0.1")
PORT = env.int("PORT", default=8000)
SITE_URL = env.str("SITE_URL", default=f"http://localhost:{PORT}").rstrip("/")
SITE_HOST = urlsplit(SITE_URL).hostname
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["*"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[SITE_URL])

DATABASE_URL = env.str("DATABASE_URL", default="")
DATABASE_IS_OURS = not DATABASE_URL
DATABASE_URL = DATABASE_URL or embedded_postgres.url(DATA_DIR)
DATABASES = {"default": database_hosts.with_failover(env.db_url_config(DATABASE_URL))}
DATABASES["default"]["ENGINE"] = "opsportal.lib.postgresql"
DATABASES["default"]["CONN_MAX_AGE"] = None
DATABASE_ROLES = database_roles.options_by_role(
    DATABASES["default"].get("OPTIONS", {}), env.list("DATABASE_OPTIONS", default=[])
)
DATABASES["default"]["OPTIONS"] = DATABASE_ROLES[database_roles.NO_ROLE]
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "opsportal.web.admin_site.UnfoldConfig",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.usersessions",
    "django_filters",
    "django_q",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "rest_framework",
    "auditlog",
    "incidents",
    "notifications",
    "escalation",
    "integrations",
    "opsportal",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "opsportal.accounts.sessions.RenewSessions",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "opsportal.web.csp_middleware.ContentSecurityPolicy",
    "opsportal.web.timezone_middleware.UserTimeZone",
    "opsportal.web.session_end.InterruptedPosts",
    "opsportal.audit.middleware.AuditCause",
]
ROOT_URLCONF = "opsportal.urls"
WSGI_APPLICATION = "opsportal.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

AUTH_USER_MODEL = "incidents.User"
# Rows of the audit log are our own (incidents/models/audit.py): auditlog's table is not made.
AUDITLOG_LOGENTRY_MODEL = "incidents.AuditEntry"
AUDITLOG_STORE_JSON_CHANGES = True
AUDITLOG_USE_FK_STRING_REPRESENTATION = True
MIGRATION_MODULES = {"auditlog": None}
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "incidents.password_rules.NotTheOwnAddress"},
]
LOGIN_URL = "admin:login"
CSRF_FAILURE_VIEW = "opsportal.web.session_end.csrf_failure"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "admin:login"
# Log-in, reset and sessions are django-allauth's, without its sign-up and its own rate limits.
ACCOUNT_ADAPTER = "opsportal.accounts.adapter.AccountAdapter"
ACCOUNT_AUTHENTICATED_LOGIN_REDIRECTS = False
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_FORMS = {
    "change_password": "opsportal.accounts.forms.PortalChangePasswordForm",
    "login": "opsportal.accounts.forms.PortalLoginForm",
    "reset_password": "opsportal.accounts.forms.AskForLinkForm",
    "reset_password_from_key": "opsportal.accounts.forms.SetPasswordForm",
}
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_LOGIN_ON_PASSWORD_RESET = True
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "django.contrib.auth.tokens.PasswordResetTokenGenerator"  # noqa: S105 - a class
ACCOUNT_RATE_LIMITS = False  # incidents/actions/login_throttle.py counts in a table of its own
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
UNFOLD = theme.UNFOLD | {"SITE_SUBHEADER": f"Version {VERSION}"}
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = urlsplit(SITE_URL).scheme == "https"
# The front drops the header of whoever is no trusted proxy (opsportal/runtime/web/environ.py).
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
HTTPS_ONLY = env.bool("HTTPS_ONLY", default=False)
SECURE_SSL_REDIRECT = SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS_ONLY
SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", default=31_536_000) if HTTPS_ONLY else 0
# To be on the list of the browsers is for whoever owns the domain to ask for.
SILENCED_SYSTEM_CHECKS = ["security.W021"]
X_FRAME_OPTIONS = "DENY"

# The pages are in English. What is sent to people is in their language, else in this one.
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English")]  # unfold's menu looks up the names of all, for each page.
MESSAGE_LANGUAGE = env.str("LANGUAGE_CODE", default="en").lower().partition("-")[0]
if MESSAGE_LANGUAGE not in ("en", "de"):
    raise ImproperlyConfigured("LANGUAGE_CODE: messages are written in en or de.")
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["opsportal.formats"]
TIME_ZONE = "UTC"
USE_TZ = True
STATIC_URL = "static/"
STORAGES = {"staticfiles": {"BACKEND": "opsportal.web.static_files.StaticFiles"}}
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = True  # Served from where they are: there is nothing to collect.
WHITENOISE_MIMETYPES = {".webmanifest": "application/manifest+json"}

# Email (SMTP), as Django names it, and as other pagers do: SMTP_….
SMTP_PORT = env.int("SMTP_PORT", default=0)
EMAIL_HOST = env.str("EMAIL_HOST", default=env.str("SMTP_HOST", default=""))
# Without a mail server, and an account at a provider, mails become files, so that a demo can be
# looked at and troubles nobody.
EMAIL_BACKEND = env.str(
    "EMAIL_BACKEND",
    default="django.core.mail.backends.smtp.EmailBackend"
    if EMAIL_HOST
    else "notifications.account_mail.Backend",
)
EMAIL_FILE_PATH = DATA_DIR / "mail"
EMAIL_PORT = env.int("EMAIL_PORT", default=SMTP_PORT or 25)
EMAIL_HOST_USER = env.str("EMAIL_HOST_USER", default=env.str("SMTP_USER", default=""))
EMAIL_HOST_PASSWORD = env.str("EMAIL_HOST_PASSWORD", default=env.str("SMTP_PASSWORD", default=""))
# SMTP_PORT says how the line is encrypted, where nothing else does.
EMAIL_USE_TLS = env.bool("EMAIL_USE_TLS", default=EMAIL_PORT == SMTP_PORT == 587)
EMAIL_USE_SSL = env.bool("EMAIL_USE_SSL", default=EMAIL_PORT == SMTP_PORT == 465)
EMAIL_TIMEOUT = env.int("EMAIL_TIMEOUT", default=10)
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.str(
    "DEFAULT_FROM_EMAIL",
    default=env.str("SMTP_FROM", default="") or f"OpsPortal <opsportal@{SITE_HOST}>",
)

# What leaves the house (opsportal/lib/net/http.py).
OUTGOING_ALLOW_PRIVATE = env.bool("OUTGOING_ALLOW_PRIVATE", default=False)
OUTGOING_ALLOWED_HOSTS = env.list("OUTGOING_ALLOWED_HOSTS", default=[])
OUTGOING_TIMEOUT = env.int("OUTGOING_TIMEOUT", default=10)
OUTGOING_CA_FILE = env.str("OUTGOING_CA_FILE", default="")
OUTGOING_PROXY = env.str("OUTGOING_PROXY", default="")
ACTION_LINK_DAYS = env.int("ACTION_LINK_DAYS", default=7)

# Longer than so many days without a break on call is told as a defect of the coverage.
ON_CALL_MAX_DAYS = env.int("ON_CALL_MAX_DAYS", default=14)

# Red defects of the coverage that begin within so many hours are an incident; 0: none.
COVERAGE_INCIDENT_HOURS = env.int("COVERAGE_INCIDENT_HOURS", default=0)

# What comes in.
INBOUND_MAX_BYTES = env.int("INBOUND_MAX_BYTES", default=1024 * 1024)
INBOUND_RATE_LIMIT = env.int("INBOUND_RATE_LIMIT", default=120)
INBOUND_BACKLOG_LIMIT = env.int("INBOUND_BACKLOG_LIMIT", default=10_000)
TRUSTED_PROXIES = env.list("TRUSTED_PROXIES", default=[])

# Mails that come in: to <mailbox>@INBOUND_MAIL_DOMAIN, by SMTP, IMAP or a provider's webhook.
INBOUND_MAIL_DOMAIN = env.str("INBOUND_MAIL_DOMAIN", default=SITE_HOST or "localhost").lower()
INBOUND_MAIL_MAX_BYTES = env.int("INBOUND_MAIL_MAX_BYTES", default=10 * 1024 * 1024)
INBOUND_SMTP = env.str("INBOUND_SMTP", default="")
INBOUND_MAIL_REPLIES = env.str("INBOUND_MAIL_REPLIES", default="replies" if INBOUND_SMTP else "")
INBOUND_SMTP_CERT = env.str("INBOUND_SMTP_CERT", default="")
INBOUND_SMTP_KEY = env.str("INBOUND_SMTP_KEY", default="")
INBOUND_SMTP_CONNECTIONS = env.int("INBOUND_SMTP_CONNECTIONS", default=50)
INBOUND_MAIL_WEBHOOK_SECRET = env.str("INBOUND_MAIL_WEBHOOK_SECRET", default="")
ANYMAIL = {
    "WEBHOOK_SECRET": INBOUND_MAIL_WEBHOOK_SECRET,
    "MAILGUN_WEBHOOK_SIGNING_KEY": env.str("INBOUND_MAIL_MAILGUN_KEY", default=""),
}
# A mail as a field of a form, or in JSON as base64, is larger than it was.
DATA_UPLOAD_MAX_MEMORY_SIZE = max(INBOUND_MAX_BYTES, 2 * INBOUND_MAIL_MAX_BYTES)

# The rows are the queue; Django-Q executes what is due (docs/decisions/0009).
# Retries are ours (Notification.next_attempt_at), so a task runs once and is dropped.
Q_CLUSTER = {
    "name": SENDERS,
    # The timers have a queue and a worker of their own: no send that hangs can hold them up.
    "ALT_CLUSTERS": {TIMERS: {"workers": 1}},
    "orm": "default",
    "broker_class": "opsportal.runtime.task_broker.PostgresBroker",
    "workers": env.int("Q_WORKERS", default=2),
    "recycle": 100_000,
    "timeout": 60,
    "retry": 90,  # must exceed timeout, or a slow task runs twice
    "max_attempts": 1,
    "ack_failures": True,
    "catch_up": False,
    "scheduler": False,  # Its place is taken: opsportal/runtime/task_workers.py
    "save_limit": -1,
    "poll": 5,  # Only for what a dead worker left: new tasks notify the workers.
    "bulk": 1,
    "queue_limit": 2,  # What a worker does not begin with at once stays where others can pass it.
    "guard_cycle": 1,
    "log_level": "WARNING",
    "label": "Tasks",
}

REST_FRAMEWORK = reference.REST_FRAMEWORK
# Who reads the reference of the API at /api/docs/ and /api/schema/: everybody, or who logs in.
API_DOCS_REQUIRE_LOGIN = env.bool("API_DOCS_REQUIRE_LOGIN", default=False)
SPECTACULAR_SETTINGS = reference.SPECTACULAR_SETTINGS

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "opsportal.lib.log_redaction.RedactingFormatter",
            "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="WARNING")},
    # What was refused is told to who asked, and stands in the inbound log; in a storm a line for
    # each 429 would bury what is wrong here.
    "loggers": {
        "django.request": {"level": "ERROR"},
        # Django's own handlers print without redaction; statements hold all that is stored.
        "django": {"handlers": [], "level": "NOTSET"},
        "django.server": {"handlers": [], "propagate": True},
        "django.db.backends": {"level": "WARNING"},
    },
}
