"""Django's backend for PostgreSQL, which also hangs up where nothing can be written any more."""
