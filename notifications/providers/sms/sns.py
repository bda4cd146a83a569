"""SMS by Amazon SNS.

https://docs.aws.amazon.com/sns/latest/dg/sms_publish-to-phone.html
"""

import re

from django import forms

from notifications.channels._base import Config
from notifications.message.sms_segments import segments
from notifications.providers import _aws
from notifications.providers._sms import SmsProvider
from notifications.receipts import Accepted

VERSION = "2010-03-31"


class Provider(SmsProvider):
    """Says nothing of delivery in time: Amazon's own events come up to 72 hours late."""

    label = "Amazon SNS"
    example = {
        "region": "eu-central-1",
        "access_key_id": "AKIAIOSFODNN7EXAMPLE",
        "secret_access_key": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
        "sender": "",
    }
    steps = (
        "In IAM make a user that may sns:Publish and sns:GetSMSAttributes; make an access key.",
        "Choose a region that sends SMS, and leave its SMS sandbox there: until then only numbers "
        "that were verified at Amazon are reached.",
        "Raise the monthly spending limit (1 USD at first): what is above it is dropped without a "
        "word, and looks sent here.",
        "Where a country asks for it, get an origination number or sender ID.",
        "As there are no receipts, give people another way (a call, push) two minutes later.",
    )
    environment = _aws.ENVIRONMENT
    receipt_within_s = None

    class Form(_aws.AccountForm):
        sender = forms.RegexField(
            r"^(\+[1-9]\d{6,14}|\d{3,8}|[A-Za-z0-9-]{1,11})$",
            required=False,
            help_text="An origination number, or a sender ID of up to 11 letters; empty: Amazon's.",
        )

    def takes_replies(self, config: Config) -> bool:
        return False

    def send_text(self, config: Config, number: str, text: str) -> Accepted:
        attributes = {"AWS.SNS.SMS.SMSType": "Transactional"}
        if sender := str(config.get("sender") or ""):
            is_number = sender.lstrip("+").isdecimal()
            name = "AWS.MM.SMS.OriginationNumber" if is_number else "AWS.SNS.SMS.SenderID"
            attributes[name] = sender
        fields = {"Action": "Publish", "Version": VERSION, "PhoneNumber": number, "Message": text}
        for position, (name, value) in enumerate(attributes.items(), start=1):
            entry = f"MessageAttributes.entry.{position}"
            fields[f"{entry}.Name"] = name
            fields[f"{entry}.Value.DataType"] = "String"
            fields[f"{entry}.Value.StringValue"] = value
        answer = _aws.query(config, "sns", fields)
        return Accepted(
            provider_id=_aws.element(answer, "MessageId"), segments=segments(text).parts
        )

    def check(self, config: Config) -> str:
        fields = {"Action": "GetSMSAttributes", "Version": VERSION}
        answer = re.sub(r"\s", "", _aws.query(config, "sns", fields))
        found = re.search(r"<key>MonthlySpendLimit</key><value>([\d.]+)</value>", answer)
        limit = f"{found[1]} USD" if found else "the one of new accounts, 1 USD"
        return f"AWS: the credentials work; the monthly spending limit is {limit}."
