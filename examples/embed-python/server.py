"""An OpenAI-compatible server, of the standard library alone, that meters each request.

    python server.py 8000

`POST /v1/chat/completions` replies, at once or as a stream; `GET /slo` says how the promises do.
"""

import dataclasses
import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import model

import farthing

METER = farthing.Meter(Path(__file__).with_name("service.slo"))


class Handler(BaseHTTPRequestHandler):
    """Each request has a thread of its own; the meter is for all of them."""

    def do_POST(self) -> None:
        """A chat completion."""
        if self.path != "/v1/chat/completions":
            self._send(404, {"error": {"message": f"there is no {self.path}"}})
            return
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        prompt = "\n".join(message["content"] for message in request["messages"])
        try:
            with METER.timer("replies", "took", model=request["model"]) as reply:
                reply.context = model.tokens(prompt)
                reply.generated = 0
                parts = []
                for part in model.stream(prompt):
                    reply.mark("first_token")
                    reply.generated += 1
                    parts.append(part)
        except model.ModelError as error:
            # The event was recorded, with the outcome "failed".
            self._send(500, {"error": {"message": str(error)}})
            return
        message = {"role": "assistant", "content": "".join(parts)}
        usage = {"prompt_tokens": reply.context, "completion_tokens": reply.generated}
        choices = [{"index": 0, "message": message, "finish_reason": "stop"}]
        self._send(200, {"object": "chat.completion", "model": request["model"], "choices": choices, "usage": usage})

    def do_GET(self) -> None:
        """The report."""
        if self.path != "/slo":
            self._send(404, {"error": {"message": f"there is no {self.path}"}})
            return
        self._send(200, dataclasses.asdict(METER.report()))

    def _send(self, status: int, body: dict[str, Any]) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        """The report says more."""


def serve(port: int) -> ThreadingHTTPServer:
    """A server that is bound, and does not serve yet."""
    return ThreadingHTTPServer(("127.0.0.1", port), Handler)


if __name__ == "__main__":
    serve(int(sys.argv[1]) if len(sys.argv) > 1 else 8000).serve_forever()
