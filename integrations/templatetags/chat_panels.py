"""What chats show on one's own page."""

from typing import Any

from django import template

from integrations.models import ChatIdentity

register = template.Library()


@register.inclusion_tag("integrations/panels/chat_accounts.html", takes_context=True)
def chat_accounts(context: dict[str, Any]) -> dict[str, Any]:
    """The chat users that act as the person, each with a button to end that."""
    rows = ChatIdentity.objects.filter(user=context["request"].user)
    return {"rows": rows, "csrf_token": context.get("csrf_token")}
