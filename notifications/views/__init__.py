"""Pages of contact methods, notification rules, and action links."""
