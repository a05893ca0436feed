"""Which process holds a lease, and is it gone for certain?"""

import os
import platform
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Holder:
    """A process as others can recognise it. '' where the system does not tell: then only time tells that it died."""

    host: str
    boot: str
    namespace: str
    pid: int
    started: str

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host}"


def this_process() -> Holder:
    """Describe the running process."""
    pid = os.getpid()
    stat = _stat(pid)
    return Holder(
        host=platform.node(),
        boot=_read(_PROC / "sys/kernel/random/boot_id"),
        namespace=_link(_PROC / "self/ns/pid"),
        pid=pid,
        started=stat[1] if stat else "",
    )


def is_gone(holder: Holder, here: Holder) -> bool:
    """Tell whether a process is proven to have ended: same boot, same process ids, and no such process.

    A pid means something only within its own pid namespace: two containers of one host share the boot.
    """
    comparable = all((here.boot, here.namespace, here.started, holder.started))
    if not comparable or (holder.host, holder.boot, holder.namespace) != (here.host, here.boot, here.namespace):
        return False
    try:
        os.kill(holder.pid, 0)
    except ProcessLookupError:
        return True
    except (PermissionError, OverflowError):
        return False
    stat = _stat(holder.pid)
    # /proc may hide the processes of others; what cannot be seen is not proven to be gone.
    return stat is not None and (stat[0] in {"Z", "X"} or stat[1] != holder.started)


def _stat(pid: int) -> tuple[str, str] | None:
    """Give state and start time (in ticks since boot) of a process."""
    # The second field is the program's name in brackets and may itself hold blanks and brackets.
    fields = _read(_PROC / str(pid) / "stat").rpartition(")")[2].split()
    return (fields[0], fields[19]) if len(fields) > 19 else None


def _read(path: Path) -> str:
    try:
        return path.read_text(errors="replace").strip()
    except OSError:
        return ""


def _link(path: Path) -> str:
    try:
        return str(path.readlink())
    except OSError:
        return ""
