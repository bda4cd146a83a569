"""Bodies are read within bounds, whatever comes and in whatever pieces."""

import asyncio
import time

import pytest

from opsportal.runtime.web.body import PACE_BYTES, BodyError, BodyReader

CHUNKED = {b"transfer-encoding": b"chunked"}


def length(number):
    return {b"content-length": str(number).encode()}


def sender(*parts, more=False, ended=False):
    """Sends the parts; then it goes on for ever (more), hangs up (ended), or is done."""
    left = list(parts)

    async def receive():
        if left:
            part = left.pop(0)
            return {"type": "http.request", "body": part, "more_body": bool(left) or more or ended}
        if ended:
            return {"type": "http.disconnect"}
        await asyncio.sleep(60)
        return None

    return receive


def read(reader, headers, receive, limit=100):
    return asyncio.run(reader.read(headers, receive, limit))


@pytest.mark.parametrize("headers", [length(6), CHUNKED], ids=str)
@pytest.mark.parametrize("parts", [[b"abcdef"], [b"abc", b"def"], [b"", b"abcde", b"f"]], ids=str)
def test_a_body_is_whole_in_whatever_pieces_it_comes(headers, parts):
    reader = BodyReader()

    assert read(reader, headers, sender(*parts)) == b"abcdef"
    assert reader.held_bytes == 6


@pytest.mark.parametrize("headers", [{}, length(0)], ids=str)
def test_without_a_body_nothing_is_awaited(headers):
    assert read(BodyReader(), headers, sender(more=True)) == b""


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        (length("-3"), 400, "bad_length"),
        (length("3,3"), 400, "bad_length"),
        (length(""), 400, "bad_length"),
        (length("0x10"), 400, "bad_length"),
    ],
    ids=str,
)
def test_a_length_that_is_none_is_refused_before_anything_is_read(headers, status, code):
    with pytest.raises(BodyError) as refused:
        read(BodyReader(), headers, sender(b"abc"))

    assert (refused.value.status, refused.value.code) == (status, code)


@pytest.mark.parametrize("headers", [length(6), CHUNKED], ids=str)
def test_a_body_that_is_cut_short_is_an_error_and_frees_what_it_held(headers):
    reader = BodyReader()

    with pytest.raises(BodyError) as refused:
        read(reader, headers, sender(b"[1,2]", ended=True))

    assert (refused.value.status, refused.value.code) == (400, "incomplete")
    assert reader.held_bytes == 0
    assert not reader.readings


def test_of_a_body_that_is_too_large_the_beginning_is_kept():
    reader = BodyReader()

    assert read(reader, length(250), sender(b"a" * 90, b"b" * 160)) == b"a" * 90 + b"b" * 10
    assert reader.held_bytes == 100


def test_a_body_without_end_is_read_no_further_than_it_is_drained():
    taken = 0

    async def receive():
        nonlocal taken
        taken += 1_000_000
        return {"type": "http.request", "body": b"x" * 1_000_000, "more_body": True}

    assert read(BodyReader(), CHUNKED, receive) == b"x" * 100
    assert taken < 10_000_000


async def outcome(coroutine):
    try:
        return await coroutine
    except BodyError as error:
        return error.code


def test_who_is_slow_is_given_up_and_who_keeps_the_pace_is_not():
    async def run():
        reader = BodyReader(patience_s=5)
        slow = asyncio.create_task(
            outcome(reader.read(length(90_000), sender(b"x", more=True), 10**6))
        )
        good = asyncio.create_task(
            outcome(reader.read(CHUNKED, sender(b"x" * 10 * PACE_BYTES, more=True), 10**6))
        )
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        reader.end_slow(time.monotonic() + 4)
        await asyncio.sleep(0)
        assert not slow.done()
        reader.end_slow(time.monotonic() + 6)
        assert await slow == "too_slow"
        assert not good.done()
        reader.end_slow(time.monotonic() + 16)
        assert await good == "too_slow"
        assert reader.held_bytes == 0

    asyncio.run(run())


def test_when_memory_is_used_up_the_oldest_is_given_up_and_not_who_came_last():
    async def run():
        reader = BodyReader(budget_bytes=100)
        old, young = (
            asyncio.create_task(outcome(reader.read(CHUNKED, sender(b"x" * 45, more=True), 1000)))
            for _ in range(2)
        )
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert await outcome(reader.read(length(20), sender(b"y" * 20), 1000)) == b"y" * 20
        assert await old == "busy"
        assert not young.done()
        reader.stop()
        assert await young == "stopping"
        assert reader.held_bytes == 20  # until it is released

    asyncio.run(run())


def test_a_single_body_larger_than_the_memory_is_refused():
    reader = BodyReader(budget_bytes=100)

    with pytest.raises(BodyError) as refused:
        read(reader, CHUNKED, sender(b"x" * 150), limit=1000)

    assert refused.value.code == "busy"
    assert reader.held_bytes == 0


def test_of_too_many_readers_the_oldest_is_given_up():
    async def run():
        reader = BodyReader(max_readers=3)
        waiting = [
            asyncio.create_task(outcome(reader.read(length(5), sender(more=True), 10)))
            for _ in range(3)
        ]
        await asyncio.sleep(0)
        assert await outcome(reader.read(length(1), sender(b"y"), 10)) == b"y"
        assert await waiting[0] == "busy"
        assert [task.done() for task in waiting] == [True, False, False]
        reader.stop()
        await asyncio.gather(*waiting)

    asyncio.run(run())
