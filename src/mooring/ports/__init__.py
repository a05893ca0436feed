"""What does the core need from the world? Protocols and their errors; whoever implements one is never imported."""

from mooring.core.check import Check, Health
from mooring.core.observation import Objection, Reviewed
from mooring.ports.adapter import SURVEY_TAKES, Adapter, Allowance, Connect, Options, Pace, Unpaced
from mooring.ports.clock import Clock
from mooring.ports.history import History, HistoryError, Order, RemoteUnreachable, Standing
from mooring.ports.ledger import Lease, LeaseLost, Ledger, LedgerError, LedgerRefused, LedgerUnreadable, Locked
from mooring.ports.platform import (
    AdapterError,
    Capabilities,
    Denied,
    Listing,
    Misconfigured,
    Moved,
    Provenance,
    Reference,
    Rejected,
    Sighting,
    Stored,
    Survey,
    Tally,
    Unreachable,
)
from mooring.ports.recall import FORGETFUL, Forgetful, Recall, Seen, Snapshot

__all__ = [
    "FORGETFUL",
    "SURVEY_TAKES",
    "Adapter",
    "AdapterError",
    "Allowance",
    "Capabilities",
    "Check",
    "Clock",
    "Connect",
    "Denied",
    "Forgetful",
    "Health",
    "History",
    "HistoryError",
    "Lease",
    "LeaseLost",
    "Ledger",
    "LedgerError",
    "LedgerRefused",
    "LedgerUnreadable",
    "Listing",
    "Locked",
    "Misconfigured",
    "Moved",
    "Objection",
    "Options",
    "Order",
    "Pace",
    "Provenance",
    "Recall",
    "Reference",
    "Rejected",
    "RemoteUnreachable",
    "Reviewed",
    "Seen",
    "Sighting",
    "Snapshot",
    "Standing",
    "Stored",
    "Survey",
    "Tally",
    "Unpaced",
    "Unreachable",
]
