"""Schedules: who is on call when. The rules are pure; the loader reads what they need."""
