"""Errors of messages and of rules, each with the code that the API answers."""


class UnreadableBody(Exception):
    """The bytes are not what their sender calls them; the text says what is wrong, and where."""

    code = "unreadable_body"


class UnrecognizedPayload(Exception):
    """The body was read, but no variant of the rules knows its shape."""

    code = "unrecognized_payload"


class NotAccepted(UnrecognizedPayload):
    """The filters of every integration on its URL refuse it, as people wanted."""


class RulesError(Exception):
    """Rules that cannot work: each problem names its place and how to mend it."""

    code = "invalid_rules"

    def __init__(self, problems: list[tuple[str, str]]) -> None:
        self.problems = problems
        super().__init__("; ".join(f"{where}: {message}" for where, message in problems))
