"""Which freeze windows does mooring.yaml state, and what is wrong with those that it states?"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from mooring.config.shape import WEEKLY
from mooring.core.freeze import DAYS, Freeze, Weekly, Window
from mooring.formats.located import Fields, Node, Scalar
from mooring.formats.parsed import Flaw


def freeze(stated: Mapping[str, str]) -> Freeze:
    """Give a window that `freeze_flaws` found nothing wrong with."""
    match, reason = stated.get("match", "*"), stated["reason"]
    if "weekly" in stated:
        return Freeze(match, _weekly(stated["weekly"], _zone(stated.get("zone", "UTC"))), reason)
    return Freeze(match, Window(_moment(stated["from"]), _moment(stated["until"])), reason)


def freeze_flaws(node: Node) -> Iterator[Flaw]:
    """Say what is wrong between the fields of a window, each of which has the right form."""
    if not isinstance(node, Fields):
        return
    stated = {name: str(pair.node.value) for name, pair in node.pairs.items() if isinstance(pair.node, Scalar)}
    line = node.line
    dated = {"from", "until"} & stated.keys()
    if ("weekly" in stated) == bool(dated) or (dated and len(dated) < 2):
        yield Flaw(line, "a freeze needs either `from` and `until`, or `weekly`", "Write one of the two.")
        return
    try:
        _zone(stated.get("zone", "UTC"))
        window = freeze({"reason": "", **stated}).when
    except ZoneInfoNotFoundError:
        yield Flaw(line, f"there is no time zone `{stated['zone']}`", "Write one such as Europe/Oslo.")
        return
    except ValueError:
        yield Flaw(line, "a freeze names a day that the calendar does not have", "Write a real date.")
        return
    if "zone" in stated and dated:
        yield Flaw(line, "`zone` is for `weekly`", "Write the zone into the moments: 2026-12-20T18:00+01:00.")
    if window.begin == window.end or (isinstance(window, Window) and window.begin > window.end):
        yield Flaw(line, "a freeze ends before it begins", "Let it end after it begins.")


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def _zone(name: str) -> tzinfo:
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (ValueError, OSError) as error:  # `../x`, a folder of zones
        raise ZoneInfoNotFoundError(name) from error


def _weekly(text: str, zone: tzinfo) -> Weekly:
    found = re.fullmatch(WEEKLY.strip("^$"), text)
    if found is None:
        raise ValueError(text)
    return Weekly(_since_monday(*found.groups()[:3]), _since_monday(*found.groups()[3:]), zone)


def _since_monday(day: str, hours: str, minutes: str) -> timedelta:
    return timedelta(days=DAYS.index(day), hours=int(hours), minutes=int(minutes))
