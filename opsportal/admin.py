"""The admin of the libraries: what nobody should change by hand is not offered."""

from django.contrib import admin
from django_q.models import Failure, OrmQ, Schedule, Success

# The rows of the portal are the queue (docs/decisions/0003): these only wake the workers.
for model in (Failure, OrmQ, Schedule, Success):
    if admin.site.is_registered(model):
        admin.site.unregister(model)
