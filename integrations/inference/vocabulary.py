"""What names and values usually mean: the whole knowledge behind a proposal."""

import re


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


# What a status says while something is wrong, and when it is over again.
OPEN = _set(
    "firing alerting alert alarm triggered trigger problem down critical crit error err warning "
    "warn failed failure failing fail open opened new active raised raise bad unhealthy offline "
    "nok true 1 yes breached breach degraded unavailable unreachable fault faulty outage incident "
    "major minor started high abnormal broken missing"
)
CLOSE = _set(
    "resolved resolve ok okay up recovered recover recovery normal cleared clear closed close "
    "healthy good success successful succeeded passed pass passing fixed inactive online "
    "available ended end finished done completed solved operational restored false 0 no green "
    "expired stopped"
)
# In the middle of a sentence these say nothing about its status.
TOO_COMMON = _set("true false 1 0 yes no high new end started up done alert incident")
STATUS_NAMES = _set(
    "status state event action transition condition result health type phase outcome verdict "
    "resolution"
)

ID_NAMES = {
    **dict.fromkeys(("fingerprint", "dedup", "deduplication", "dedupe"), 60),
    **dict.fromkeys(("uid", "uuid", "guid", "identifier"), 50),
    **dict.fromkeys(("id", "ids", "key", "number", "reference", "ref", "hash", "correlation"), 42),
}
# What people are paged for: an id of one of these tells one problem from another.
PROBLEMS = _set(
    "alert incident event problem issue ticket case alarm monitor check dedup group request "
    "correlation aggreg aggregation cycle"
)
# What many alerts have in common: their ids tell nothing apart.
SHARED = _set(
    "org organization organisation account tenant workspace user agent team owner assignee type "
    "category priority severity client customer site project version receiver policy region env "
    "environment source status state kind level urgency class contact contacts schema "
    "integration installation actor sender repository webhook timezone zone language locale "
    "platform stage author creator"
)
NAMES = {
    **dict.fromkeys(("host", "hostname", "instance", "device", "node", "server", "vm"), 28),
    **dict.fromkeys(("service", "check", "monitor", "alertname", "resource", "component"), 27),
    **dict.fromkeys(("rule", "trigger", "entity", "target", "application", "app", "job"), 25),
    **dict.fromkeys(("cluster", "database", "queue", "pod", "container", "domain", "sensor"), 24),
    **dict.fromkeys(("name",), 23),
    **dict.fromkeys(("title", "subject", "summary", "headline"), 14),
}
TIMES = _set(
    "time date at timestamp ts when since started start starts ends end ended updated created "
    "modified changed last next until expires datetime day epoch"
)
COUNTERS = _set(
    "count counter total duration interval attempts attempt retries retry port size threshold "
    "value values timeout percent percentage age length uptime downtime load rate index offset "
    "sequence seq page limit seconds minutes ms latency truncated"
)
TITLES = {
    **dict.fromkeys(("title", "summary", "subject", "headline"), 60),
    **dict.fromkeys(("alertname",), 42),
    **dict.fromkeys(("name",), 32),
    **dict.fromkeys(("message", "msg", "text"), 30),
    **dict.fromkeys(("description", "details", "body", "reason", "output"), 18),
    **dict.fromkeys(("monitor", "check", "service", "host", "rule", "problem"), 12),
}
LONG = {
    **dict.fromkeys(("description", "details", "detail", "body", "output"), 50),
    **dict.fromkeys(("message", "msg", "text", "content", "reason", "info"), 35),
    **dict.fromkeys(("summary",), 15),
}
SEVERITY_NAMES = {"severity": 60, "criticality": 55, "priority": 50, "level": 45, "urgency": 40}
LINK_NAMES = {"url": 30, "link": 30, "href": 30, "permalink": 36, "uri": 20}
# Addresses that lead elsewhere than to the problem.
OTHER_LINKS = _set("silence logo icon image avatar snooze mute api webhook callback")

UUID = re.compile(r"^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$", re.I)
HEX = re.compile(r"^(?=.*\d)(?=.*[a-f])[0-9a-f]{8,}$", re.I)
INTEGER = re.compile(r"^\d+$")
MIXED = re.compile(r"^(?=.*\d)(?=.*[A-Za-z])[\w:.#/-]{5,}$")
TIMESTAMP = re.compile(
    r"^\d{4}-\d\d-\d\d([T ]\d\d:\d\d|$)|^\d{1,2}:\d\d(:\d\d)?$|^\d\d?[./]\d\d?[./]\d{4}"
)
EPOCH = re.compile(r"^(1[0-9]{9}|2[01][0-9]{8}|1[0-9]{12}|2[01][0-9]{11})(\.\d+)?$")
ADDRESS = re.compile(r"^[a-z][a-z0-9+.-]*://", re.I)
