"""The native part: what is public of it is in `farthing`."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Self

__version__: str

Counts = tuple[int, int, int, int]

class Core:
    def __new__(cls, *paths: str) -> Self: ...
    def record(self, event: str, /, **fields: float | str | datetime | None) -> None:
        """Records one event.

        `fields` are those that the file declares, computed ones left out. The time is seconds since 1970, as
        `time.time()` gives them, or a `datetime` with a time zone; now where it is left out. What no objective reads may
        be left out too.

        Raises `UnknownNameError` where there is no such event or field, and `RecordError` where a value is not one.
        """

    def advance(self, now: float | datetime | None = None) -> None:
        """Evaluates every minute that has ended by `now`. Reports do so themselves."""

    def _record_many(self, event: str, rows: Iterable[Mapping[str, object]], /) -> Counts: ...
    def _record_columns(self, event: str, columns: Mapping[str, Sequence[object] | object], /) -> Counts: ...
    def _report(self, now: float | datetime | None = None, part: tuple[str, str] | None = None) -> str: ...
    def _names(self) -> str: ...

def main(arguments: list[str]) -> int: ...
def nearest(name: str, known: list[str]) -> str | None: ...
