"""docs/benchmarks.md, written from the results that are kept."""

import json
from pathlib import Path
from typing import Any

from benchmarks.figures import KEPT, Figure, latest

PAGE = Path(__file__).resolve().parent.parent / "docs" / "benchmarks.md"
TITLES = {
    "accept": "Accepting messages",
    "attack": "Beside hundreds of slow senders",
    "drain": "Working off what is stored",
    "latency": "From the post to the person",
    "lanes": "Beside receivers that hang",
    "storm": "Behind a storm",
    "same": "Behind 10,000 of the same integration",
    "large": "Thousands of alerts in one message",
    "flood": "A flood from Alertmanager",
    "timers": "The timers",
    "on_call": "Paging whoever is on call",
    "told": "Being told",
    "weight": "Memory, and doing nothing",
    "full": "With a year of history",
    "catalog": "The catalog",
    "schedules": "Who is on call",
    "coverage": "The coverage",
    "import": "An import",
    "volume": "With two million messages",
}
HEAD = """# Benchmarks

`make bench` runs everything on one machine: load, portal, its embedded PostgreSQL (fsync on) and
the receivers, all over loopback, in under twenty minutes. `make bench ONLY=accept` runs one part,
several are separated by commas, and `ARGS=--short` tries them out. Each run is added to
`benchmarks/results.json`, and this page is written from the latest full run of each part.

The machine is a virtual one that others share, and its speed is not the same on two days: the
reference of the first part took 1,836 posts a second on 2026-11-21, and 775 on 2026-11-30. Compare
figures of one date only; of 2026-11-30 a spread is the least, the median and the greatest of five.
"""
TELL = {
    "accept": """The whole portal runs while it is measured: engine, scheduler and workers take
their share of the same cores. The reference is a Django view without middleware that
looks up the token, upserts the incident by its key and fills an outbox in one
statement, behind the same web server; the two take turns. An answer is sent
after the commit.

What limits it: CPU. On two cores web processes, engine and PostgreSQL take about a third each; the
engine has the same share as the web. The insert is planned once for each
connection, and the connection is not asked before each message whether it lives: together that
took a quarter off the CPU time of a message. The reference waits for its row lock when all posts
have one key; a stored message locks nothing.""",
    "attack": """500 connections send half a body and stall, 200 more send a byte each 3 s; each
that the portal ends comes again. Meanwhile 50 posts and 10 pages a second, each page on a new
connection. Quiet and attacked take turns.""",
    "drain": """Each message opens an incident with an alert, a run and two lines of timeline.
From the commit of all of them to the end of the last.

What limits it: one engine is one core of Python, half of which is waiting for PostgreSQL on the
other. The messages of a slice share their statements; a second engine would take other
integrations, never the same one.""",
    "latency": """Times begin when the post was due, not when it was sent, so a slow portal cannot
hide behind a sender that waits for it. A webhook is told of each incident;
mails to one person merge those of a second.

What limits it: two hand-overs, each with a commit: from the web to the engine, from the engine to
a worker; about thirty statements, each of which costs half a millisecond to four when nothing is
warm, most of it Python that writes them. At 5/s a message took the engine 50 ms of CPU and
PostgreSQL 32; it is 34 and 21 since what is known of integrations is kept until the database
notifies of a change, timers are run when one is due, and statements are prepared (2026-11-30, four
runs in turns). At 100/s two cores have no more to give.

The web server closes a connection that idles for 30 s, and no HTTP client may repeat a post by
itself. The one post of 6,000 that was once refused or never told was the sender's: it used such a
connection. Four connections that idled for 33 s refused four of four posts; a sender that renews
them after 15 s, as ours does since, loses none of eight.""",
    "lanes": """Each receiver that hangs takes the connection and never answers, and has 20 pages
before it; two senders, a time-out of 10 s. They had answered well until then, and all begin to hang
at the same moment: that is the worst that can be, since no send may be held back before. The
pages of which the times are go to another receiver, four a second, and begin in that moment.

What counts is the time from which the page is written, when the engine has opened its
incident: it opens those of the others at the same time.

What limits it: a worker waits 0.1 s for a send before it leaves it to a thread, and for the first
ones of each receiver it has to.""",
    "storm": """All messages of the storm wait in the table from the start, and each of them is
told to the same receiver as the critical ones, which are posted through the
front door at four a second.

What limits it: a critical one waits for the batch that the engine has in hand, and for the tasks
that are with the workers already.""",
    "same": """10,000 warnings of one integration wait in the table from the start, without a limit
and then as if all of them had come past the limit of 120 a minute. Critical ones of the same
integration are posted through the front door, one a second; all are told to one receiver.

What limits it: the engine has to look at what waits before it knows what is urgent. That is CPU
of Python, some 0.3 ms a message.""",
    "large": """One post of 10,000 alerts to an integration whose policy waits, so that nothing but
the engine works on it; meanwhile four critical ones a second come to another integration.

What limits it: the engine's Python, and PostgreSQL beside it. A slice of a quarter of a second is
committed, then the others have their turn.""",
    "flood": """A real Alertmanager, on the same cores, makes a post of each alert
(`group_wait: 0s`, no grouping). Without a limit the time runs from the first alert that it is
given to the last incident that is open. With one, all alerts come within a minute and all are
kept; then the time of the backlog is moved on, and each has become one incident.

What limits it: CPU, of which Alertmanager takes its share; then the engine, as above.""",
    "timers": """Lateness is what the timeline says of each step: the moment at which it was
moved, less the moment at which it was due. Those who are killed are drawn from
all processes of the portal but its supervisor.

What limits it: the worker has one core of Python, and a batch of up to 50 steps is one
transaction; what comes due meanwhile waits for it. When the cluster that leads is killed, another
one takes its place within 50 ms, and what it had leased is leased again after 150 ms.""",
    "on_call": """The steps and pages of a policy that names a person, and of one that tells a
schedule of ten layers and fifty overrides, of which one holds now; each way in turn, and all told
by mail. What a schedule costs is the difference between the two.

What limits it: what the timers and the way to the person are limited by; a schedule is read once
for a batch of steps.""",
    "weight": """PSS of the whole process tree without PostgreSQL: what is shared is counted
once.

What limits it: the processes are forks of one that has loaded everything, so each adds little of
its own. Idle work is the heartbeats and the looks at the timers.""",
    "full": """A second portal whose tables hold copies of an incident that really happened,
with all its messages, timeline, run and notifications; measured in turns with
one whose tables are nearly empty. Both are new: "worked off, without" was once 256 /s beside
922 /s. Most likely the empty one, which the storm had used before, was held up by its scheduler:
that looked for the few suppressed runs among 30,000 that were paging. They have an index of their
own since, and a short run in the same order gave 309 /s and 317 /s.

What limits it: the indexes that are written to; every look is an index scan on what is open or
due.""",
    "catalog": """Each round is a process of its own. At the start the heads of all templates are
read and indexed; rules are read at their first use.

What limits it: reading TOML. Which tool sent a message is asked of what its samples are made of:
the first question reads them all, and only the rules of the likeliest thirty are compiled.""",
    "schedules": """Rules alone, without the database, and the pages of 100 schedules in one
process, without the network.

What limits it: Python. An instant costs each layer its turn and its windows, a year each turn and
window once, and again in each layer that lies over it.""",
    "coverage": """What a review costs the worker that does it, with all that it writes.

What limits it: Python, and a row for each defect.""",
    "import": """A tenant of PagerDuty whose schedules were rendered for 90 days: read and
planned, then applied in one process, with the audit log and the proof of each schedule.

What limits it: the statements. Each object has its own INSERT, and locks or asks for what it
depends on, six for each on average. Audit rows, reminders and rules are written together, and up to
25 objects share a savepoint: it was 20,139 queries when each row was asked for and logged by
itself.""",
    "volume": """`make bench ONLY=volume`: a portal whose tables hold copies of an incident that
really happened, and then half of that history becomes too old to be kept, all at once.

What limits it: what `docs/decisions/0008-no-partitions.md` draws from these figures.""",
}


def write() -> None:
    """The latest run of each part; short ones count where there is no full one."""
    runs = json.loads(KEPT.read_text())
    parts = [_section(name, run) for name in TITLES if (run := latest(runs, name))]
    PAGE.write_text("\n".join([HEAD, *parts]))


def _load(run: dict[str, Any]) -> str:
    """Nothing where it was not noted: such a run was broken off, and its lines were kept."""
    load = run["load_average"]
    return "" if load is None else f"; load average at the end {load:.1f}"


def _section(part: str, run: dict[str, Any]) -> str:
    rows = [_row(figure) for figure in run["figures"] if figure["part"] == part]
    machine = ", ".join(f"{name} {value}" for name, value in run["machine"].items())
    length = ", short" if run["short"] else ""
    return "\n".join(
        [
            f"## {TITLES[part]}",
            "",
            TELL[part],
            "",
            "| | median | spread | promised | |",
            "|---|---|---|---|---|",
            *rows,
            "",
            f"*{run['at'][:16].replace('T', ' ')} UTC{length}; {machine}{_load(run)}.*",
            "",
        ]
    )


def _row(kept: dict[str, Any]) -> str:
    figure = Figure(**{name: value for name, value in kept.items() if name != "median"})
    verdict = "" if not figure.target else "kept" if figure.is_kept else "**missed**"
    what = f"{figure.what} ({figure.note})" if figure.note else figure.what
    promised = f"{figure.target} {figure.unit}".strip() if figure.target else ""
    return f"| {what} | {figure.value} | {figure.spread} | {promised} | {verdict} |"
