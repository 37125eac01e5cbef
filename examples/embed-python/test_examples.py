"""Both servers are run, and say what they measured."""

import asyncio
import dataclasses
import json
import threading
import time
import urllib.error
import urllib.request
from typing import Any

import app
import httpx
import server
from starlette.types import Message

import farthing


def group(report: dict[str, Any], objective: str) -> dict[str, Any]:
    """The first verdict on an objective."""
    objectives = report["services"][0]["objectives"]
    verdict: dict[str, Any] = next(own for own in objectives if own["id"] == objective)["verdicts"][0]
    return verdict


def chat(prompt: str) -> dict[str, Any]:
    """A request of OpenAI's API."""
    return {"model": "small", "messages": [{"role": "user", "content": prompt}]}


def later(meter: farthing.Meter) -> dict[str, Any]:
    """The report once the ten minutes in which now lies have ended: budgets count by those."""
    return dataclasses.asdict(meter.report(time.time() + 1_200))


def test_the_server_meters_what_it_answers() -> None:
    with server.serve(0) as served:
        thread = threading.Thread(target=served.serve_forever)
        thread.start()
        url = f"http://127.0.0.1:{served.server_address[1]}"

        def post(prompt: str) -> int:
            data = json.dumps(chat(prompt)).encode()
            try:
                with urllib.request.urlopen(urllib.request.Request(url + "/v1/chat/completions", data)) as reply:
                    assert json.load(reply)["choices"][0]["message"]["content"] == "This is a reply."
                    return int(reply.status)
            except urllib.error.HTTPError as error:
                with error:
                    return error.code

        try:
            assert [post("hello" * 80) for _ in range(9)] == [200] * 9
            assert post("please fail") == 500
            with urllib.request.urlopen(url + "/slo") as reply:
                assert json.load(reply)["services"][0]["name"] == "api"
        finally:
            served.shutdown()
            thread.join()
    answered = group(later(server.METER), "api/answered")
    assert (answered["numerator"], answered["denominator"]) == (1, 10)
    # 9 prompts of 100 tokens and one of 2, and 9 replies of 5, for 9 replies.
    affordable = group(later(server.METER), "api/affordable")
    assert abs(affordable["measured"] - (902 * 0.2e-6 + 45 * 0.8e-6) / 9) < 1e-12
    assert affordable["labels"] == {"model": "small"}


def test_the_application_meters_its_streams() -> None:
    async def requests() -> None:
        transport = httpx.ASGITransport(app=app.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            replies = await asyncio.gather(
                *(client.post("/v1/chat/completions", json=chat("hello")) for _ in range(20)),
                client.post("/v1/chat/completions", json=chat("please fail")),
            )
            assert [reply.status_code for reply in replies] == [200] * 20 + [500]
            assert replies[0].text.endswith("data: [DONE]\n\n")
            assert (await client.get("/slo")).json()["services"][0]["name"] == "api"

    async def hung_up() -> None:
        """Whose client is gone while the first token is sent."""
        body = json.dumps(chat("hello")).encode()

        sending = asyncio.Event()
        asked = False

        async def receive() -> Message:
            nonlocal asked
            if not asked:
                asked = True
                return {"type": "http.request", "body": body, "more_body": False}
            await sending.wait()
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            if message["type"] == "http.response.body":
                sending.set()
                await asyncio.Event().wait()

        path = "/v1/chat/completions"
        scope = {"type": "http", "method": "POST", "path": path, "headers": [], "query_string": b""}
        await app.app(scope, receive, send)

    asyncio.run(requests())
    asyncio.run(asyncio.wait_for(hung_up(), 60))
    assert app.METER.report().health.events == 22
    report = later(app.METER)
    # Who hung up is not counted.
    answered = group(report, "api/answered")
    assert (answered["numerator"], answered["denominator"]) == (1, 21)
    # Times are measured: above nothing, and far below what is promised.
    assert group(report, "api/fast")["met"] is True
    assert group(report, "api/complete")["met"] is True
