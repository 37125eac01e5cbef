"""How many events a second a meter takes: `FARTHING_BENCH=1 scripts/test-python`.

Each way is given the same events, three objectives on them, one broken down by model. The loop beside them appends each
event to a list, as the least that a program could do. Figures depend on the machine; the ratios much less.
"""

import random
import tempfile
import threading
import time
from array import array
from collections.abc import Callable
from pathlib import Path
from typing import Any

import farthing

SERVICE = """
event requests {
  at:        time
  model:     label
  outcome:   label in { "ok", "failed" }
  context:   input_token
  generated: output_token
  latency:   ms
  cost = context * $3.00 per 1M input_token + generated * $15.00 per 1M output_token
}
service chat {
  objective affordable { requests.cost / requests <= $0.0065 per request  budget 5% over 30d  by model }
  objective fast       { 95% of requests have latency < 2000 ms  over 30d }
  objective answered   { 99% of requests have outcome = "ok"  over 30d }
}
"""
COUNT = 1_000_000
BATCH = 10_000
START = 1_775_044_800.0


def best(count: int, way: Callable[[], None], tries: int = 3) -> float:
    """The most events a second."""
    rates = []
    for _ in range(tries):
        start = time.perf_counter()
        way()
        rates.append(count / (time.perf_counter() - start))
    return max(rates)


def main() -> None:
    chance = random.Random(1)
    models = [f"model-{number}" for number in range(8)]
    at = [START + number * 0.1 for number in range(COUNT)]
    columns: dict[str, list[Any]] = {
        "at": at,
        "model": [chance.choice(models) for _ in range(COUNT)],
        "outcome": ["ok"] * COUNT,
        "context": [float(int(chance.expovariate(1 / 1150))) for _ in range(COUNT)],
        "generated": [float(int(chance.expovariate(1 / 210))) for _ in range(COUNT)],
        "latency": [chance.expovariate(1 / 800) for _ in range(COUNT)],
    }
    buffers: dict[str, Any] = {
        name: array("d", values) if isinstance(values[0], float) else values for name, values in columns.items()
    }
    few = COUNT // 5
    rows = [{name: values[number] for name, values in columns.items()} for number in range(few)]

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "service.slo"
        path.write_text(SERVICE)

        def meter() -> farthing.Meter:
            return farthing.Meter(path)

        def in_columns(source: dict[str, Any]) -> None:
            of = meter()
            for first in range(0, COUNT, BATCH):
                of.record_columns("requests", {name: own[first : first + BATCH] for name, own in source.items()})

        def in_rows() -> None:
            of = meter()
            for first in range(0, few, BATCH):
                of.record_many("requests", rows[first : first + BATCH])

        def one_by_one() -> None:
            record = meter().requests.record
            for row in rows:
                record(**row)

        def by_threads() -> None:
            of = meter()

            def work(part: int) -> None:
                for first in range(part * BATCH, COUNT, 4 * BATCH):
                    of.record_columns("requests", {name: own[first : first + BATCH] for name, own in buffers.items()})

            threads = [threading.Thread(target=work, args=(part,)) for part in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()

        def appended() -> None:
            events = []

            def record(**fields: Any) -> None:
                events.append(fields)

            for row in rows:
                record(**row)

        def timed() -> None:
            of = meter()
            for _ in range(few // 10):
                with of.timer("requests", "latency", model="m", context=1.0) as timer:
                    timer.generated = 2.0

        loop = best(few, appended)
        ways = [
            ("a Python loop that appends each to a list", loop),
            ("columns: buffers of numbers, lists of labels", best(COUNT, lambda: in_columns(buffers))),
            ("the same from four threads", best(COUNT, by_threads)),
            ("columns: lists", best(COUNT, lambda: in_columns(columns))),
            ("record_many: dicts", best(few, in_rows)),
            ("record: one by one", best(few, one_by_one)),
            ("timer: one by one", best(few // 10, timed)),
        ]
        print("events with three objectives                      million/s   of the loop")
        for name, rate in ways:
            print(f"  {name:<46} {rate / 1e6:>10.2f} {rate / loop:>11.2f}x")


if __name__ == "__main__":
    main()
