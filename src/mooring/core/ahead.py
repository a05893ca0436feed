"""May a person move this label at once, ahead of Git, and if not: why, and what then?"""

from dataclasses import dataclass
from shlex import quote

from mooring.core.address import ABSENT, UNKNOWN, short
from mooring.core.observation import Observation
from mooring.core.policy import Mode, PromoteNow
from mooring.core.record import RecordKind
from mooring.core.report import Exit


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why nothing is moved, the way out, and the exit code that says so."""

    code: Exit
    reason: str
    fix: str

    def __str__(self) -> str:
        return f"{self.reason}. {self.fix}." if self.fix else f"{self.reason}."


def refusal(seen: Observation, kind: RecordKind) -> Refusal | None:
    """Say what forbids to move an address; neither a guard nor a suspension does, as they bound Mooring, not people."""
    address, settings = seen.address, seen.settings
    if settings.mode is not Mode.UPSERT:
        limit = "writes nothing" if settings.mode is Mode.OBSERVE else "moves no label"
        reason = f"{address} was not moved: mode {settings.mode} {limit}"
        return Refusal(Exit.DENIED, reason, f"Set `mode: upsert` for {address.target} in mooring.yaml")
    if kind is RecordKind.PROMOTE and settings.policy.promote_now is PromoteNow.FORBID:
        reason = f"{address} was not moved: the policy `promote_now: forbid` wants every promotion reviewed"
        return Refusal(Exit.DENIED, reason, "Propose it to Git instead: the same command without --now")
    if any(holder.hash is UNKNOWN for holder in seen.holders or ()):
        return Refusal(Exit.UNKNOWN, f"{address} was not moved: what it serves now could not be read", "Try again")
    if not seen.prompt_lives:
        reason = f"{address} was not moved: the prompt {address.prompt} is not on the platform"
        return Refusal(Exit.ATTENTION, reason, "mooring plan says what a sync would do about that")
    if seen.owner is not None:
        reason = f"{address} was not moved: the prompt belongs to the repository {seen.owner}"
        return Refusal(Exit.ATTENTION, reason, f"If it is yours now: mooring sync --takeover {quote(seen.owner)}")
    if seen.base is None and seen.live not in {ABSENT, seen.git}:
        reason = (
            f"{address} was not moved: Mooring never served it, and what it serves ({short(seen.live)}) is not Git's"
        )
        fix = f"Decide first: mooring resolve {quote(str(address))} --take git --expect {seen.live} --reason TEXT"
        return Refusal(Exit.ATTENTION, reason, fix)
    return None


def promotable(source: Observation) -> Refusal | None:
    """Say why what a label serves cannot be given to another one; only what Git asks for there can."""
    address = source.address
    if source.live is UNKNOWN or not source.prompt_lives:
        reason = f"Nothing was promoted: {address} could not be read, or the prompt is not on the platform"
        return Refusal(Exit.UNKNOWN if source.live is UNKNOWN else Exit.ATTENTION, reason, "")
    if source.live is ABSENT:
        return Refusal(Exit.ATTENTION, f"Nothing was promoted: {address} serves nothing", "")
    if len(source.holders or ()) != 1 or source.live != source.git:
        reason = f"Nothing was promoted: {address} does not serve what Git says it serves ({short(source.git)})"
        return Refusal(Exit.ATTENTION, reason, f"mooring status {quote(str(address))} says why")
    return None
