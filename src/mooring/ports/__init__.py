"""What does the core need from the world? Protocols and their errors; whoever implements one is never imported."""

from mooring.core.check import Check, Health
from mooring.core.observation import Objection, Reviewed
from mooring.ports.adapter import SURVEY_TAKES, Adapter, Allowance, Connect, Options, Pace, Unpaced
from mooring.ports.clock import Clock
from mooring.ports.forge import Approval, Forge, ForgeError, Issue, Pull, PullState, StatusState
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
from mooring.ports.shelf import Edit, Files, Shelf, ShelfName

__all__ = [
    "FORGETFUL",
    "SURVEY_TAKES",
    "Adapter",
    "AdapterError",
    "Allowance",
    "Approval",
    "Capabilities",
    "Check",
    "Clock",
    "Connect",
    "Denied",
    "Edit",
    "Files",
    "Forge",
    "ForgeError",
    "Forgetful",
    "Health",
    "History",
    "HistoryError",
    "Issue",
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
    "Pull",
    "PullState",
    "Recall",
    "Reference",
    "Rejected",
    "RemoteUnreachable",
    "Reviewed",
    "Seen",
    "Shelf",
    "ShelfName",
    "Sighting",
    "Snapshot",
    "Standing",
    "StatusState",
    "Stored",
    "Survey",
    "Tally",
    "Unpaced",
    "Unreachable",
]
