"""PagerDuty's names of time zones, those of Ruby on Rails, as IANA time zones."""

import re
from functools import lru_cache

from integrations.importers.known_zones import known_zones

# What is not the last part of exactly one IANA name.
# https://api.rubyonrails.org/classes/ActiveSupport/TimeZone.html
NAMES = {
    "International Date Line West": "Etc/GMT+12",
    "Midway Island": "Pacific/Midway",
    "American Samoa": "Pacific/Pago_Pago",
    "Hawaii": "Pacific/Honolulu",
    "Alaska": "America/Juneau",
    "Pacific Time (US & Canada)": "America/Los_Angeles",
    "Pacific Time (Canada)": "America/Vancouver",
    "Mountain Time (US & Canada)": "America/Denver",
    "Alberta": "America/Edmonton",
    "Arizona": "America/Phoenix",
    "Central Time (US & Canada)": "America/Chicago",
    "Saskatchewan": "America/Regina",
    "Guadalajara": "America/Mexico_City",
    "Central America": "America/Guatemala",
    "Eastern Time (US & Canada)": "America/New_York",
    "Indiana (East)": "America/Indiana/Indianapolis",
    "Quito": "America/Lima",
    "Atlantic Time (Canada)": "America/Halifax",
    "Newfoundland": "America/St_Johns",
    "Brasilia": "America/Sao_Paulo",
    "Buenos Aires": "America/Argentina/Buenos_Aires",
    "Georgetown": "America/Guyana",
    "Greenland": "America/Nuuk",
    "Mid-Atlantic": "Atlantic/South_Georgia",
    "Cape Verde Is.": "Atlantic/Cape_Verde",
    "Edinburgh": "Europe/London",
    "UTC": "Etc/UTC",
    "Bern": "Europe/Zurich",
    "West Central Africa": "Africa/Algiers",
    "Istanbul": "Europe/Istanbul",
    "Pretoria": "Africa/Johannesburg",
    "St. Petersburg": "Europe/Moscow",
    "Abu Dhabi": "Asia/Muscat",
    "Ekaterinburg": "Asia/Yekaterinburg",
    "Islamabad": "Asia/Karachi",
    "Chennai": "Asia/Kolkata",
    "Mumbai": "Asia/Kolkata",
    "New Delhi": "Asia/Kolkata",
    "Sri Jayawardenepura": "Asia/Colombo",
    "Astana": "Asia/Almaty",
    "Rangoon": "Asia/Yangon",
    "Hanoi": "Asia/Bangkok",
    "Beijing": "Asia/Shanghai",
    "Osaka": "Asia/Tokyo",
    "Sapporo": "Asia/Tokyo",
    "Solomon Is.": "Pacific/Guadalcanal",
    "New Caledonia": "Pacific/Noumea",
    "Marshall Is.": "Pacific/Majuro",
    "Wellington": "Pacific/Auckland",
    "Nuku'alofa": "Pacific/Tongatapu",
    "Tokelau Is.": "Pacific/Fakaofo",
    "Chatham Is.": "Pacific/Chatham",
    "Samoa": "Pacific/Apia",
}
OFFSET = re.compile(r"^\((?:GMT|UTC)[^)]*\)\s*")  # before the name, as a menu shows it


def zone_of(name: str) -> str:
    """The IANA time zone that a name means; '' where it means none."""
    name = OFFSET.sub("", name.strip()).lower()
    return _table().get(name.replace("’", "'"), "")


@lru_cache(maxsize=1)
def _table() -> dict[str, str]:
    """By lower-cased name: names of the table first, then IANA names, then their last parts."""
    zones = sorted(known_zones())
    last: dict[str, list[str]] = {}
    for zone in zones:
        if "/" in zone and not zone.startswith(("Etc/", "US/", "Canada/", "Mexico/", "Brazil/")):
            last.setdefault(zone.rpartition("/")[2].replace("_", " ").lower(), []).append(zone)
    cities = {name: found[0] for name, found in last.items() if len(found) == 1}
    iana = {zone.lower(): zone for zone in zones}
    ours = {name.lower(): zone for name, zone in NAMES.items()}
    return {**iana, **cities, **ours}
