"""Which adapter serves a target? Found by entry point, so that a third party adds one as we do."""

from importlib.metadata import EntryPoint, entry_points

from mooring.ports import Adapter, Connect, Misconfigured, Options

GROUP = "mooring.adapters"


def adapter_names() -> tuple[str, ...]:
    """Give the names of all installed adapters."""
    return tuple(sorted(point.name for point in entry_points(group=GROUP)))


def connect(adapter: str, options: Options) -> Adapter:
    """Open a target's project through its adapter; raises Misconfigured."""
    made: Connect = _point(adapter, options.target).load()
    return made(options)


def _point(adapter: str, target: str) -> EntryPoint:
    for point in entry_points(group=GROUP, name=adapter):
        return point
    message = f"The target {target} asks for the adapter {adapter}, which is not installed"
    raise Misconfigured(f"{message}. Installed are: {', '.join(adapter_names()) or 'none'}")
