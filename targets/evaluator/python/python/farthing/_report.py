"""What a report says. Times are milliseconds since 1970, `_s` are seconds, amounts are in the plan's units.

"What the numbers mean" in farthing's book defines them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self


class _Part:
    """A part of a report, from JSON: a key that is not known is an error, for it would be lost."""

    @classmethod
    def _of(cls, data: Mapping[str, Any]) -> Self:
        return cls(**data)


@dataclass(frozen=True, slots=True)
class Burn(_Part):
    """A burn rate: 1 spends the budget in exactly the period."""

    window_s: int
    rate: float | None


@dataclass(frozen=True, slots=True)
class AlertState(_Part):
    """Whether an alert fires, and since when."""

    index: int
    firing: bool
    since_ms: int


@dataclass(frozen=True, slots=True)
class HistoryPoint(_Part):
    """One point of the past."""

    at_ms: int
    consumed: float | None
    measured: float | None
    numerator: float
    denominator: float


@dataclass(frozen=True, slots=True)
class EqualityVerdict(_Part):
    """Two ratios that must be equal for an objective to say anything."""

    left: float | None
    right: float | None
    equal: bool


@dataclass(frozen=True, slots=True)
class Verdict(_Part):
    """What an objective comes to, for one group of labels, over its period."""

    labels: dict[str, str]
    measured: float | None
    numerator: float
    denominator: float
    excess: float
    allowance: float
    consumed: float | None
    left: float | None
    exhaustion_s: float | None
    observed_s: int
    excluded_s: int
    period_s: int
    period_start_ms: int
    met: bool | None
    met_alone: bool | None
    spoiled_by: list[str]
    mix_seen: float | None
    equality: EqualityVerdict | None
    burn: list[Burn]
    hour_excess: float | None
    hour_measured: float | None
    alerts: list[AlertState]
    history: list[HistoryPoint]

    @classmethod
    def _of(cls, data: Mapping[str, Any]) -> Self:
        equality = data["equality"]
        parts = {
            "equality": None if equality is None else EqualityVerdict._of(equality),
            "burn": [Burn._of(burn) for burn in data["burn"]],
            "alerts": [AlertState._of(alert) for alert in data["alerts"]],
            "history": [HistoryPoint._of(point) for point in data["history"]],
        }
        return cls(**{**data, **parts})


@dataclass(frozen=True, slots=True)
class ObjectiveReport(_Part):
    """An objective's verdicts: one for each group of the labels that it is broken down by."""

    id: str
    verdicts: list[Verdict]
    not_judged: str | None

    @classmethod
    def _of(cls, data: Mapping[str, Any]) -> Self:
        return cls(**{**data, "verdicts": [Verdict._of(verdict) for verdict in data["verdicts"]]})


@dataclass(frozen=True, slots=True)
class CornerVerdict(_Part):
    """What one corner of a trade-off comes to by itself."""

    kind: str
    objective: str
    consumed: float | None
    met: bool | None


@dataclass(frozen=True, slots=True)
class TradeoffVerdict(_Part):
    """What a trade-off comes to, for one group of labels."""

    labels: dict[str, str]
    met: bool | None
    consumed: float | None
    worst: int | None
    corners: list[CornerVerdict]
    burn: list[Burn]

    @classmethod
    def _of(cls, data: Mapping[str, Any]) -> Self:
        parts = {
            "corners": [CornerVerdict._of(corner) for corner in data["corners"]],
            "burn": [Burn._of(burn) for burn in data["burn"]],
        }
        return cls(**{**data, **parts})


@dataclass(frozen=True, slots=True)
class TradeoffReport(_Part):
    """A trade-off's verdicts."""

    id: str
    verdicts: list[TradeoffVerdict]
    not_judged: str | None

    @classmethod
    def _of(cls, data: Mapping[str, Any]) -> Self:
        return cls(**{**data, "verdicts": [TradeoffVerdict._of(verdict) for verdict in data["verdicts"]]})


@dataclass(frozen=True, slots=True)
class ServiceReport(_Part):
    """A service's objectives and trade-offs."""

    name: str
    objectives: list[ObjectiveReport]
    tradeoffs: list[TradeoffReport]

    @classmethod
    def _of(cls, data: Mapping[str, Any]) -> Self:
        parts = {
            "objectives": [ObjectiveReport._of(objective) for objective in data["objectives"]],
            "tradeoffs": [TradeoffReport._of(tradeoff) for tradeoff in data["tradeoffs"]],
        }
        return cls(**{**data, **parts})


@dataclass(frozen=True, slots=True)
class FiredAlert(_Part):
    """One time that an alert fired."""

    objective: str
    labels: dict[str, str]
    severity: str
    long_s: int
    short_s: int
    factor: float
    from_ms: int
    until_ms: int | None
    peak_burn: float


@dataclass(frozen=True, slots=True)
class Health(_Part):
    """Counts of what came in."""

    samples: int
    non_numbers: int
    gaps: int
    resets: int
    stale_markers: int
    negative_counters: int
    samples_out_of_order: int
    samples_late: int
    series_refused: int
    groups_refused: int
    events: int
    events_too_old: int
    events_out_of_order: int
    times_refused: int


@dataclass(frozen=True, slots=True)
class Report(_Part):
    """Verdicts on every objective as of one minute."""

    at_ms: int
    first_ms: int | None
    services: list[ServiceReport]
    alerts_fired: list[FiredAlert]
    alerts_dropped: int
    health: Health

    @classmethod
    def _of(cls, data: Mapping[str, Any]) -> Self:
        parts = {
            "services": [ServiceReport._of(service) for service in data["services"]],
            "alerts_fired": [FiredAlert._of(alert) for alert in data["alerts_fired"]],
            "health": Health._of(data["health"]),
        }
        return cls(**{**data, **parts})
