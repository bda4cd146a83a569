"""The audit log has a page for each row; the library's own list is not shown."""

from auditlog import get_logentry_model
from django.contrib import admin

admin.site.unregister(get_logentry_model())
