"""Redaction of log lines: what opens something never stands in what a process prints.

Three nets, each for what passes the others: the addresses that hold a secret, the names that a
secret goes by, and the forms of the portal's own secrets. Phone numbers are shortened as well.
"""

import logging
import re
import sys
import threading
import traceback

REDACTED = "…"
MAX_LINE_CHARS = 8_000
# Behind these stands a key, up to the end of the path. A test asks it of every address.
ROUTES = (
    "POSTAlert|ping|hooks|chat/slack|chat/teams|alertmanager|set-password|me/chat/link|feeds|cover"
    "|hand-over|callbacks|push|calls|confirm|unsubscribe"
    "|api/v2/heartbeat|integrations/v1|integrations/generic/[0-9]+/alert"
)
NAMES = (
    "authorization|cookie|token|secret|password|passwd|passphrase|api[-_]?key|routing[-_]?key"
    "|service[-_]?key|integration[-_]?key|private[-_]?key|access[-_]?key|credential"
)
# Everything is bounded, so that a line is read in linear time.
WORD = rf"[\w-]{{0,40}}(?:{NAMES})[\w-]{{0,40}}"
SCHEME = r"(?<![a-z0-9+.-])[a-z][a-z0-9+.-]{0,20}"
REST = r"[^\s?#\"'<>]+"
RULES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), replacement)
    for pattern, replacement in (
        # Whole URLs: of another's server the path is often the secret; user and password, too.
        (rf"({SCHEME}://)(?:[^\s/@\"'<>]*@)?([^\s/?#\"'<>,)]+)[/?#][^\s\"'<>]+", r"\1\2/…"),
        (rf"({SCHEME}://)[^\s/@\"'<>]*@", r"\1"),
        (r"(\bwith url: )\S+", r"\1/…"),  # urllib3
        (r"(:[0-9]+ \"[A-Z]+ )/\S*( HTTP/)", r"\1/…\2"),  # urllib3, with LOG_LEVEL=DEBUG
        (rf"(/(?:{ROUTES})/+){REST}", r"\1…"),
        (rf"(?<![\w/.%-])(/a/+){REST}", r"\1…"),
        (r"(\bRCPT TO:\s*<?)[^\s<>@'\"]+", r"\1…"),
        # Phone numbers, by their form: E.164.
        (r"(?<![\w+])(\+[1-9][0-9])[0-9]{4,10}([0-9]{3})(?![0-9])", r"\1…\2"),
        # Rows that a database error quotes, and the values of its key.
        (r"(\bFailing row contains \().*", r"\1…)"),
        (r"(\bKey \([^()]*(?:\([^()]*\)[^()]*)*\)=\().*?(\) (?:already|is|conflicts)\b)", r"\1…\2"),
        # By name: in a query, in JSON or a dict, as an argument, as a header.
        (rf"((?:^|[?&\s\"'])(?:key|{WORD})=)[^&\s\"'<>]+", r"\1…"),
        (rf"(([\"']){WORD}\2\s*:\s*b?([\"'])).*?(?=\3)", r"\1…"),
        (rf"(\b{WORD}\s*=\s*b?([\"'])).*?(?=\2)", r"\1…"),
        (rf"(^|[\s{{,])({WORD}:\s+)(?![\"'])\S.*", r"\1\2…"),
        (r"(\b(?:bearer|basic|geniekey|api-key|token token=)\s*)[\w.~+/=-]{8,}", r"\1…"),
        # By form: tokens of integrations, keys of the API, links of mails, and others' keys.
        (r"(?<![0-9a-z])[0-9a-f]{32,}(?![0-9a-z])", REDACTED),
        (r"\b[ar][0-9a-z]+\.[0-9a-z]+\.[0-9a-z]+\.[0-9a-f]{8}\.[\w-]{22}(?![\w-])", REDACTED),
        (r"\b(?:sk_live_|gh[pousr]_|xox[abprs]-|glpat-|AKIA)[\w-]{8,}", REDACTED),
    )
)


def redact(line: str) -> str:
    """The line without what may be a secret; each is replaced by ``…``. Never raises.

    A line of more than MAX_LINE_CHARS is cut after a word.
    """
    if len(line) > MAX_LINE_CHARS:
        line = line[:MAX_LINE_CHARS].rpartition(" ")[0] + f" {REDACTED}"
    for pattern, replacement in RULES:
        line = pattern.sub(replacement, line)
    return line


def redact_lines(text: str) -> str:
    """A text of several lines, each redacted."""
    return "\n".join(map(redact, text.split("\n")))


class RedactingFormatter(logging.Formatter):
    """Redacts the whole of what is printed: message, arguments and traceback."""

    def format(self, record: logging.LogRecord) -> str:
        return redact_lines(super().format(record))


def redact_uncaught() -> None:
    """Have this process print the tracebacks of what nobody catches redacted, too."""
    sys.excepthook = lambda *error: _print(traceback.format_exception(*error))
    threading.excepthook = lambda args: _print(
        traceback.format_exception(args.exc_type, args.exc_value, args.exc_traceback)
    )


def _print(lines: list[str]) -> None:
    sys.stderr.write(redact_lines("".join(lines)))
