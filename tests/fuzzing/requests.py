"""Requests that nobody would write by hand."""

from hypothesis import strategies as st


def words(text):
    return st.sampled_from(text.split())


ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=30)
DEEP = 10_000
MONSTERS = [
    b"",
    b"[" * DEEP + b"]" * DEEP,
    b'{"a":' * DEEP + b"1" + b"}" * DEEP,
    b'"' + b"\\u0000" * 50 + b'"',
    b'{"message": "\\ud800", "alias": "\\u0000"}',
    b"9" * 5000,
    b"%s=1&" * 2000,
    b"\xff\xfe{\x00}\x00",
    b"--b\r\nContent-Disposition: form-data\r\n\r\n\r\n--b--",
    b"From: a\r\nTo: b\r\n\r\nc",
]
HUGE = [2**31, 2**63, -(2**63) - 1, 10**40, -1, 0, 1.5, 1e308]
# The words that any of the routes looks for.
NAMES = words(
    "routing_key service_key event_action event_type dedup_key incident_key payload summary "
    "source severity timestamp custom_details links images href src text client client_url "
    "message alias entity description priority tags details note user endTime owner name "
    "team responders type id username action dedup meta token alerts labels annotations "
    "startsAt endsAt status fingerprint groupKey generatorURL message_type entity_id "
    "state_message entity_display_name state_start_time attachments blocks title fields value "
    "title_link fallback ts state alert_uid event monitor contexts data"
)
WORDS = words(
    "trigger resolve acknowledge close create firing resolved ok alerting CRITICAL RECOVERY INFO "
    "critical P1 P9 2026-02-31T25:61:00Z 0001-01-01T00:00:00Z 9999-12-31T23:59:59+00:00 "
    "1919-05-10T02:12:20-22:48 1e999 99999999999999999999 -1 NaN javascript:alert(1) "
    "http://[::1 //x %00 open"
)
LEAVES = st.none() | st.booleans() | WORDS | ANY_TEXT | st.integers() | st.sampled_from(HUGE)
VALUES = st.recursive(
    LEAVES | st.floats(),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(NAMES | ANY_TEXT, inner, max_size=8)
    ),
    max_leaves=25,
)
KINDS = st.sampled_from(
    [
        "application/json",
        "application/json; charset=utf-16",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=b",
        "message/rfc822",
        "text/plain; charset=nonsense",
        "",
        "\x00;;=",
    ]
)
HEADERS = st.dictionaries(
    st.sampled_from(
        [
            "Authorization",
            "X-Routing-Key",
            "Content-Encoding",
            "X-Forwarded-For",
            "Accept",
            "X-Hub-Signature-256",
            "X-Amz-Sns-Message-Type",
            "X-Api-Key",
            "Purpose",
            "User-Agent",
        ]
    ),
    st.sampled_from(
        [
            "gzip",
            "deflate",
            "Basic eDp5",
            "Basic =",
            "GenieKey",
            "GenieKey x",
            "Token token=",
            "Bearer \xe9",
            "SubscriptionConfirmation",
            "application/json",
            "999999999999999999999",
            "-1",
            "1.2.3.4, \x00",
        ]
    )
    | st.text(st.characters(min_codepoint=0, max_codepoint=255), max_size=20),
    max_size=4,
)
QUERY_NAMES = words(
    "apiKey key token integrationId integrationKey identifierType identifier query limit offset "
    "sort order rid filter active silenced receiver summary action dedup x"
)
QUERIES = st.lists(
    st.tuples(
        QUERY_NAMES, WORDS | LEAVES.map(str) | st.sampled_from(["%ff", "%00", "id", "tiny", "("])
    ),
    max_size=4,
)
SOMEWHERE = st.sampled_from(
    ["%00", "%ff%fe", "%ed%a0%80", "..", "a" * 3000, "0", "9" * 30, "x/y", "é", "%2F", "pagerduty"]
)
REQUESTS = st.fixed_dictionaries(
    {
        "method": words("POST POST POST PUT GET HEAD DELETE PATCH"),
        "body": VALUES | st.sampled_from(MONSTERS) | st.binary(max_size=60),
        "kind": KINDS,
        "headers": HEADERS,
        "query": QUERIES,
        "word": SOMEWHERE,
    }
)
