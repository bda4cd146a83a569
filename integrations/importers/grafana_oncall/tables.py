"""A dump of its tables in the words of its API, so that one reader takes both."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from integrations.importers.lists import Lists
from integrations.importers.rows import FieldError, Row

# list of the API: its table. The names are Django's, of app and model.
TABLES = {
    "users": "user_management_user",
    "teams": "user_management_team",
    "schedules": "schedules_oncallschedule",
    "shifts": "schedules_customoncallshift",
    "swaps": "schedules_shiftswaprequest",
    "chains": "alerts_escalationchain",
    "steps": "alerts_escalationpolicy",
    "integrations": "alerts_alertreceivechannel",
    "routes": "alerts_channelfilter",
    "rules": "base_usernotificationpolicy",
}
KINDS = {  # the table of each kind of schedule, whose rows belong to one of all
    "web": "schedules_oncallscheduleweb",
    "calendar": "schedules_oncallschedulecalendar",
    "ical": "schedules_oncallscheduleical",
}
LINKS = {
    "shift_users": "schedules_customoncallshift_users",
    "schedule_shifts": "schedules_oncallschedulecalendar_custom_on_call_shifts",
    "step_users": "alerts_escalationpolicy_notify_to_users_queue",
    "team_users": "user_management_team_users",
}
SHIFT_TYPES = ("single_event", "recurrent_event", "rolling_users", "override")
FREQUENCIES = ("daily", "weekly", "monthly", "hourly")
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
STEPS = {
    0: ("wait", False),
    2: ("notify_whole_channel", False),
    3: ("repeat_escalation", False),
    4: ("resolve", False),
    5: ("notify_user_group", False),
    6: ("notify_on_call_from_schedule", False),
    8: ("notify_user_group", True),
    9: ("notify_on_call_from_schedule", True),
    11: ("notify_person_next_each_time", False),
    12: ("notify_if_time_from_to", False),
    13: ("notify_persons", False),
    14: ("notify_persons", True),
    15: ("notify_if_num_alerts_in_window", False),
    16: ("trigger_webhook", False),
    17: ("notify_team_members", False),
    18: ("notify_team_members", True),
    19: ("declare_incident", False),
    20: ("notify_person_next_each_time", True),
}
CHANNELS = {
    0: "notify_by_slack",
    1: "notify_by_sms",
    2: "notify_by_phone_call",
    3: "notify_by_telegram",
    5: "notify_by_mobile_app",
    6: "notify_by_mobile_app_critical",
    8: "notify_by_email",
}
ROLES = {0: "admin", 1: "editor", 2: "viewer"}


def with_tables(lists: Lists) -> Lists:
    """The lists with what its tables say, where the API's are not among them."""
    dump = _Dump(lists)
    for name, table in TABLES.items():
        if table in lists.found and name not in lists.found:
            lists.found[name] = list(dump.rows(name, table))
    return lists


class _Dump:
    """Tables refer to each other by numbers; the API has the public keys of the same rows."""

    def __init__(self, lists: Lists) -> None:
        self.lists = lists
        self.keys = {name: self._keys(table) for name, table in TABLES.items()}
        self.kinds = {
            str(row.get("oncallschedule_ptr_id")): (kind, row)
            for kind, table in KINDS.items()
            for row in lists.rows(table)
        }

    def rows(self, name: str, table: str) -> Iterator[Row]:
        """The rows of a table as objects of the API; what cannot be one is a problem."""
        for row in self.lists.found[table]:
            try:
                yield self.converted(name, row)
            except FieldError as error:
                self.lists.problems.append(str(error))

    def converted(self, name: str, row: Row) -> Row:
        """A row of a table as an object of the API. Raises FieldError."""
        key = row.get("public_primary_key") or row.get("id")
        convert: Callable[[Row], Mapping[str, Any]] | None = getattr(self, f"_{name}", None)
        return Row(row.place, {**row.fields, "id": key, **(convert(row) if convert else {})})

    def _keys(self, table: str) -> dict[str, str]:
        return {
            str(row.get("id")): str(row.get("public_primary_key") or row.get("id"))
            for row in self.lists.rows(table)
        }

    def _key(self, name: str, value: Any) -> str | None:
        return None if value is None else self.keys[name].get(str(value), str(value))

    def _linked(self, link: str, own: str, row: Row, other: str, name: str) -> list[str]:
        rows = self.lists.of(LINKS[link], own).get(str(row.get("id")), [])
        return [str(self._key(name, found.get(other))) for found in rows]

    def _users(self, row: Row) -> Mapping[str, Any]:
        return {
            "role": ROLES.get(row.whole("role", 2), "viewer"),
            "timezone": row.get("timezone") or row.get("_timezone"),
            "phone": row.get("_verified_phone_number"),
            "is_active": row.get("is_active"),
        }

    def _teams(self, row: Row) -> Mapping[str, Any]:
        return {"members": self._linked("team_users", "team_id", row, "user_id", "users")}

    def _schedules(self, row: Row) -> Mapping[str, Any]:
        kind, child = self.kinds.get(str(row.get("id")), ("web", row))
        links = self.lists.of(LINKS["schedule_shifts"], "oncallschedulecalendar_id")
        shifts = links.get(str(row.get("id")), [])
        return {
            **child.fields,
            "id": row.get("public_primary_key") or row.get("id"),
            "type": kind,
            "team_id": self._key("teams", row.get("team_id")),
            "shifts": [self._key("shifts", found.get("customoncallshift_id")) for found in shifts],
        }

    def _shifts(self, row: Row) -> Mapping[str, Any]:
        frequency = row.get("frequency")
        return {
            "type": SHIFT_TYPES[row.between("type", 0, 3)],
            "level": row.get("priority_level"),
            "schedule": self._key("schedules", row.get("schedule_id")),
            "frequency": None if frequency is None else FREQUENCIES[row.between("frequency", 0, 3)],
            "week_start": WEEKDAYS[row.between("week_start", 0, 6, 6)],
            "users": self._linked("shift_users", "customoncallshift_id", row, "user_id", "users"),
        }

    def _swaps(self, row: Row) -> Mapping[str, Any]:
        status = "taken" if row.has("benefactor_id") else "open"
        return {
            "schedule": self._key("schedules", row.get("schedule_id")),
            "beneficiary": self._key("users", row.get("beneficiary_id")),
            "benefactor": self._key("users", row.get("benefactor_id")),
            "status": "deleted" if row.has("deleted_at") else status,
        }

    def _chains(self, row: Row) -> Mapping[str, Any]:
        return {"team_id": self._key("teams", row.get("team_id"))}

    def _steps(self, row: Row) -> Mapping[str, Any]:
        kind, important = STEPS.get(row.whole("step", -1), (f"step {row.get('step')}", False))
        people = self._linked("step_users", "escalationpolicy_id", row, "user_id", "users")
        return {
            "escalation_chain_id": self._key("chains", row.get("escalation_chain_id")),
            "position": row.get("order"),
            "type": kind,
            "important": important,
            "duration": row.get("wait_delay"),
            "persons_to_notify": people,
            "persons_to_notify_next_each_time": people,
            "team_to_notify": self._key("teams", row.get("notify_to_team_members_id")),
            "group_to_notify": row.get("notify_to_group_id"),
            "notify_on_call_from_schedule": self._key("schedules", row.get("notify_schedule_id")),
            "notify_if_time_from": row.get("from_time"),
            "notify_if_time_to": row.get("to_time"),
        }

    def _integrations(self, row: Row) -> Mapping[str, Any]:
        return {
            "name": row.get("verbal_name"),
            "type": row.get("integration"),
            "link": f"/{row.get('token')}/" if row.has("token") else None,
            "team_id": self._key("teams", row.get("team_id")),
            "is_deleted": row.has("deleted_at"),
        }

    def _routes(self, row: Row) -> Mapping[str, Any]:
        return {
            "integration_id": self._key("integrations", row.get("alert_receive_channel_id")),
            "escalation_chain_id": self._key("chains", row.get("escalation_chain_id")),
            "is_the_last_route": row.get("is_default"),
            "routing_regex": row.get("filtering_term"),
        }

    def _rules(self, row: Row) -> Mapping[str, Any]:
        is_wait = row.whole("step", 1) == 0
        channel = CHANNELS.get(row.whole("notify_by", 0), f"notify_by_{row.get('notify_by')}")
        return {
            "user_id": self._key("users", row.get("user_id")),
            "position": row.get("order"),
            "type": "wait" if is_wait else channel,
            "duration": row.get("wait_delay"),
        }
