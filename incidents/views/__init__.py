"""Pages of incidents and services."""
