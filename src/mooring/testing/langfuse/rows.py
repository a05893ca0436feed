"""How does the API write a version, and a page of a listing?"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from mooring.core.artifact import Json
from mooring.testing.langfuse import javascript
from mooring.testing.langfuse.composition import Resolved
from mooring.testing.langfuse.store import Entry, Row
from mooring.testing.langfuse.validation import PRODUCTION, Listing


def stored(project: str, row: Row) -> str:
    """Write a row as it is stored: the answer to POST and PATCH."""
    return _row(project, row, row.prompt_json, row.is_active, "")


def served(project: str, row: Row, content: Resolved) -> str:
    """Write a row as a GET gives it."""
    graph = javascript.stringify(content.graph)
    return _row(project, row, content.prompt_json, PRODUCTION in row.labels, f',"resolutionGraph":{graph}')


def row_values(project: str, row: Row) -> Mapping[str, Json]:
    """Give a stored row as values."""
    values = javascript.parse(stored(project, row))
    return values if javascript.is_object(values) else {}


def page(listing: Listing, entries: Sequence[Entry]) -> str:
    """Write one page of a listing; `meta` and `pagination` say the same."""
    start = (listing.page - 1) * listing.limit
    shown = ",".join(_entry(entry) for entry in entries[start : start + listing.limit])
    meta: Mapping[str, Json] = {
        "page": listing.page,
        "limit": listing.limit,
        "totalPages": -(-len(entries) // listing.limit),
        "totalItems": len(entries),
    }
    told = javascript.stringify(meta)
    return f'{{"data":[{shown}],"meta":{told},"pagination":{told}}}'


def _entry(entry: Entry) -> str:
    """The union of the matching versions' labels, sorted, does not say which version holds which (03)."""
    last = entry[-1]
    labels = sorted({label for row in entry for label in row.labels})
    versions = ",".join(str(row.version) for row in entry)
    write = javascript.stringify
    return (
        f'{{"name":{write(last.name)},"tags":{write(last.tags)},'
        f'"lastUpdatedAt":"{_iso(max(row.updated_at for row in entry))}","versions":[{versions}],'
        f'"labels":{write(labels)},"type":{write(last.type)},"lastConfig":{last.config_json}}}'
    )


def _row(project: str, row: Row, prompt_json: str, is_active: Json, rest: str) -> str:
    """Put a row's JSON together from its parts, in the order of the table's columns."""
    write = javascript.stringify
    return (
        f'{{"id":{write(row.id)},"createdAt":"{_iso(row.created_at)}","updatedAt":"{_iso(row.updated_at)}",'
        f'"projectId":{write(project)},"createdBy":{write(row.created_by)},"prompt":{prompt_json},'
        f'"name":{write(row.name)},"version":{row.version},"type":{write(row.type)},"isActive":{write(is_active)},'
        f'"config":{row.config_json},"tags":{write(row.tags)},"labels":{write(row.labels)},'
        f'"commitMessage":{write(row.commit_message)}{rest}}}'
    )


def _iso(moment: datetime) -> str:
    return moment.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
