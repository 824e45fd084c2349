"""Forgetting sessions: Gradio keeps the messages of each, one a call by name, until the process ends."""

import asyncio
from typing import Final

import gradio as gr

PERIOD: Final = 60.0
State = tuple[str, frozenset[str], int]


async def forget(page: gr.Blocks, period: float = PERIOD) -> None:
    """For ever, drop every session in which nothing runs and nothing has moved for a whole period.

    What was answered and not fetched in that time is lost with it.
    """
    before: set[State] = set()
    while True:
        await asyncio.sleep(period)
        now = idle(page)
        for session, _, _ in now & before:
            page._queue.pending_messages_per_session.pop(session, None)
            page._queue.pending_event_ids_session.pop(session, None)
        before = now


def idle(page: gr.Blocks) -> set[State]:
    """The sessions in which nothing runs, each with its unfetched runs and messages."""
    queue = page._queue
    found = set()
    messages = dict(queue.pending_messages_per_session)  # forgets by itself beyond a few thousand; the runs' names stay
    for session in messages.keys() | queue.pending_event_ids_session.keys():
        events = frozenset(queue.pending_event_ids_session.get(session, ()))
        if not events & queue.event_ids_to_events.keys():
            found.add((session, events, messages[session].qsize() if session in messages else 0))
    return found
