"""Workflows: what is done by itself when an incident changes, or after a time."""
