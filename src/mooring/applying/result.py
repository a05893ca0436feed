"""What became of one step, and what does an error of the platform make of it?"""

from dataclasses import dataclass

from mooring.applying.gate import Gate
from mooring.applying.writes import Doubtful
from mooring.core.address import Ref
from mooring.core.plan import Outcome
from mooring.ports import AdapterError, Denied, Moved, Unreachable


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one step.

    `instead` is the hash of what the platform stored in place of what was sent. `doubtful`: a write was sent and
    nobody knows whether it was carried out.
    """

    outcome: Outcome
    note: str = ""
    ref: Ref | None = None
    instead: str = ""
    doubtful: bool = False


def failed(error: AdapterError, gate: Gate) -> Result:
    """Give the result of what was not finished; denied credentials and repeated silence close the gate."""
    match error:
        case Denied():
            gate.halt(error)
            return Result(Outcome.FAILED, str(error))
        case Moved():
            return Result(Outcome.MOVED, str(error))
        case Unreachable():
            gate.count_silence(error)
            return Result(Outcome.FAILED, str(error), doubtful=isinstance(error, Doubtful))
        case _:
            return Result(Outcome.FAILED, str(error))
