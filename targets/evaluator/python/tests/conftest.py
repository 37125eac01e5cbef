"""A file to meter by."""

from pathlib import Path

import pytest

import farthing

SERVICE = """
/// One request.
event requests {
  at:        time
  model:     label
  outcome:   label in { "ok", "failed", "cancelled" }
  context:   input_token
  generated: output_token
  latency:   ms
  note:      label
  spare:     byte
  cost = context * $3.00 per 1M input_token + generated * $15.00 per 1M output_token
}

/// One job, counted when it is told of.
event jobs {
  status: label in { "succeeded", "error" }
  ran:    s
  waited: s
}

service chat {
  sli cost_per_request = requests.cost / requests
  // allow F0903: what matters here is what a request costs
  objective affordable { cost_per_request <= $0.006 per request  budget 5% over 30d  by model }
  objective fast       { 99% of requests have latency < 500 ms  over 30d }
  objective answered   { 99% of requests have outcome = "ok"  over 30d }
  tradeoff balanced    { latency fast  quality answered }
}

service batch {
  objective done  { 99% of jobs have status = "succeeded"  over 30d }
  objective quick { 99% of jobs have ran < 1 m  over 30d }
}
"""

NOON = 1_775_044_800.0
"""A time of which nothing depends on what the clock shows."""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "service.slo"
    path.write_text(SERVICE)
    return path


@pytest.fixture
def meter(file: Path) -> farthing.Meter:
    return farthing.Meter(file)
