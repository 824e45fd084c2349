"""Sessions are forgotten when nothing runs in them, and not before."""

import asyncio
from types import SimpleNamespace

from autoencoder.web.security import sessions
from tests.support import loops


def page(**running):
    """What of a page the forgetting looks at: four sessions, ``running`` events by their names."""
    messages = {name: asyncio.Queue() for name in ("over", "unfetched", "running", "fetched")}
    messages["unfetched"].put_nowait("answer")
    messages["fetched"].put_nowait("answer")
    events = {"over": set(), "unfetched": {"b"}, "running": {"c"}, "fetched": {"d"}}
    return SimpleNamespace(
        _queue=SimpleNamespace(
            pending_messages_per_session=messages, pending_event_ids_session=events, event_ids_to_events=running
        )
    )


def test_only_what_neither_runs_nor_moves_is_forgotten():
    """Over, or never fetched: gone. Still running, or fetched a moment ago: kept."""

    async def live():
        visited = page(c=object())
        queue = visited._queue
        task = asyncio.create_task(sessions.forget(visited, 0.01))
        while "over" in queue.pending_messages_per_session:
            # Someone fetches and asks again between any two looks.
            queue.pending_event_ids_session["fetched"] = {str(len(queue.pending_event_ids_session["fetched"])), "e"}
            queue.pending_messages_per_session["fetched"].put_nowait("answer")
            await asyncio.sleep(0)
        task.cancel()
        return queue

    queue = loops.run(live())
    assert set(queue.pending_messages_per_session) == {"running", "fetched"}
    assert set(queue.pending_event_ids_session) == {"running", "fetched"}
