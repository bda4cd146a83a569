"""The steps by which one gets what a channel asks for, from docs/notifications.md."""

import re
from functools import cache
from pathlib import Path

from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

PAGE = Path(__file__).parent.parent / "docs" / "notifications.md"
SECTION = re.compile(r"^#{2,3} (.+)$", re.MULTILINE)
STEPS = re.compile(r"(?:^\d\. .+\n(?:^ {3}.+\n)*)+", re.MULTILINE)
MARKDOWN = MarkdownIt("commonmark", {"html": False})


def guide(label: str) -> SafeString:
    """The steps of a channel's section as HTML; "" where it has none."""
    steps = "".join(STEPS.findall(_sections().get(label, "")))
    html = f'<div class="o-guide">{MARKDOWN.render(steps)}</div>' if steps else ""
    return mark_safe(html)  # noqa: S308


@cache
def _sections() -> dict[str, str]:
    """The text of each section by its title."""
    parts = SECTION.split(PAGE.read_text(encoding="utf-8"))
    return dict(zip(parts[1::2], parts[2::2], strict=True))
