"""Every secret of the database under the key that encrypts now, while the portal runs."""

from dataclasses import dataclass

from opsportal.lib import encryption
from opsportal.lib.encryption import SEPARATOR, SecretUnreadable
from opsportal.runtime import encrypted_columns, encryption_key
from opsportal.runtime.encrypted_columns import Column


@dataclass(slots=True)
class ColumnReport:
    """How many secrets of a column are under the current key, under a fallback, or unreadable."""

    name: str
    current: int = 0
    outdated: int = 0
    unreadable: int = 0


def survey() -> list[ColumnReport]:
    """What each encrypted column holds. Changes nothing."""
    return [_examine(column) for column in encrypted_columns.columns()]


def reencrypt() -> list[ColumnReport]:
    """Encrypt anew what a fallback reads; the canary comes last, when all else is done.

    A value that somebody changes meanwhile is left to them: they have written it with their key.
    What cannot be read stays as it is. Done twice, it changes nothing.
    """
    reports = [_reencrypt(column) for column in encrypted_columns.columns()]
    canary = encryption_key.stored_canary()
    if canary is None or not encryption.is_current(canary):
        encryption_key.write_canary()
    return reports


def _examine(column: Column) -> ColumnReport:
    report = ColumnReport(column.label)
    for _, stored in column.stored():
        try:
            encryption.decrypt(stored)
        except SecretUnreadable:
            report.unreadable += 1
        else:
            report.current += encryption.is_current(stored)
            report.outdated += not encryption.is_current(stored)
    return report


def _reencrypt(column: Column) -> ColumnReport:
    report = ColumnReport(column.label)
    for row_id, stored in column.stored(but=encryption.current_key_id() + SEPARATOR):
        try:
            report.outdated += column.replace(row_id, stored, encryption.reencrypt(stored))
        except SecretUnreadable:
            report.unreadable += 1
    return report
