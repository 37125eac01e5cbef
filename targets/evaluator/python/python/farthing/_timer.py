"""Events that take as long as a block of code."""

from __future__ import annotations

import time
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from farthing._meter import Field, Meter

# What labels of outcomes call what: the first that the file lists is taken.
_FINE = ("ok", "success", "succeeded", "done", "completed", "answered", "stop")
_FAILED = ("failed", "error", "failure", "fail", "errored", "exception")
_CANCELLED = ("cancelled", "canceled", "aborted", "abort")
# Labels that say how something ended.
_OUTCOMES = ("outcome", "status", "result")
# Beside an exception that cancels, by name: asyncio need not be imported for it.
_CANCELLING = ("CancelledError", "GeneratorExit", "KeyboardInterrupt")


class Timer:
    """Times a block, and records one event when it ends. Made by `Meter.timer`.

    Fields are set as attributes: `timer.generated = 300`. An event counts at the time when its block ended, unless it
    was given one.
    """

    __slots__ = ("_event", "_fields", "_into", "_known", "_meter", "_start")

    _event: str
    _fields: dict[str, Any]
    _into: str
    _known: dict[str, Field]
    _meter: Meter
    _start: float

    def __init__(
        self, meter: Meter, event: str, known: dict[str, Field], into: str, fields: dict[str, Any]
    ) -> None:
        set_ = object.__setattr__
        set_(self, "_meter", meter)
        set_(self, "_event", event)
        set_(self, "_known", known)
        set_(self, "_into", into)
        set_(self, "_fields", {})
        set_(self, "_start", 0.0)
        for name, value in fields.items():
            setattr(self, name, value)

    def __setattr__(self, name: str, value: object) -> None:
        self._field(name)
        self._fields[name] = value

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        self._field(name)
        return self._fields.get(name)

    def mark(self, field: str) -> None:
        """Sets a field of time to how long it has been until now: `timer.mark("first_token")`. The first mark counts."""
        scale = self._field(field)["scale"]
        if scale is None:
            from farthing._errors import RecordError

            raise RecordError(f"{field!r} of {self._event} is no time that passes: its unit is not s, ms or another")
        self._fields.setdefault(field, self.elapsed() / scale)

    def elapsed(self) -> float:
        """How many seconds it has been until now."""
        return time.perf_counter() - self._start

    def __enter__(self) -> Self:
        object.__setattr__(self, "_start", time.perf_counter())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.mark(self._into)
        self._end(kind)
        if error is None:
            self._meter.record(self._event, **self._fields)
            return
        # What had not come yet when it failed is nothing.
        for name, field in self._known.items():
            if field["kind"] in ("number", "duration"):
                self._fields.setdefault(name, 0)
        try:
            self._meter.record(self._event, **self._fields)
        except Exception as refused:
            # The block's own exception is the one to be told of.
            error.add_note(f"farthing could not record it: {refused}")

    def _end(self, kind: type[BaseException] | None) -> None:
        """Says how it ended, where a label is for that and nobody has said so."""
        if kind is None:
            words: tuple[str, ...] = _FINE
        elif kind.__name__ in _CANCELLING:
            words = _CANCELLED + _FAILED
        else:
            words = _FAILED
        for name in _OUTCOMES:
            field = self._known.get(name)
            if field is not None and field["kind"] == "label":
                value = next((word for word in words if word in (field["values"] or ())), None)
                if value is not None:
                    self._fields.setdefault(name, value)
                return

    def _field(self, name: str) -> Field:
        field = self._known.get(name)
        if field is None:
            from farthing._meter import unknown

            raise unknown(f"field of {self._event}", name, list(self._known))
        return field
