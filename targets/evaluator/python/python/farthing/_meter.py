"""The meter, and handles on its parts."""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self, TypedDict

from farthing._errors import RecordError, UnknownNameError
from farthing._farthing import Core, nearest
from farthing._report import ObjectiveReport, Report, ServiceReport, TradeoffReport
from farthing._timer import Timer

Time = float | datetime | None
"""Seconds since 1970, or a datetime with a time zone; now where there is none."""


class Field(TypedDict):
    """A field of an event."""

    name: str
    kind: str
    scale: float | None
    values: list[str] | None


class _ServiceNames(TypedDict):
    name: str
    objectives: list[str]
    tradeoffs: list[str]


def unknown(what: str, name: str, known: list[str]) -> UnknownNameError:
    """The error for a name that is not there, with the one that was meant."""
    near = nearest(name, known)
    meant = f"; did you mean {near!r}?" if near else "."
    return UnknownNameError(f"there is no {what} {name!r}{meant} There is {', '.join(known) or 'none'}")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a batch."""

    recorded: int
    """Events that count."""
    non_numbers: int
    """Events refused because a number that an objective reads is none, infinite or beyond 10^100."""
    too_old: int
    """Events older than every period that could count them."""
    times_refused: int
    """Events refused because of their time."""


class Event:
    """One kind of event of a meter."""

    def __init__(self, meter: Meter, name: str) -> None:
        self.name = name
        self._meter = meter
        # Shadows the method below: a partial goes to the native code without a frame of Python.
        self.record = functools.partial(meter.record, name)  # type: ignore[method-assign]

    def record(self, **fields: float | str | datetime | None) -> None:
        """Records one event: see `Meter.record`."""
        raise AssertionError("it is shadowed")

    def record_many(self, rows: Iterable[Mapping[str, object]]) -> Outcome:
        """Records events that are given as mappings: see `Meter.record_many`."""
        return self._meter.record_many(self.name, rows)

    def record_columns(self, **columns: Sequence[object] | object) -> Outcome:
        """Records events that are given as columns: see `Meter.record_columns`."""
        return self._meter.record_columns(self.name, columns)

    def timer(self, into: str | None = None, /, **fields: object) -> Timer:
        """Times a block: see `Meter.timer`."""
        return self._meter.timer(self.name, into, **fields)


class Objective:
    """An objective of a meter."""

    def __init__(self, meter: Meter, id: str) -> None:
        self.id = id
        self._meter = meter

    def report(self, now: Time = None) -> ObjectiveReport:
        """Its verdicts as of a time."""
        return ObjectiveReport._of(json.loads(self._meter._report(now, ("objective", self.id))))


class Tradeoff:
    """A trade-off of a meter."""

    def __init__(self, meter: Meter, id: str) -> None:
        self.id = id
        self._meter = meter

    def report(self, now: Time = None) -> TradeoffReport:
        """Its verdicts as of a time."""
        return TradeoffReport._of(json.loads(self._meter._report(now, ("tradeoff", self.id))))


class Service:
    """A service of a meter. Its objectives and trade-offs are its attributes."""

    def __init__(self, meter: Meter, names: _ServiceNames) -> None:
        self.name = names["name"]
        self._meter = meter
        self._objectives = {_own(id): id for id in names["objectives"]}
        self._tradeoffs = {_own(id): id for id in names["tradeoffs"]}

    def report(self, now: Time = None) -> ServiceReport:
        """The verdicts on all of them as of a time."""
        return ServiceReport._of(json.loads(self._meter._report(now, ("service", self.name))))

    def objective(self, name: str) -> Objective:
        """The objective of this name; of one with classes, `name:class`."""
        if name not in self._objectives:
            raise unknown(f"objective of {self.name}", name, list(self._objectives))
        return Objective(self._meter, self._objectives[name])

    def tradeoff(self, name: str) -> Tradeoff:
        """The trade-off of this name."""
        if name not in self._tradeoffs:
            raise unknown(f"trade-off of {self.name}", name, list(self._tradeoffs))
        return Tradeoff(self._meter, self._tradeoffs[name])

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name in self._tradeoffs:
            return self.tradeoff(name)
        if name in self._objectives:
            return self.objective(name)
        raise unknown(f"objective or trade-off of {self.name}", name, [*self._objectives, *self._tradeoffs])


class Meter(Core):
    """The compiled .slo files, and what was recorded. Threads may share it.

    Its events and services are its attributes: `meter.requests.record(...)`, `meter.chat.affordable.report()`. Where a
    name is taken, `meter.event(name)` and `meter.service(name)` are the same.
    """

    def __new__(cls, *paths: str | os.PathLike[str]) -> Self:
        """Compiles files, and folders with all .slo files below them.

        Raises `CompileError`, with the text that the command line prints.
        """
        return super().__new__(cls, *(os.fspath(path) for path in paths))

    def __init__(self, *paths: str | os.PathLike[str]) -> None:
        names = json.loads(self._names())
        self._fields: dict[str, dict[str, Field]] = {
            event["name"]: {field["name"]: field for field in event["fields"]} for event in names["events"]
        }
        self._events = {name: Event(self, name) for name in self._fields}
        self._services = {service["name"]: Service(self, service) for service in names["services"]}

    def record_many(self, event: str, rows: Iterable[Mapping[str, object]]) -> Outcome:
        """Records events that are given as mappings from fields to values. Where one of them is not as it should be,
        `RecordError` names it, and none counts."""
        return Outcome(*self._record_many(event, rows))

    def record_columns(self, event: str, columns: Mapping[str, Sequence[object] | object]) -> Outcome:
        """Records events that are given as columns of one length: sequences, or buffers of numbers such as those of
        `array.array` and numpy, which are the fastest. Judging them lets other threads run."""
        return Outcome(*self._record_columns(event, columns if isinstance(columns, dict) else dict(columns)))

    def timer(self, event: str, into: str | None = None, /, **fields: object) -> Timer:
        """Times a block, and records one event when it ends:

            with meter.timer("requests", model="small") as timer:
                timer.generated = answer(...)

        `into` names the field that holds how long it took; it is found where only one field is a time that passes.
        A label `outcome` (or `status`, `result`) that lists such values becomes `ok` or `failed`, or what else the file
        calls them, unless the block has set it. Where the block raises, numbers that it has not set are 0.
        """
        self.event(event)
        known = self._fields[event]
        durations = [name for name, field in known.items() if field["kind"] == "duration"]
        if into is None:
            if len(durations) != 1:
                which = f"name one of {', '.join(durations)}" if durations else "it has none of the unit s, ms or another"
                raise RecordError(f"which field of {event} holds how long it took? {which}")
            into = durations[0]
        elif into not in durations:
            raise unknown(f"field of {event} that is a time that passes,", into, durations)
        return Timer(self, event, known, into, dict(fields))

    def report(self, now: Time = None) -> Report:
        """The verdicts on all objectives as of a time; as of the last minute evaluated where that is later."""
        return Report._of(json.loads(self._report(now)))

    def event(self, name: str) -> Event:
        """The event of this name."""
        if name not in self._events:
            raise unknown("event", name, list(self._events))
        return self._events[name]

    def service(self, name: str) -> Service:
        """The service of this name."""
        if name not in self._services:
            raise unknown("service", name, list(self._services))
        return self._services[name]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if name in self._events:
            return self._events[name]
        if name in self._services:
            return self._services[name]
        raise unknown("event or service", name, [*self._events, *self._services])


def _own(id: str) -> str:
    """`affordable` of `chat/affordable`."""
    return id.split("/", 1)[-1]
