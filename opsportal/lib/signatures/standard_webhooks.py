"""Standard Webhooks (https://www.standardwebhooks.com), and its older headers of Svix."""

from opsportal.lib.signatures.hmac_scheme import Signer

STANDARD_WEBHOOKS = Signer(
    "Standard Webhooks (Svix)",
    ("webhook-signature", "svix-signature"),
    encoding="base64",
    prefix="v1,",
    separator=" ",
    signed="{id}.{timestamp}.{body}",
    key="whsec",
    id_headers=("webhook-id", "svix-id"),
    timestamp_headers=("webhook-timestamp", "svix-timestamp"),
)
