"""What a process on this machine takes: processor time and memory, from Linux's /proc."""

import os
from pathlib import Path
from typing import Final

_TICKS: Final = os.sysconf("SC_CLK_TCK")
_MEGABYTE: Final = 1e6


def cpu_seconds(pid: int) -> float:
    """User and system time of a process and its threads since it started."""
    # The second field is the program's name in brackets, which may hold spaces.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def resident_megabytes(pid: int) -> float:
    """Memory of a process that lies in RAM."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGESIZE") / _MEGABYTE


def listener(port: int) -> int:
    """Process that listens on a TCP port of this machine.

    Raises:
        LookupError: if none does, or it belongs to another user.
    """
    wanted = f":{port:04X}"
    sockets = set()
    for table in (Path("/proc/net/tcp"), Path("/proc/net/tcp6")):
        lines = table.read_text().splitlines()[1:] if table.exists() else []
        rows = [line.split() for line in lines]
        sockets |= {f"socket:[{row[9]}]" for row in rows if row[1].endswith(wanted) and row[3] == "0A"}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if any(str(each.readlink()) in sockets for each in (process / "fd").iterdir()):
                return int(process.name)
        except OSError:  # ended meanwhile, or another user's
            continue
    raise LookupError(f"No process of this user listens on port {port}.")
