"""The admin of people, teams, keys, services and incidents."""

from incidents.admin import bridges, changes, incidents, keys, people, services, teams

__all__ = ["bridges", "changes", "incidents", "keys", "people", "services", "teams"]
