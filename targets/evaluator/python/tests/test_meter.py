"""What a meter takes, and what it refuses."""

import sys
import threading
import time
from array import array
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from conftest import NOON

import farthing

FINE: dict[str, Any] = {"model": "m", "outcome": "ok", "context": 1000, "generated": 100, "latency": 200}


def test_an_event_comes_to_a_verdict(meter: farthing.Meter) -> None:
    for second in range(100):
        meter.record("requests", at=NOON + second, **FINE)
    meter.requests.record(at=NOON + 100, **{**FINE, "latency": 900.0})
    report = meter.chat.affordable.report(NOON + 600)
    assert report.id == "chat/affordable" and report.not_judged is None
    (verdict,) = report.verdicts
    assert verdict.labels == {"model": "m"}
    assert verdict.measured == pytest.approx(1000 * 3e-6 + 100 * 15e-6)
    assert verdict.met is True
    fast = meter.chat.fast.report(NOON + 600).verdicts[0]
    assert (fast.numerator, fast.denominator, fast.met) == (1, 101, True)
    assert [burn.window_s for burn in fast.burn] == sorted(burn.window_s for burn in fast.burn)


def test_a_report_has_all_parts(meter: farthing.Meter) -> None:
    meter.record("requests", at=NOON, **{**FINE, "outcome": "failed", "latency": 900})
    for minute in range(1, 60):
        meter.record("requests", at=NOON + minute * 60, **{**FINE, "outcome": "failed", "latency": 900})
    report = meter.report(NOON + 7200)
    assert [service.name for service in report.services] == ["chat", "batch"]
    assert report.first_ms == NOON * 1000
    assert report.health.events == 60
    assert report.alerts_fired and report.alerts_fired[0].objective.startswith("chat/")
    (tradeoff,) = report.services[0].tradeoffs
    assert tradeoff.verdicts[0].met is False
    assert [corner.kind for corner in tradeoff.verdicts[0].corners] == ["latency", "quality"]
    assert meter.chat.balanced.report(NOON + 7200) == tradeoff
    assert meter.service("chat").report(NOON + 7200) == report.services[0]
    assert meter.chat.fast.report(NOON + 7200).verdicts[0].history


def test_times(meter: farthing.Meter) -> None:
    berlin = timezone(timedelta(hours=2))
    for at in (NOON, int(NOON), datetime.fromtimestamp(NOON, UTC), datetime.fromtimestamp(NOON, berlin)):
        meter.record("requests", at=at, **FINE)
    report = meter.report(datetime.fromtimestamp(NOON + 600, UTC))
    assert report.first_ms == NOON * 1000
    assert report.services[0].objectives[0].verdicts[0].denominator == 4
    with pytest.raises(farthing.RecordError, match="'at'|\"at\".*milliseconds"):
        meter.record("requests", at=NOON * 1000, **FINE)
    with pytest.raises(farthing.RecordError, match="time zone"):
        meter.record("requests", at=datetime(2026, 4, 1), **FINE)
    with pytest.raises(farthing.RecordError, match="1970"):
        meter.record("requests", at=-1.0, **FINE)
    with pytest.raises(ValueError, match="not str"):
        meter.advance("now")  # type: ignore[arg-type]


def test_now_is_the_default(meter: farthing.Meter) -> None:
    before = time.time()
    meter.record("requests", **FINE)
    meter.record("jobs", status="succeeded", ran=3, waited=1)
    first = meter.report().first_ms
    assert first is not None and before * 1000 - 1 <= first <= time.time() * 1000 + 1
    done = meter.batch.done.report(time.time() + 1_200).verdicts[0]
    assert (done.numerator, done.denominator) == (0, 1)


def test_misspelt_names_are_told(meter: farthing.Meter) -> None:
    with pytest.raises(farthing.UnknownNameError, match='"contxt"; did you mean "context"'):
        meter.record("requests", contxt=1)
    with pytest.raises(farthing.UnknownNameError, match='"request"; did you mean "requests"'):
        meter.record("request", context=1)
    with pytest.raises(farthing.UnknownNameError, match="'afordable'; did you mean 'affordable'"):
        meter.chat.afordable.report()
    with pytest.raises(farthing.UnknownNameError, match="did you mean 'chat'"):
        meter.chatt  # noqa: B018
    with pytest.raises(farthing.UnknownNameError, match="It has at, model, outcome"):
        meter.record("requests", zzzzzzzzzz=1)
    with pytest.raises(farthing.RecordError, match='"okay" is no value of "outcome"; did you mean "ok"'):
        meter.record("requests", **{**FINE, "outcome": "okay"})
    # A name of every object is not one of the file, and so pickle, copy and the like fail as they do everywhere.
    assert not hasattr(meter, "__array_interface__") and not hasattr(meter, "chatty")
    assert meter.report(NOON).health.events == 0


def test_values_that_are_none(meter: farthing.Meter) -> None:
    with pytest.raises(farthing.RecordError, match='"context" is of the type str, and a number'):
        meter.record("requests", **{**FINE, "context": "1000"})
    with pytest.raises(farthing.RecordError, match='"model" is of the type int, and a text'):
        meter.record("requests", **{**FINE, "model": 4})
    with pytest.raises(farthing.RecordError, match='"context" is NaN'):
        meter.record("requests", **{**FINE, "context": float("nan")})
    with pytest.raises(farthing.RecordError, match='needs "latency"'):
        meter.record("requests", model="m", outcome="ok", context=1, generated=1)
    with pytest.raises(farthing.RecordError, match='needs "outcome"'):
        meter.record("requests", model="m", outcome=None, context=1, generated=1, latency=1)
    # Nothing reads them.
    meter.record("requests", note="n", spare=None, **FINE)
    meter.record("requests", spare=3, **FINE)


def test_rows_in_batches(meter: farthing.Meter) -> None:
    rows = [{"at": NOON + second, **FINE, "model": f"m{second % 3}"} for second in range(300)]
    assert meter.record_many("requests", rows) == farthing.Outcome(300, 0, 0, 0)
    assert meter.requests.record_many(iter(rows)).recorded == 300
    assert len(meter.chat.affordable.report(NOON + 600).verdicts) == 3
    rows[17] = {**rows[17], "outcome": "okay"}
    with pytest.raises(farthing.RecordError, match='"okay"'):
        meter.record_many("requests", rows)
    rows[17] = {**rows[17], "contxt": 1}
    with pytest.raises(farthing.UnknownNameError, match="row 17: .*contxt"):
        meter.record_many("requests", rows)
    assert meter.report(NOON + 600).health.events == 600


def test_columns(meter: farthing.Meter) -> None:
    count = 2_000
    columns = {
        "at": array("d", (NOON + 0.01 * number for number in range(count))),
        "model": ["a", "b"] * (count // 2),
        "outcome": ["ok"] * count,
        "context": array("q", [1000] * count),
        "generated": [100] * count,
        "latency": memoryview(array("f", [200.0] * count)),
    }
    assert meter.record_columns("requests", columns) == farthing.Outcome(count, 0, 0, 0)
    assert meter.requests.record_columns(**{**columns, "model": ("a",) * count}).recorded == count
    one, two = meter.chat.affordable.report(NOON + 600).verdicts
    assert (one.denominator, two.denominator) == (count * 1.5, count * 0.5)
    assert one.measured == pytest.approx(0.0045)
    # Of buffers, what is no number is left out and counted.
    bad = {**columns, "generated": array("d", [float("nan")] + [100.0] * (count - 1))}
    assert meter.record_columns("requests", bad) == farthing.Outcome(count - 1, 1, 0, 0)
    with pytest.raises(farthing.RecordError, match='"generated" has 3 values, and "at" has 2000'):
        meter.record_columns("requests", {**columns, "generated": [1, 2, 3]})
    with pytest.raises(farthing.RecordError, match='needs "latency"'):
        meter.record_columns("requests", {name: own for name, own in columns.items() if name != "latency"})
    with pytest.raises(farthing.UnknownNameError, match="latencies"):
        meter.record_columns("requests", {**columns, "latencies": []})
    with pytest.raises(farthing.RecordError, match="text"):
        meter.record_columns("requests", {**columns, "model": [1] * count})
    with pytest.raises(farthing.RecordError, match="milliseconds"):
        meter.record_columns("requests", {**columns, "at": array("d", [NOON * 1000] * count)})
    assert meter.record_columns("requests", {name: [] for name in columns}).recorded == 0


def test_errors_of_a_file_are_those_of_the_command_line(tmp_path: Path) -> None:
    path = tmp_path / "wrong.slo"
    path.write_text("service chat {\n  objective cheap { 99% of requests have cost < $1 over 30d }\n}\n")
    with pytest.raises(farthing.CompileError) as caught:
        farthing.Meter(path)
    text = str(caught.value)
    assert "F0101" in text or "F0" in text
    assert "wrong.slo:2:" in text and "requests" in text and "1 error in 1 file" in text
    with pytest.raises(farthing.CompileError, match="there is no file or folder"):
        farthing.Meter(tmp_path / "none.slo")
    with pytest.raises(farthing.CompileError, match="name a .slo file"):
        farthing.Meter()


def test_threads_share_a_meter(meter: farthing.Meter) -> None:
    rows = [{"at": NOON + second, **FINE} for second in range(500)]

    def work() -> None:
        for row in rows:
            meter.record("requests", **row)
        meter.record_many("requests", rows)
        meter.report(NOON)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert meter.chat.fast.report(NOON + 600).verdicts[0].denominator == 8_000


def test_other_threads_run_while_it_judges(meter: farthing.Meter) -> None:
    # Threads take turns only where one lets go of the interpreter: what was counted in between was counted meanwhile.
    interval = sys.getswitchinterval()
    sys.setswitchinterval(100)
    meter.record("requests", at=NOON, **FINE)
    counted = 0
    seen = False
    done = False

    def judge() -> None:
        nonlocal seen, done
        # On a busy machine the other thread may not get its turn at once.
        for days in range(10, 2_000, 10):
            before = counted
            meter.advance(NOON + days * 86_400)
            if counted > before:
                seen = True
                break
        done = True

    thread = threading.Thread(target=judge)
    try:
        thread.start()
        while not done:
            counted += 1
            time.sleep(0)
    finally:
        sys.setswitchinterval(interval)
        thread.join()
    assert seen
