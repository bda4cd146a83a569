"""The processes of a portal: which they are, how much memory is theirs, how much they work."""

import os
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def processes(root: int) -> list[int]:
    """``root`` and all that descend from it, without a database server."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and (fields := _stat(int(entry.name))):
            parents[int(entry.name)] = int(fields[1])
    found, rest = [], [root]
    while rest:
        pid = rest.pop()
        found.append(pid)
        rest += [
            child for child, parent in parents.items() if parent == pid and not _is_server(child)
        ]
    return found


def memory(root: int) -> float:
    """MiB of the whole tree, each shared page counted once (PSS)."""
    total = 0
    for pid in processes(root):
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 1024


def seconds_worked(root: int) -> float:
    """CPU seconds that the tree has used, with its children that have ended."""
    return (
        sum(sum(map(int, fields[11:15])) for p in processes(root) if (fields := _stat(p))) / TICKS
    )


def servers_worked(folder: Path) -> float:
    """CPU seconds of the PostgreSQL in ``folder``, with all its processes."""
    postmaster = int((folder / "postgres" / "postmaster.pid").read_text().split()[0])
    total = 0
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and (fields := _stat(int(entry.name))):
            if int(entry.name) == postmaster:
                total += sum(map(int, fields[11:15]))
            elif int(fields[1]) == postmaster:
                total += sum(map(int, fields[11:13]))
    return total / TICKS


def _stat(pid: int) -> list[str]:
    """The fields after the name: state, parent and so on."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _is_server(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip() == "postgres"
    except OSError:
        return False
