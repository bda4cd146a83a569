"""The pages for people lead from one to the other, and every link in them leads somewhere."""

import re
from pathlib import Path

from tests.rows import each

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
CODE = re.compile(r"```.*?```", re.DOTALL)


def text_of(page):
    return CODE.sub("", page.read_text())


def anchors_of(page):
    """The names that a heading can be reached by, as GitHub makes them."""
    titles = (title.lower().strip() for title in HEADING.findall(text_of(page)))
    return {re.sub(r"[^\w\- ]", "", title).replace(" ", "-") for title in titles}


def own_links(page):
    return [link for link in LINK.findall(text_of(page)) if "://" not in link]


def leads_somewhere(page, link):
    path, _, anchor = link.partition("#")
    target = (page.parent / path).resolve() if path else page
    if not target.exists():
        return False
    return not anchor or anchor in anchors_of(target)


@each("page", PAGES)
def test_every_link_leads_to_a_file_and_its_heading(page):
    assert [link for link in own_links(page) if not leads_somewhere(page, link)] == []


def test_a_reader_of_the_readme_finds_every_page():
    found = {(ROOT / link.partition("#")[0]).resolve() for link in own_links(ROOT / "README.md")}

    assert {page.name for page in ROOT.glob("docs/*.md")} <= {path.name for path in found}
