"""Cost-efficiency SLOs of AI services, judged in the program that serves them.

    meter = farthing.Meter("service.slo")
    meter.record("requests", model="small", outcome="ok", context=1200, generated=300)
    meter.chat.affordable.report().verdicts[0].consumed
"""

from farthing._errors import CompileError, Error, RecordError, UnknownNameError
from farthing._farthing import __version__
from farthing._meter import Event, Meter, Objective, Outcome, Service, Tradeoff
from farthing._report import (
    AlertState,
    Burn,
    CornerVerdict,
    EqualityVerdict,
    FiredAlert,
    Health,
    HistoryPoint,
    ObjectiveReport,
    Report,
    ServiceReport,
    TradeoffReport,
    TradeoffVerdict,
    Verdict,
)
from farthing._timer import Timer

__all__ = [
    "AlertState",
    "Burn",
    "CompileError",
    "CornerVerdict",
    "EqualityVerdict",
    "Error",
    "Event",
    "FiredAlert",
    "Health",
    "HistoryPoint",
    "Meter",
    "Objective",
    "ObjectiveReport",
    "Outcome",
    "RecordError",
    "Report",
    "Service",
    "ServiceReport",
    "Timer",
    "Tradeoff",
    "TradeoffReport",
    "TradeoffVerdict",
    "UnknownNameError",
    "Verdict",
    "__version__",
]
