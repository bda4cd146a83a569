"""Secrets that were encrypted with another ``SECRET_KEY`` than that of the test."""

from contextlib import contextmanager

from django.conf import settings
from django.db import connection

OTHER = "the-key-of-another-node-that-nobody-here-has"


@contextmanager
def other_key(key=OTHER):
    """What is saved within is encrypted with this key."""
    mine = settings.SECRET_KEY
    settings.SECRET_KEY = key
    try:
        yield
    finally:
        settings.SECRET_KEY = mine


def raw(row, name):
    """A column as it is stored."""
    with connection.cursor() as cursor:
        table = row._meta.db_table
        cursor.execute(f'SELECT "{name}" FROM "{table}" WHERE id = %s', [row.pk])
        return cursor.fetchone()[0]


def lose(row, *names):
    """These secrets are from now on encrypted with a key that is lost; returns how they stand."""
    fresh = type(row).objects.get(pk=row.pk)
    with other_key():
        fresh.save(update_fields=names)
    return {name: raw(row, name) for name in names}
