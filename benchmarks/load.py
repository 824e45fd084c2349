"""What the app stands: 1 to 256 clients at once, and with ``--soak`` ten minutes of 64 with page loads between.

Run with ``python -m benchmarks.load``; it starts the app on this machine, prints a Markdown table and ends the app.
The clients share the processor with the server: milliseconds of processor time per answer, of either, are printed too.
"""

import argparse
import asyncio
import random
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from benchmarks.support import load_calls, process_usage
from benchmarks.support.http_client import Connection
from benchmarks.support.load_calls import BusyError, Call, Client
from benchmarks.support.server import served

CLIENTS: Final = (1, 16, 64, 256)
CROWD: Final = 64
LEAST_RATE: Final = 100.0
"""Answers a second of ``/denoise`` to 64 clients."""
LONGEST_P95: Final = 2.0
LARGEST_GROWTH: Final = 0.05
PATIENCE: Final = 60.0
"""Seconds after which an unanswered request is a failure."""
RETRY: Final = (0.5, 1.5)
"""Seconds that a client waits, drawn between these, when it is told "busy"."""
PAGE_LOADERS: Final = 4
CALLS: Final[dict[str, Call]] = {
    "/denoise": load_calls.denoise,
    "/denoise, picture sent, four fetched": load_calls.denoise_with_files,
    "/decode": load_calls.decode,
    "live/strip": load_calls.strip,
    "live/decode-many": load_calls.live_decode,
}


@dataclass
class Tally:
    """What happened to the requests of one row."""

    waits: list[float] = field(default_factory=list)
    """Seconds of each answered request."""
    busy: list[float] = field(default_factory=list)
    """Seconds until each "busy"."""
    failures: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    server_cpu: float = 0.0
    client_cpu: float = 0.0
    resident: float = 0.0

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.waits) / self.seconds if self.seconds else 0.0

    def cells(self) -> list[str]:
        """Answers/s, p50, p95, failures, busy and their p95, CPU per answer of server and clients, resident memory."""
        answers = max(1, len(self.waits))
        return [
            f"{self.rate:.0f}",
            f"{quantile(self.waits, 0.5):.2f} s",
            f"{quantile(self.waits, 0.95):.2f} s",
            str(self.failures.total()),
            f"{len(self.busy)}" + (f" ({quantile(self.busy, 0.95):.2f} s)" if self.busy else ""),
            f"{1e3 * self.server_cpu / answers:.1f} ms",
            f"{1e3 * self.client_cpu / answers:.1f} ms",
            f"{self.resident:.0f} MB",
        ]


HEADS: Final = ["answers/s", "p50", "p95", "failures", "busy (p95)", "server CPU", "client CPU", "resident"]


def main(argv: Sequence[str] | None = None) -> int:
    """Measure; returns 1 if something misses what it must reach."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=10.0, help="length of each row (default: %(default)s)")
    parser.add_argument("--clients", type=int, nargs="+", default=CLIENTS, help="at once (default: 1 16 64 256)")
    parser.add_argument("--calls", nargs="+", choices=CALLS, default=tuple(CALLS), help="which (default: all)")
    parser.add_argument(
        "--soak", type=float, metavar="SECONDS", help="the long run instead of the table; 600 says much"
    )
    parser.add_argument("--log", type=Path, help="file for what the app says")
    options = parser.parse_args(argv)
    with served(options.log) as url:
        missed = asyncio.run(soak(url, options.soak) if options.soak else _table(url, options))
    for each in missed:
        print(f"Missed: {each}", file=sys.stderr)
    return 1 if missed else 0


async def _table(url: str, options: argparse.Namespace) -> list[str]:
    print(f"| call | clients | {' | '.join(HEADS)} |\n|{' --- |' * (len(HEADS) + 2)}")
    missed = []
    for name in options.calls:
        for count in options.clients:
            tally = await run(url, CALLS[name], count, options.seconds)
            print(f"| {name} | {count} | {' | '.join(tally.cells())} |", flush=True)
            missed += [f"{name}, {count} clients: {each}" for each in _missed(name, count, tally)]
    if not await lives(url):
        missed.append("the server does not answer any more")
    return missed


def _missed(name: str, count: int, tally: Tally) -> list[str]:
    missed = [f"{number} x {what}" for what, number in tally.failures.items()]
    if not tally.waits:
        missed.append("no answer at all")
    if count <= CROWD and tally.busy:
        missed.append(f'"busy" {len(tally.busy)} times')
    if name == "/denoise" and count == CROWD:
        if tally.rate < LEAST_RATE:
            missed.append(f"{tally.rate:.0f} answers/s, must be {LEAST_RATE:.0f}")
        if quantile(tally.waits, 0.95) >= LONGEST_P95:
            missed.append(f"p95 {quantile(tally.waits, 0.95):.2f} s, must be below {LONGEST_P95:.0f} s")
    return missed


async def soak(url: str, seconds: float) -> list[str]:
    """64 clients on ``/denoise`` and a few who load the page, minute by minute; what was missed."""
    print(f"| minute | {' | '.join(HEADS)} | page loads |\n|{' --- |' * (len(HEADS) + 2)}")
    whole, residents = Tally(), []
    start = time.monotonic()
    while (left := start + seconds - time.monotonic()) > 0:
        pages = Tally()
        minute = await run(url, load_calls.denoise, CROWD, min(60.0, left), pages)
        residents.append(minute.resident)
        whole.failures += minute.failures + pages.failures
        whole.busy += minute.busy + pages.busy
        print(f"| {len(residents)} | {' | '.join(minute.cells())} | {len(pages.waits)} |", flush=True)
    growth = max(residents[1:], default=residents[0]) / residents[0] - 1
    print(f"\nFailures {whole.failures.total()}, busy {len(whole.busy)}; "
          f"resident memory grew by {100 * growth:.1f} % after the first minute.")  # fmt: skip
    missed = [f"{number} x {what}" for what, number in whole.failures.items()]
    if growth >= LARGEST_GROWTH:
        missed.append(f"memory grew by {100 * growth:.1f} %, must be below {100 * LARGEST_GROWTH:.0f} %")
    return missed if await lives(url) else [*missed, "the server does not answer any more"]


async def run(url: str, call: Call, count: int, seconds: float, pages: Tally | None = None) -> Tally:
    """Let ``count`` clients ask again and again for some seconds; each finishes the answer that it waits for.

    Args:
        url: the server, on this machine.
        call: what they ask.
        count: clients.
        seconds: until they stop asking.
        pages: where to note what befell a few more clients who load the page meanwhile; None for no such clients.
    """
    server, tally = process_usage.listener(urlsplit(url).port or 80), Tally()
    garments = load_calls.garments(count + PAGE_LOADERS)
    async with AsyncExitStack() as stack:
        clients = [
            Client(await stack.enter_async_context(Connection(url, PATIENCE)), garment, random.Random(number))
            for number, garment in enumerate(garments)
        ]
        if call is load_calls.denoise:  # its picture is sent once, before the clock starts
            for client in clients[:count]:
                await load_calls.upload(client)
        start, server_cpu, client_cpu = time.monotonic(), process_usage.cpu_seconds(server), time.process_time()
        tasks: list[Awaitable[None]] = [_insist(client, call, start + seconds, tally) for client in clients[:count]]
        if pages is not None:
            tasks += [_insist(client, load_calls.load_page, start + seconds, pages, 1.0) for client in clients[count:]]
        await asyncio.gather(*tasks)
        tally.seconds = time.monotonic() - start
        tally.server_cpu = process_usage.cpu_seconds(server) - server_cpu
        tally.client_cpu = time.process_time() - client_cpu
    tally.resident = process_usage.resident_megabytes(server)
    return tally


async def _insist(client: Client, call: Call, end: float, tally: Tally, pause: float = 0.0) -> None:
    while (start := time.monotonic()) < end:
        try:
            await call(client)
        except BusyError:
            tally.busy.append(time.monotonic() - start)
            await asyncio.sleep(client.random.uniform(*RETRY))
        except load_calls.FAILURES as error:
            tally.failures[f"{type(error).__name__}: {error}"] += 1
            await asyncio.sleep(client.random.uniform(*RETRY))
        else:
            tally.waits.append(time.monotonic() - start)
            await asyncio.sleep(pause)


async def lives(url: str) -> bool:
    """Whether the server still says that it is well."""
    async with Connection(url, PATIENCE) as connection:
        return (await connection.get("/healthz")).status == 200


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which a share of the values lies; 0 of none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


if __name__ == "__main__":
    sys.exit(main())
