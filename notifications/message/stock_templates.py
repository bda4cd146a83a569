"""The usual texts as templates: where somebody who writes one begins. Pure.

They say what the portal says without any template, in the language that is active.
"""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from notifications.choices import TemplateKind, TemplateOccasion
from notifications.message.incident_summary import (
    ASSIGNED_TO,
    OPENED,
    PRIORITY,
    SERVICE,
    SEVERITY,
    STATUS,
    URGENCY,
)
from notifications.message.message import Written

ASKING = (TemplateOccasion.PAGE, TemplateOccasion.SLA)  # somebody, who may be nobody yet
OPENED_AT = '{{ opened|date:"Y-m-d H:i T" }}'
SUBJECT = "[{{ severity }}] {% if services %}{{ services }}: {% endif %}{{ heading }}"
SHORT = (
    "{% if count > 1 %}{{ heading }}; {{ others }}{% else %}{% if news %}{{ news }} {% endif %}"
    "{{ severity|upper }} #{{ number }} {{ title }}{% if service %} ({{ service }}){% endif %}"
    "{% endif %}"
)
PUSH_TITLE = (
    "{% if count > 1 %}{{ heading }}{% else %}{{ severity|upper }} #{{ number }} {{ title }}"
    "{% endif %}"
)


def stock_text(kind: TemplateKind, occasion: TemplateOccasion) -> Written:
    """The usual text of a kind of message, in the language that is active."""
    if kind == TemplateKind.SHORT:
        return Written("", SHORT)
    if kind == TemplateKind.VOICE:
        return Written("", _voice(occasion))
    if kind == TemplateKind.PUSH:
        title = PUSH_TITLE if occasion == TemplateOccasion.PAGE else "{{ heading }}"
        return Written(title, _push())
    return Written(SUBJECT, _whole(occasion))


def _whole(occasion: TemplateOccasion) -> str:
    """All facts, for mails and chats."""
    nobody = _("nobody yet")
    assignee = f'{_(ASSIGNED_TO)}: {{{{ assignee|default:"{nobody}" }}}}\n'
    if occasion not in ASKING:
        assignee = f"{{% if assignee %}}{_(ASSIGNED_TO)}: {{{{ assignee }}}}\n{{% endif %}}"
    facts = (
        f"{{% if service %}}{_(SERVICE)}: {{{{ service }}}}\n{{% endif %}}"
        f"{_(SEVERITY)}: {{{{ severity }}}}\n"
        f"{{% if priority %}}{_(PRIORITY)}: {{{{ priority }}}}\n{{% endif %}}"
        f"{_(URGENCY)}: {{{{ urgency }}}}\n"
        f"{_(STATUS)}: {{{{ status }}}}\n"
        f"{assignee}"
        f"{_(OPENED)}: {OPENED_AT}"
    )
    one = f"{facts}\n\n{{{{ summary }}}}"
    return f"{{% if count > 1 %}}{{{{ incidents }}}}{{% else %}}{one}{{% endif %}}\n\n{_why()}"


def _push() -> str:
    owner = _("{name} has it").format(name="{{ assignee }}")
    one = (
        "{% if service %}{{ service }} · {% endif %}{{ severity }}"
        "{% if priority %} · {{ priority }}{% endif %} · {{ status }} · "
        f"{OPENED_AT}\n{{% if assignee %}}{owner}{{% endif %}}\n{{{{ summary }}}}"
    )
    return f"{{% if count > 1 %}}{{{{ incidents }}}}{{% else %}}{one}{{% endif %}}\n{_why()}"


def _voice(occasion: TemplateOccasion) -> str:
    what = "{% if service %}{{ service }}: {% endif %}{{ title }}."
    counted = ngettext("{count} incidents", "{count} incidents", 2).format(count="{{ count }}")
    critical = ngettext("{count} critical", "{count} critical", 2)
    worst = critical.format(count="{{ critical_count }}")
    several = f"{counted}{{% if critical_count %}}, {worst}{{% endif %}}. {_('The worst:')} {what}"
    state = "" if occasion in ASKING else "{{ status }}. "
    number = _("Incident #{number}.").format(number="{{ number }}")
    one = f"{state}{{{{ severity }}}}. {number} {what}"
    return f"{{% if count > 1 %}}{several}{{% else %}}{one}{{% endif %}}"


def _why() -> str:
    line = _("Why you: {reason}").format(reason="{{ reason }}")
    return f"{{% if reason %}}{line}{{% endif %}}"
