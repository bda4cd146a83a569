"""What checking a signature may find, each with the code that the API answers."""


class BadSignature(Exception):
    """The message is not proven to come from who has the secret."""

    code = "bad_signature"


class CannotVerify(Exception):
    """What is needed to check a signature cannot be fetched now: neither valid nor invalid."""

    code = "cannot_verify"
