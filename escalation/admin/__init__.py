"""The admin of policies, plays and the default policy of a service."""

from escalation.admin import policies, runs, services, usage

__all__ = ["policies", "runs", "services", "usage"]
