"""An ASGI application that streams its replies, with a middleware that meters them.

    uvicorn app:app
"""

import dataclasses
import json
from collections.abc import AsyncIterator
from pathlib import Path

import model
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

import farthing

METER = farthing.Meter(Path(__file__).with_name("service.slo"))


class Metered:
    """Times a request from its first byte to the last of its reply, whatever ends it.

    It is no more than ASGI, so that it sees when parts of a stream are really sent. The application fills in what it
    alone knows: `request.scope["farthing"].context = 1200`.
    """

    def __init__(self, app: ASGIApp, meter: farthing.Meter, path: str) -> None:
        self.app = app
        self.meter = meter
        self.path = path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != self.path:
            await self.app(scope, receive, send)
            return
        with self.meter.timer("replies", "took", model="unknown", context=0, generated=0, first_token=0) as reply:
            scope["farthing"] = reply
            first, whole = True, False

            async def sent(message: Message) -> None:
                nonlocal first, whole
                if message["type"] == "http.response.start" and message["status"] >= 500:
                    reply.outcome = "failed"
                await send(message)
                if message["type"] == "http.response.body" and message.get("body") and first:
                    first = False
                    reply.first_token = reply.elapsed() * 1_000
                if message["type"] == "http.response.body":
                    whole = not message.get("more_body", False)

            await self.app(scope, receive, sent)
            if not whole:
                # Starlette stops a stream without an exception when its client has hung up.
                reply.outcome = "cancelled"


async def completions(request: Request) -> Response:
    """A chat completion, streamed."""
    body = await request.json()
    reply: farthing.Timer = request.scope["farthing"]
    prompt = "\n".join(message["content"] for message in body["messages"])
    reply.model = body["model"]
    reply.context = model.tokens(prompt)
    parts = model.stream(prompt)
    try:
        first = next(parts)
    except model.ModelError as error:
        return JSONResponse({"error": {"message": str(error)}}, status_code=500)

    async def events() -> AsyncIterator[str]:
        for part in (first, *parts):
            reply.generated += 1
            yield f"data: {json.dumps({'choices': [{'delta': {'content': part}}]})}\n\n"
        yield "data: [DONE]\n\n"

    return StreamingResponse(events(), media_type="text/event-stream")


async def slo(request: Request) -> Response:
    """The report."""
    return JSONResponse(dataclasses.asdict(METER.report()))


routes = [Route("/v1/chat/completions", completions, methods=["POST"]), Route("/slo", slo)]
app = Metered(Starlette(routes=routes), METER, "/v1/chat/completions")
