"""Blocks that are timed."""

import asyncio
import time

import pytest

import farthing


def later(objective: farthing.Objective) -> tuple[float, float]:
    verdict = objective.report(time.time() + 1_200).verdicts[0]
    return verdict.numerator, verdict.denominator


def test_a_block_is_timed(meter: farthing.Meter) -> None:
    with meter.timer("requests", model="m", context=10) as timer:
        timer.generated = 5
        timer.generated += 1
        assert (timer.generated, timer.latency) == (6, None)
    assert timer.outcome == "ok"
    # In ms, as the field is.
    assert 0 < timer.latency <= timer.elapsed() * 1000
    assert later(meter.chat.answered) == (0, 1)


def test_an_exception_is_an_outcome(meter: farthing.Meter) -> None:
    with pytest.raises(KeyError), meter.requests.timer(model="m") as timer:
        raise KeyError("x")
    assert (timer.outcome, timer.context, timer.generated) == ("failed", 0, 0)
    with pytest.raises(asyncio.CancelledError), meter.timer("requests", model="m") as timer:
        raise asyncio.CancelledError
    assert timer.outcome == "cancelled"
    assert later(meter.chat.answered) == (2, 2)


def test_what_the_block_says_stands(meter: farthing.Meter) -> None:
    with meter.timer("requests", model="m", context=1, generated=1) as timer:
        timer.outcome = "failed"
        timer.latency = 7
    assert (timer.outcome, timer.latency) == ("failed", 7)


def test_which_field_is_timed(meter: farthing.Meter) -> None:
    with pytest.raises(farthing.RecordError, match="name one of ran, waited"):
        meter.timer("jobs")
    with pytest.raises(farthing.UnknownNameError, match="did you mean 'ran'"):
        meter.timer("jobs", "rann")
    with meter.timer("jobs", "ran") as timer:
        timer.mark("waited")
        timer.mark("waited")
    assert timer.status == "succeeded"
    assert 0 < timer.waited <= timer.ran
    with pytest.raises(ValueError), meter.timer("jobs", "ran", waited=0) as timer:
        raise ValueError
    assert timer.status == "error"


def test_misspelt_fields_are_told_at_once(meter: farthing.Meter) -> None:
    with pytest.raises(farthing.UnknownNameError, match="did you mean 'generated'"):
        meter.timer("requests", genrated=1)
    with pytest.raises(farthing.UnknownNameError, match="did you mean 'generated'"):  # noqa: SIM117
        with meter.timer("requests", model="m") as timer:
            timer.genrated = 1
    with pytest.raises(farthing.RecordError, match="no time that passes"):
        meter.timer("requests").mark("context")
    # The second one failed, so it was recorded as such.
    assert later(meter.chat.answered) == (1, 1)


def test_the_exception_of_the_block_is_told_and_not_that_of_the_record(meter: farthing.Meter) -> None:
    with pytest.raises(KeyError) as caught, meter.timer("requests"):
        raise KeyError("x")
    assert any("model" in note for note in caught.value.__notes__)
    with pytest.raises(farthing.RecordError, match="model"), meter.timer("requests", context=1, generated=1):
        pass
