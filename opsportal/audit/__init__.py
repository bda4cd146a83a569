"""Which tables the audit log watches, how it knows by whom, and the page that shows it."""
