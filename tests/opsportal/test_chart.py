from datetime import UTC, datetime, timedelta

from opsportal.web.traffic_chart import HEIGHT, build_chart

NOW = datetime(2026, 3, 2, 12, 0, 30, tzinfo=UTC)
MINUTE = NOW.replace(second=0)


def test_nothing_is_an_empty_chart():
    chart = build_chart([], NOW)

    assert len(chart.bars) == 60
    assert (chart.total, chart.top) == (0, 1)
    assert not any(bar.segments for bar in chart.bars)


def test_statuses_are_stacked_from_below():
    rows = [(MINUTE, "mapped", 6), (MINUTE, "appended", 2), (MINUTE, "rejected", 2)]

    last = build_chart(rows, NOW).bars[-1]

    assert last.counts == {"mapped": 8, "ignored": 0, "failed": 2, "waiting": 0}
    assert [(p.layer, p.y, p.height) for p in last.segments] == [
        ("mapped", HEIGHT * 0.2, HEIGHT * 0.8),
        ("failed", 0.0, HEIGHT * 0.2),
    ]


def test_one_among_thousands_can_be_seen():
    rows = [(MINUTE, "mapped", 5000), (MINUTE - timedelta(minutes=5), "failed", 1)]

    bar = build_chart(rows, NOW).bars[-6]

    assert bar.segments[0].height == 2.0


def test_no_bar_leaves_the_chart():
    rows = [(MINUTE, "mapped", 5000), (MINUTE, "failed", 1), (MINUTE, "ignored", 1)]

    segments = build_chart(rows, NOW).bars[-1].segments

    assert min(segment.y for segment in segments) >= 0


def test_what_is_older_than_an_hour_is_left_out():
    rows = [(MINUTE - timedelta(minutes=60), "mapped", 3), (MINUTE, "mapped", 1)]

    assert build_chart(rows, NOW).total == 1
