"""The catalog: one folder for each tool that can report in. See docs/adding-a-template.md."""

import logging
from functools import cache

from integrations.catalog.template import HOME, BrokenTemplate, Sample, Template, read

__all__ = ["Sample", "Template", "all_templates", "find"]

logger = logging.getLogger(__name__)


@cache
def all_templates() -> dict[str, Template]:
    """Every template by its slug, in the order of the names. A broken one is left out, and is an
    error of ``manage.py check``: the others must go on."""
    found = []
    for path in HOME.glob("*/template.toml"):
        try:
            found.append(read(path.parent))
        except BrokenTemplate as error:
            logger.error("Template %s cannot be read: %s", path.parent.name, error)
    found.sort(key=lambda template: template.name.casefold())
    return {template.slug: template for template in found}


def find(slug: str) -> Template | None:
    """The template with this slug, alias or name; also as a type is spelled: ``UPTIME_KUMA``."""
    name = slug.strip().lower()
    slug = name.replace("_", "-").replace(" ", "-")
    known = _aliases()
    return all_templates().get(known.get(name) or known.get(slug) or slug)


@cache
def _aliases() -> dict[str, str]:
    known = all_templates().values()
    names = {template.name.lower(): template.slug for template in known}
    return names | {alias: template.slug for template in known for alias in template.aliases}
