"""The admin of people, teams, keys, services and incidents."""

from incidents.admin import incidents, keys, people, services, teams

__all__ = ["incidents", "keys", "people", "services", "teams"]
