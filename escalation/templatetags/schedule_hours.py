"""Minutes on call as hours."""

from django import template

register = template.Library()


@register.filter
def hours(minutes: int) -> str:
    """Such as ``12`` or ``12.5``; nothing is a dash."""
    return f"{minutes / 60:.1f}".removesuffix(".0") if minutes else "–"
