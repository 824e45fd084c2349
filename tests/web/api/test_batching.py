"""Many at once: answers of a batch are those of single calls, and who finds no place is told so at once."""

import asyncio
import contextlib
import io
import json
import random
import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import numpy as np
import pytest
import torch
from starlette.applications import Starlette

from autoencoder.data.preparation import prepare
from autoencoder.inference.batching import Batcher
from autoencoder.inference.engine import InputError, Question
from autoencoder.noise import KINDS, corrupt
from autoencoder.threefry import Threefry
from autoencoder.web.api import endpoints
from autoencoder.web.api.calls import Calls, Endpoint
from autoencoder.web.api.pictures import Pictures
from autoencoder.web.security.allow_list import LIMITS, Kind
from autoencoder.web.security.concurrency import Slots
from autoencoder.web.security.errors import RefusalError
from benchmarks import load
from benchmarks.support import load_calls
from benchmarks.support.http_client import Connection
from benchmarks.support.load_calls import BusyError, Client, WrongError
from tests.support import loops

CROWD = 64
MOB = 320


@pytest.fixture(scope="module")
def garments(samples):
    return torch.from_numpy(samples[:CROWD]).float()[:, None] / 255  # (64, 1, 28, 28)


def questions(engine, garments):
    """One for each garment: models, kinds, levels and seeds differ."""
    return [
        Question(garments[i : i + 1], engine.names[i % 3], KINDS[i % 4], (round(0.01 * (i % 61), 2),), seed=i)
        for i in range(len(garments))
    ]


def test_answers_of_a_batch_are_those_of_single_forwards(engine, checkpoints, garments):
    asked = questions(engine, garments)
    for question, answer in zip(asked, engine.denoise_many(asked), strict=True):
        noisy = corrupt(question.image, question.kind, question.levels[0], Threefry(question.seed))
        with torch.inference_mode():
            reconstruction, z = checkpoints[question.model].model(noisy)
        place = checkpoints[question.model].latent_map.project(z)[0]
        assert np.array_equal(answer.original, question.image[0, 0].numpy())
        assert np.array_equal(answer.noisy, noisy[0].numpy())
        assert np.abs(answer.reconstruction - reconstruction[0].numpy()).max() < 2e-3
        assert answer.codes[0] == pytest.approx(place.tolist(), abs=1e-3)
        mse = float((reconstruction - question.image).square().mean())
        assert answer.scores["mse"] == pytest.approx(mse, abs=1e-4)
        assert answer.noisy_scores["mse"] == pytest.approx(float((noisy - question.image).square().mean()), abs=1e-6)


def test_strips_of_a_batch_keep_their_own_levels(engine, garments):
    levels = [(0.1,), (0.0, 0.3, 0.6), (0.2, 0.4)]
    asked = [Question(garments[i : i + 1], "basic", levels=each) for i, each in enumerate(levels)]
    for question, answer in zip(asked, engine.denoise_many(asked), strict=True):
        alone = engine.denoise(question.image, "basic", levels=question.levels)
        assert answer.levels == question.levels
        assert np.array_equal(answer.noisy, alone.noisy)
        assert answer.scores["ssim"] == pytest.approx(alone.scores["ssim"], abs=1e-3)


def test_a_wrong_question_fails_alone(engine, garments):
    asked = questions(engine, garments[:3])
    asked[1] = Question(garments[1:2], "nobody")
    first, second, third = engine.denoise_many(asked)
    assert isinstance(second, InputError)
    assert first.levels == asked[0].levels
    assert third.levels == asked[2].levels


def test_a_batch_asks_for_the_models_once(engine, garments):
    """So that no batch mixes two sets, also while a set is being replaced."""
    asked = []

    async def build():  # in an event loop, which Gradio would otherwise open and leave open
        import gradio as gr

        with gr.Blocks():
            return endpoints.build(lambda: asked.append(1) or engine, Pictures())

    denoise, *_ = loops.run(build())
    asked.clear()
    answers = denoise.answer([Question(garments[:1], name, "gaussian", (0.25,), 1) for name in engine.names])
    assert len(answers) == 3
    assert len(asked) == 1


def test_questions_gather_while_a_batch_is_computed():
    started, release = threading.Event(), threading.Event()
    batches = []

    def answer(numbers):
        batches.append(list(numbers))
        started.set()
        assert release.wait(30)
        return [ValueError("two") if number == 2 else 10 * number for number in numbers]

    async def ask_all():
        with ThreadPoolExecutor(1) as executor:
            batcher = Batcher(answer, executor, largest=3)
            first = asyncio.create_task(batcher.ask(0))
            await asyncio.to_thread(started.wait, 30)
            others = [asyncio.create_task(batcher.ask(number)) for number in range(1, 6)]
            await asyncio.sleep(0)  # all of them have asked
            others[2].cancel()  # nobody waits for 3 any more
            await asyncio.sleep(0)
            release.set()
            return await asyncio.gather(first, *others, return_exceptions=True)

    answers = loops.run(ask_all())
    assert batches == [[0], [1, 2, 4], [5]]
    assert [answers[i] for i in (0, 1, 4, 5)] == [0, 10, 40, 50]
    assert isinstance(answers[2], ValueError)
    assert isinstance(answers[3], asyncio.CancelledError)


def test_a_failing_batch_fails_its_callers_and_no_others():
    def answer(numbers):
        if 0 in numbers:
            raise RuntimeError("no")
        return numbers

    async def ask_all():
        with ThreadPoolExecutor(1) as executor:
            batcher = Batcher(answer, executor, largest=1)
            return await asyncio.gather(*(batcher.ask(number) for number in range(3)), return_exceptions=True)

    failed, *others = loops.run(ask_all())
    assert isinstance(failed, RuntimeError)
    assert others == [1, 2]


@pytest.fixture
def in_crowd(server_url):
    """Let so many clients, each with a picture and a connection of its own, do something at once."""

    def run(count, act):
        async def all_at_once():
            clients = [
                Client(Connection(server_url, 60), garment, random.Random(i))
                for i, garment in enumerate(load_calls.garments(count))
            ]
            try:
                return await asyncio.gather(*(act(client, i) for i, client in enumerate(clients)))
            finally:
                for client in clients:
                    client.connection.close()

        return loops.run(all_at_once())

    return run


def test_each_of_64_callers_at_once_gets_its_own_right_answer(in_crowd, engine):
    """Every eighth sends a level beyond the range: its refusal is its own."""

    def choices(i):
        level = 0.7 if i % 8 == 7 else round(0.009 * i, 3)
        return engine.names[i % 3], KINDS[i % 4], level, i

    async def act(client, i):
        file = io.BytesIO()
        client.garment.save(file, "PNG")
        upload = await client.connection.upload(f"{load_calls.API}/upload", "garment.png", file.getvalue())
        picture = {"path": json.loads(upload.body)[0], "meta": {"_type": "gradio.FileData"}}
        try:
            return client.garment, await load_calls.called(client, "denoise", [picture, *choices(i)])
        except WrongError as error:
            return client.garment, str(error)

    for i, (garment, answer) in enumerate(in_crowd(CROWD, act)):
        model, kind, level, seed = choices(i)
        if level > 0.6:
            assert "noise level must lie between 0 and 0.6" in answer
            continue
        expected = engine.denoise(prepare(garment).image, model, kind, (level,), seed)
        assert answer[4]["mse"] == pytest.approx(float(expected.scores["mse"][0]), abs=1e-4)
        assert answer[4]["code_noisy"] == pytest.approx(expected.codes[0].tolist(), abs=1e-3)


@contextlib.asynccontextmanager
async def caller_of(answer):
    """The calls of an endpoint without values, a client of theirs, and the address to call."""
    calls = Calls([Endpoint("decode", 0, [], lambda: None, answer)], Slots())
    transport = httpx.ASGITransport(Starlette(routes=calls.routes()))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield calls, client, f"{load_calls.API}/call/decode"


def test_a_call_beyond_those_there_is_room_for_is_told_busy_until_they_are_answered(monkeypatch):
    monkeypatch.setitem(LIMITS, Kind.CALL, LIMITS[Kind.CALL]._replace(at_once=2))
    release = threading.Event()

    def answer(asked):
        assert release.wait(30)
        return [[] for _ in asked]

    async def visit():
        async with caller_of(answer) as (_, client, path):
            events = [(await client.post(path, json={"data": []})).json()["event_id"] for _ in range(2)]
            with pytest.raises(RefusalError, match="busy"):
                await client.post(path, json={"data": []})
            release.set()
            for event in events:
                assert "event: complete" in (await client.get(f"{path}/{event}")).text
            assert (await client.post(path, json={"data": []})).status_code == 200

    try:
        loops.run(visit())
    finally:
        release.set()


def test_of_too_many_answers_that_nobody_fetches_the_oldest_is_forgotten(monkeypatch):
    monkeypatch.setattr("autoencoder.web.api.calls.MAX_UNFETCHED", 1)

    async def visit():
        async with caller_of(lambda asked: [[] for _ in asked]) as (calls, client, path):
            events = [(await client.post(path, json={"data": []})).json()["event_id"] for _ in range(3)]
            assert calls.unfetched() == 1
            with pytest.raises(RefusalError, match="no such run"):
                await client.get(f"{path}/{events[1]}")
            assert "event: complete" in (await client.get(f"{path}/{events[2]}")).text

    loops.run(visit())


def test_a_mob_is_answered_or_told_busy_and_the_server_lives(in_crowd, server_url):
    async def act(client, i):
        try:
            return await load_calls.called(client, "decode", [0.01 * (i % 100), 0, "denoising"])
        except BusyError as error:
            return error

    outcomes = in_crowd(MOB, act)
    busy = [each for each in outcomes if isinstance(each, BusyError)]
    answered = [each for each in outcomes if not isinstance(each, BusyError)]
    assert len(answered) >= CROWD
    assert all("The server is busy" in str(each) for each in busy)
    assert all(len(nearest) == 6 for _, nearest in answered)
    assert loops.run(load.lives(server_url))
    [(image, _)] = in_crowd(1, act)
    assert image["path"].endswith(".png")


def test_a_caller_who_leaves_frees_its_place(in_crowd):
    async def leave(client, i):
        await client.connection.post(f"{load_calls.API}/call/decode", {"data": [0, 0, "denoising"]})

    async def stay(client, i):
        return await load_calls.called(client, "decode", [0, 0, "denoising"])

    for _ in range(4):
        in_crowd(CROWD, leave)
        assert len(in_crowd(8, stay)) == 8


def test_the_benchmark_counts_answers_and_knows_its_server(server_url):
    tally = loops.run(load.run(server_url, load_calls.denoise_with_files, 2, 0.2))
    assert len(tally.waits) >= 2
    assert not tally.failures
    assert not tally.busy
    assert tally.server_cpu > 0
    assert tally.resident > 100
