"""(e) One service storms; somebody is told of a critical incident of another one all the same."""

from benchmarks.bench import Bench
from benchmarks.figures import percentile


def run(bench: Bench) -> None:
    house = bench.house
    house.settle()
    bench.receiver.take()
    count = int(bench.amount(30_000))
    storm, tag = house.fill("storm", count), house.tag()
    sender = bench.sender(house, "critical", 4, tag)
    posts, waited = [], []
    while (left := house.pending()) > 10:
        waited.append(left)
        posts += sender.pace(4, 1).posts
    sender.close()
    house.settle(600)
    hooks, _ = bench.receiver.take()
    arrived: dict[str, float] = {}
    for at, title, *_ in hooks:
        arrived.setdefault(title, at)
    titles = {f"Disk on {house.key(tag, n)} fills within 4 hours": due for n, due, _ in posts}
    times = [(arrived[title] - due) * 1000 for title, due in titles.items() if title in arrived]
    note = f"{len(times)} criticals while {waited[0]:,} to {waited[-1]:,} messages waited"
    bench.add("storm", "criticals that were never told", "", [len(posts) - len(times)], most=0)
    bench.add("storm", "critical of another service: p50", "ms", [percentile(times, 50)], note=note)
    bench.add("storm", "critical of another service: p99", "ms", [percentile(times, 99)], most=2000)
    told = [at for title, at in arrived.items() if f"k-{storm}-" in title]
    bench.add("storm", "incidents of the storm never told", "", [count - len(told)], most=0)
    bench.add("storm", "the storm itself: told", "/s", [len(told) / (max(told) - min(told))])
