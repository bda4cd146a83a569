"""The fairness ledger, as the API shows it."""

from typing import Any

from rest_framework import serializers

from escalation.on_call.ledger import Ledger, Line
from incidents.references import Strict


class LedgerLineSerializer(Strict):
    """A person: minutes on call, and of these at night (22 to 6), at the week-end, on holidays and
    outside of work in the person's time zone; minutes taken from and given to others; pages."""

    user = serializers.IntegerField()
    name = serializers.CharField()
    email = serializers.CharField()
    minutes = serializers.IntegerField()
    night_minutes = serializers.IntegerField()
    weekend_minutes = serializers.IntegerField()
    holiday_minutes = serializers.IntegerField()
    outside_work_minutes = serializers.IntegerField()
    taken_minutes = serializers.IntegerField()
    given_minutes = serializers.IntegerField()
    pages = serializers.IntegerField()
    night_pages = serializers.IntegerField()
    wake_ups = serializers.IntegerField(help_text="Pages at night after an hour of quiet.")


class LedgerSerializer(Strict):
    """Who carries how much. Balances are from 0 to 1, and null for fewer than two people."""

    covered = serializers.FloatField(help_text="The share of the time with somebody on call.")
    balance = serializers.FloatField(allow_null=True)
    night_balance = serializers.FloatField(allow_null=True)
    weekend_balance = serializers.FloatField(allow_null=True)
    people = LedgerLineSerializer(many=True)


def ledger_fields(ledger: Ledger) -> dict[str, Any]:
    """What LedgerSerializer names."""
    return {
        "covered": ledger.covered,
        "balance": ledger.balance("total"),
        "night_balance": ledger.balance("night"),
        "weekend_balance": ledger.balance("weekend"),
        "people": [_line(one) for one in ledger.lines],
    }


def _line(line: Line) -> dict[str, Any]:
    found = line.minutes
    return {
        "user": line.user.pk,
        "name": str(line.user),
        "email": line.user.email,
        "minutes": found.total,
        "night_minutes": found.night,
        "weekend_minutes": found.weekend,
        "holiday_minutes": found.holiday,
        "outside_work_minutes": found.outside_work,
        "taken_minutes": line.taken,
        "given_minutes": line.given,
        "pages": line.pages,
        "night_pages": line.night_pages,
        "wake_ups": line.wake_ups,
    }
