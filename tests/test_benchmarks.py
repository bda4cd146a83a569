"""What is kept of benchmarks; nothing is timed here."""

from benchmarks.figures import MOST_RUNS, latest, worth_keeping


def run(part, number, *, short=False):
    return {"at": number, "short": short, "figures": [{"part": part}]}


def test_the_page_shows_the_last_full_run_of_a_part_and_a_short_one_where_there_is_none():
    runs = [run("accept", 1), run("accept", 2), run("accept", 3, short=True)]

    assert latest(runs, "accept")["at"] == 2
    assert latest(runs[2:], "accept")["at"] == 3
    assert latest(runs, "drain") is None


def test_what_the_page_shows_is_kept_however_many_runs_come_after_it():
    old = [run("volume", 1), run("volume", 2), run("drain", 3)]
    many = [run("accept", 10 + number) for number in range(MOST_RUNS)]

    kept = worth_keeping([*old, *many])

    assert [one["at"] for one in kept] == [2, 3, *range(10, 10 + MOST_RUNS)]
