"""Confirm subscriptions of Amazon SNS topics: a worker opens the SubscribeURL."""

from django.utils import timezone
from django_q.tasks import async_task

from integrations.inbound.log import LogUpdate, write_results
from integrations.inbound.request import InboundRequest
from integrations.models import InboundMessage
from opsportal.lib.net import http
from opsportal.lib.net.errors import DeliveryError
from opsportal.lib.signatures import sns
from opsportal.lib.task_queues import SENDERS

Status = InboundMessage.Status
PROVIDER = "sns"
TASK = "integrations.tasks.confirm_subscription"
TRIES = 2
MEND = "Request the confirmation again in AWS: SNS, Subscriptions, Request confirmation."


def note_of(inbound: InboundRequest) -> str:
    """What the log says of a message that only manages a subscription; '' for all others."""
    envelope = sns.envelope_of(inbound.body)
    if envelope is None or envelope["Type"] == sns.NOTIFICATION:
        return ""
    if envelope["Type"] == sns.SUBSCRIPTION:
        return f"The subscription to {envelope['TopicArn']} is being confirmed"
    return f"The subscription to {envelope['TopicArn']} was ended"


def begin(message_id: int, inbound: InboundRequest) -> None:
    """Enqueue the confirmation, if the message asks for one."""
    envelope = sns.envelope_of(inbound.body)
    if envelope and envelope["Type"] == sns.SUBSCRIPTION:
        async_task(TASK, message_id, cluster=SENDERS)


def confirm_subscription(message_id: int) -> None:
    """Open the SubscribeURL of a verified message, and write the result to its row. Idempotent."""
    message = InboundMessage.objects.get(pk=message_id)
    envelope = sns.envelope_of(bytes(message.body))
    url = envelope.get("SubscribeURL") if envelope else None
    if envelope is None or not isinstance(url, str) or not sns.is_of_amazon(url):
        problem = "its SubscribeURL leads to no host of Amazon SNS"
    else:
        problem = _open(url)
    if problem:
        status, reason = Status.FAILED, f"Subscription not confirmed: {problem} {MEND}"
    else:
        topic = envelope and envelope["TopicArn"]
        status, reason = Status.IGNORED, f"Subscription confirmed: {topic}"
    values = {"status": status, "reason": reason, "processed_at": timezone.now()}
    write_results([LogUpdate(message, values)])


def _open(url: str) -> str:
    """The problem; '' for success."""
    problem = ""
    for _ in range(TRIES):
        try:
            answer = http.send("GET", url)
        except DeliveryError as error:
            problem = f"{error}"
            continue
        if answer.ok:
            return ""
        problem = f"Amazon answered {answer.status_code}."
    return problem
