from tests.mail import mail_server  # noqa: F401
