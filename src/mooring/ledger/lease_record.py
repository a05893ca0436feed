"""What does the lease ref hold? Whose it is, how often it was renewed, and what its run is about to write."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace

from mooring.core.address import ContentHash
from mooring.core.memory import Intent
from mooring.ledger.codec import SCHEMA, dump, parse
from mooring.ledger.holder import Holder
from mooring.ledger.store import Torn

LEASE = "lease.json"
INTENT = "intent.json"


@dataclass(frozen=True, slots=True)
class LeaseRecord:
    """A lease as it stands in its ref. `id` tells this one from every other, `sequence` counts its renewals."""

    id: str
    sequence: int
    since: str
    holder: Holder
    intent: Intent

    def renewed(self) -> "LeaseRecord":
        """Give the record that the next renewal writes."""
        return replace(self, sequence=self.sequence + 1)

    def over(self, predecessor: Intent | None) -> "LeaseRecord":
        """Carry on what a lease that is taken over wanted: should this run die too, the next one still knows."""
        if predecessor is None:
            return self
        wanted = {**predecessor.wanted, **self.intent.wanted}
        return replace(self, intent=replace(self.intent, wanted=wanted))


def encode_lease(record: LeaseRecord) -> dict[str, bytes | None]:
    """Write a whole lease."""
    wanted: dict[str, dict[str, str]] = {}
    for (prompt, label), content_hash in record.intent.wanted.items():
        wanted.setdefault(prompt, {})[label] = content_hash
    intent = {"schema": SCHEMA, "run": record.intent.run, "commit": record.intent.commit, "wanted": wanted}
    return {**encode_renewal(record), INTENT: dump(intent)}


def encode_renewal(record: LeaseRecord) -> dict[str, bytes | None]:
    """Write what a renewal changes."""
    lease = {"schema": SCHEMA, "id": record.id, "sequence": record.sequence, "since": record.since}
    return {LEASE: dump({**lease, "holder": asdict(record.holder), "released": False})}


def encode_release() -> dict[str, bytes | None]:
    """Write a lease that nobody holds, for a place that lets no ref be deleted."""
    return {LEASE: dump({"schema": SCHEMA, "released": True}), INTENT: None}


def decode_lease(files: Mapping[str, bytes]) -> LeaseRecord | None:
    """Read a lease, None where it was released; raises Torn or NewerSchema."""
    if LEASE not in files:
        raise Torn(f"{LEASE} is missing")
    lease = parse(LEASE, files[LEASE])
    if lease.get("released") is True:
        return None
    if INTENT not in files:
        raise Torn(f"{INTENT} is missing")
    intent = parse(INTENT, files[INTENT])
    match lease, intent:
        case (
            {"id": str(id_), "sequence": int(sequence), "since": str(since), "holder": dict(holder)},
            {"run": str(run), "commit": str(commit), "wanted": dict(wanted)},
        ):
            return LeaseRecord(id_, sequence, since, _holder(holder), Intent(run, commit, _wanted(wanted)))
        case _:
            raise Torn("the lease is not as Mooring writes it")


def _holder(item: Mapping[str, object]) -> Holder:
    match item:
        case {
            "host": str(host),
            "boot": str(boot),
            "namespace": str(namespace),
            "pid": int(pid),
            "started": str(started),
        } if pid > 0:
            return Holder(host, boot, namespace, pid, started)
        case _:
            raise Torn(f"the holder in {LEASE} is not as Mooring writes it")


def _wanted(item: Mapping[str, object]) -> dict[tuple[str, str], ContentHash]:
    wanted: dict[tuple[str, str], ContentHash] = {}
    for prompt, labels in item.items():
        if not isinstance(labels, dict) or not all(isinstance(content_hash, str) for content_hash in labels.values()):
            raise Torn(f"{INTENT} is not as Mooring writes it at {prompt!r}")
        wanted.update({(prompt, label): ContentHash(content_hash) for label, content_hash in labels.items()})
    return wanted
