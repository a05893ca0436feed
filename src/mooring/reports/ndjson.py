"""What does a log shipper read of a report? One JSON object a line; the keys are those of the JSON report."""

import json
from collections.abc import Iterator, Sequence

from mooring.core.artifact import Json
from mooring.core.report import Report
from mooring.reports.json import document

_OF_THE_RUN = ("schema", "command", "tool", "commit", "digest", "error", "notices")
_OF_A_TARGET = ("name", "adapter", "complete", "verified", "total", "error", "requests")
_PARTS = {"addresses": "address", "guards": "guard", "findings": "finding", "checks": "check"}


def text(report: Report) -> str:
    """Give a report as lines, in ASCII: the run first, then targets and what they hold, the summary last."""
    return "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines(report))


def lines(report: Report) -> Iterator[dict[str, Json]]:
    """Give each line as plain values. Every one says its `type` and the `run` that it belongs to."""
    whole = document(report)
    run = whole["run"]
    yield {"type": "run", "run": run, **{key: whole[key] for key in _OF_THE_RUN}}
    yield from _parts(run, None, whole)
    for target in _objects(whole["targets"]):
        yield {"type": "target", "run": run, **{key: target[key] for key in _OF_A_TARGET}}
        yield from _parts(run, target["name"], target)
    yield {"type": "summary", "run": run, "summary": whole["summary"], "exit": whole["exit"]}


def _parts(run: Json, target: Json, holder: dict[str, Json]) -> Iterator[dict[str, Json]]:
    for key, kind in _PARTS.items():
        for one in _objects(holder.get(key, [])):
            yield {"type": kind, "run": run, "target": target, **one}


def _objects(value: Json) -> Sequence[dict[str, Json]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
