"""Forms that change who is on call: overrides, taking over, out of office, a schedule's name."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms

from escalation.actions.overrides import OverrideDraft, Span
from escalation.actions.reminders import MAX_REMINDERS, reminders_of
from escalation.models import OnCallSettings, Schedule
from escalation.models.reminders import SWITCHES
from escalation.models.schedules import SCHEDULE_ROLES, WEEKDAYS
from escalation.rights.schedule_rights import manages
from escalation.schedules.facts import OverrideKind
from incidents.forms import offer
from incidents.models import Team, User
from incidents.wall_field import WallField
from notifications.channels import all_channels
from notifications.models import SharedChannel
from opsportal.lib.durations import format_exact_duration
from opsportal.lib.holiday_places import place_choices
from opsportal.lib.weekly_hours import datetime_on, to_utc

KINDS = [
    ("everybody", "Instead of everybody who is on call"),
    ("one", "Instead of one person"),
    ("also", "In addition to whoever is on call"),
    ("nobody", "Nobody is on call"),
]
OFFSETS_MINUTES = (15, 60, 4 * 60, 12 * 60, 24 * 60, 2 * 24 * 60, 7 * 24 * 60, 14 * 24 * 60)
TAKE_CHOICES = {"end": "until the shift ends", "1": "for 1 hour", "4": "for 4 hours"}


class SpanForm(forms.Form):
    """From when until when, on the wall of ``zone``."""

    starts = WallField(label="From")
    ends = WallField(label="Until")
    zone: ZoneInfo

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        for name in ("starts", "ends"):
            if wall := found.get(name):
                found[f"{name}_at"] = self._instant(name, wall)
        if not self.errors and found["ends_at"] <= found["starts_at"]:
            self.add_error("ends", "It has to end after it starts.")
        return found

    def _instant(self, name: str, wall: datetime) -> datetime | None:
        at = datetime_on(wall, self.zone, is_end=name == "ends")
        if at is None:
            leap = to_utc(wall, self.zone, is_end=False)
            before = (leap - timedelta(minutes=1)).astimezone(self.zone)
            after = f"after {before:%H:%M} comes {leap.astimezone(self.zone):%H:%M}"
            self.add_error(name, f"The clock of {self.zone.key} leaves this time out: {after}.")
        return at

    @property
    def span(self) -> Span:
        """What was written."""
        return Span(self.cleaned_data["starts_at"], self.cleaned_data["ends_at"])


class OverrideForm(SpanForm):
    """Other people than the layers say are on call for some time."""

    kind = forms.ChoiceField(
        label="What happens", choices=KINDS, initial="everybody", widget=forms.RadioSelect
    )
    instead_of = forms.ModelChoiceField(
        User.objects.none(), label="Instead of", required=False, empty_label="Choose a person"
    )
    people = forms.ModelMultipleChoiceField(
        User.objects.none(), label="On call", required=False, widget=forms.SelectMultiple
    )
    reason = forms.CharField(label="Reason", max_length=300, required=False)

    field_order = ["people", "kind", "instead_of", "starts", "ends", "reason"]

    def __init__(self, *args: Any, schedule: Schedule, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone = ZoneInfo(schedule.zone)
        self.fields["starts"].help_text = f"Times are those of {schedule.zone}."
        may_all = manages(schedule, user)
        people = User.objects.pageable() if may_all else User.objects.filter(pk=user.pk)
        offer(self, people=people, instead_of=User.objects.active().visible_to(user))
        if not may_all:
            self.fields["people"].initial = [user.pk]
            self.fields["people"].help_text = "You may put yourself on call here."
            kinds = [kind for kind in KINDS if kind[0] != "nobody"]
            self.fields["kind"].choices = kinds  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        found = super().clean()
        kind = found.get("kind")
        if kind == "one" and not found.get("instead_of") and "instead_of" not in self.errors:
            self.add_error("instead_of", "Say whose place it is.")
        if kind == "nobody":
            found["people"] = User.objects.none()
        elif not found.get("people") and "people" not in self.errors:
            self.add_error("people", "Choose at least one person.")
        return found

    @property
    def draft(self) -> OverrideDraft:
        """What was written."""
        found = self.cleaned_data
        kinds = {"also": OverrideKind.ALSO, "nobody": OverrideKind.NOBODY}
        return OverrideDraft(
            span=self.span,
            people=list(found["people"]),
            kind=kinds.get(found["kind"], OverrideKind.INSTEAD),
            instead_of=found["instead_of"] if found["kind"] == "one" else None,
            reason=found["reason"],
        )


class TakeForm(forms.Form):
    """Take over now: until when, and from whom where several are on call."""

    until = forms.ChoiceField(choices=list(TAKE_CHOICES.items()), initial="end")
    instead_of = forms.ModelChoiceField(User.objects.all(), required=False)


class AbsenceForm(SpanForm):
    """Out of office: away from everything or from one team's schedules, and who covers."""

    cover = forms.ModelChoiceField(
        User.objects.none(),
        label="Covered by",
        required=False,
        empty_label="Nobody: I stay on call",
        help_text="Whoever covers is on call in your place, in every schedule that names you.",
    )
    team = forms.ModelChoiceField(
        Team.objects.none(), label="Away from", required=False, empty_label="Everything"
    )
    note = forms.CharField(label="Note", max_length=300, required=False)

    def __init__(self, *args: Any, user: User, viewer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone = user.zone
        self.fields["starts"].help_text = f"Times are those of {user.time_zone}."
        offer(
            self,
            cover=User.objects.pageable().visible_to(viewer).exclude(pk=user.pk),
            team=Team.objects.filter(members=user),
        )
        if user != viewer:
            cover = self.fields["cover"]
            cover.empty_label = f"Nobody: {user} stays on call"  # type: ignore[attr-defined]
            cover.help_text = "Whoever covers is on call instead, in every schedule."


class ScheduleForm(forms.ModelForm):  # type: ignore[type-arg]
    """The name of a schedule and whose it is; its layers have rows of their own."""

    class Meta:
        model = Schedule
        fields = ["name", "team", "role", "description"]
        widgets = {"description": forms.TextInput}

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        teams = Team.objects.visible_to(user)
        if not user.has_perm("incidents.Groups_Update_GlobalAccess"):
            managed = user.memberships.filter(is_manager=True).values("team")
            teams = teams.filter(pk__in=managed)
            self.fields["team"].required = True
        offer(self, team=teams)
        self.fields["team"].empty_label = "No team"  # type: ignore[attr-defined]
        role = self.fields["role"]
        role.choices = [("", "No role"), *SCHEDULE_ROLES]  # type: ignore[attr-defined]
        role.label = "Answers for"
        role.help_text = "Where a policy tells this role of the team, whoever is on call here."

    def save(self, commit: bool = True) -> Schedule:
        """Its own columns alone: what is published is written meanwhile by others."""
        row: Schedule = self.instance
        row.save(update_fields=[*self.cleaned_data])
        return row


class OnCallSettingsForm(forms.Form):
    """What one is told of one's shifts: at most three reminders, and of changes."""

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen: list[tuple[int | str, str]] = [*reminders_of(user)]
        chosen += [("", "email")] * (MAX_REMINDERS - len(chosen))
        channels = _channels_of(user)
        for number, (minutes, channel) in enumerate(chosen):
            self.fields[f"before_{number}"] = forms.TypedChoiceField(
                label=("Remind me", "Also", "Also")[number],
                choices=_offsets(minutes),
                coerce=int,
                empty_value=None,
                initial=minutes,
                required=False,
            )
            self.fields[f"channel_{number}"] = forms.ChoiceField(
                label="By", choices=channels, initial=channel, required=False
            )
        settings = OnCallSettings.objects.filter(user=user).first() or OnCallSettings()
        for name in SWITCHES:
            self.fields[name] = forms.BooleanField(
                label=SWITCHES[name],
                required=False,
                initial=getattr(settings, name),
            )

    @property
    def switches(self) -> dict[str, bool]:
        """Those of OnCallSettings, as they were chosen."""
        return {name: self.cleaned_data[name] for name in SWITCHES}

    @property
    def rows(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """The fields of each reminder, side by side."""
        return [
            (self[f"before_{number}"], self[f"channel_{number}"]) for number in range(MAX_REMINDERS)
        ]

    @property
    def reminders(self) -> list[tuple[int, str]]:
        """(minutes before, channel) of those that are chosen."""
        found = self.cleaned_data
        return [
            (found[f"before_{number}"], found[f"channel_{number}"] or "email")
            for number in range(MAX_REMINDERS)
            if found[f"before_{number}"] is not None
        ]


def _offsets(minutes: int | str) -> list[tuple[int | str, str]]:
    """The choices, with the one that was made by the REST API."""
    offsets = {*OFFSETS_MINUTES, *([minutes] if isinstance(minutes, int) else [])}
    named = [(one, f"{format_exact_duration(one * 60)} before") for one in sorted(offsets) if one]
    return [("", "No reminder"), (0, "When a shift begins"), *named]


def _channels_of(user: User) -> list[tuple[str, str]]:
    """The channels on which the person has a usable address; e-mail in any case."""
    usable = user.contact_methods.filter(is_enabled=True, verified_at__isnull=False)
    mine = set(usable.values_list("channel", flat=True)) | {"email"}
    return [(key, channel.label) for key, channel in all_channels().items() if key in mine]


class ScheduleSettingsForm(forms.ModelForm):  # type: ignore[type-arg]
    """Whose holidays, the mail of a week, where hand-overs are told and whether confirmed."""

    holidays = forms.ChoiceField(
        choices=place_choices,
        required=False,
        help_text="Layers may be off on them, or on call only then: choose that in the layer.",
    )

    class Meta:
        model = Schedule
        fields = ["weekly_mail_day", "weekly_mail_at", "weekly_mail_week"]
        fields += ["hand_over_channel", "confirms_hand_overs"]
        widgets = {"weekly_mail_at": forms.TimeInput(attrs={"type": "time"}, format="%H:%M")}

    field_order = ["holidays"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        row = self.instance
        place = [row.holidays_country, row.holidays_subdivision]
        self.fields["holidays"].initial = "-".join(filter(None, place))
        offer(self, hand_over_channel=SharedChannel.objects.filter(is_enabled=True))
        self.fields["hand_over_channel"].empty_label = "No channel"  # type: ignore[attr-defined]
        day = self.fields["weekly_mail_day"]
        day.choices = [("", "No mail"), *WEEKDAYS]  # type: ignore[attr-defined]
        day.help_text = "To everybody in the schedule: who is on call, who is new, and when nobody."

    @property
    def columns(self) -> dict[str, Any]:
        """What was chosen, as columns of the schedule."""
        found = dict(self.cleaned_data)
        country, _, subdivision = found.pop("holidays").partition("-")
        return {**found, "holidays_country": country, "holidays_subdivision": subdivision}
