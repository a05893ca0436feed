"""Prompt files and artifacts: what do the files below the prompts folder ask for? Pure, as the core is.

Parsing is separate per file, so that whoever reads Git can remember a blob's ParsedFile by its blob id:
`classify_paths` needs the paths only, `parse_blob` one file's bytes only, and `assemble` puts the parts together.
"""

from mooring.formats.layout import classify_paths
from mooring.formats.parsed import PARSER_VERSION, ParsedFile, Role
from mooring.formats.tree import assemble
from mooring.formats.version_file import UnreadableFile, parse_blob, read_artifact

__all__ = [
    "PARSER_VERSION",
    "ParsedFile",
    "Role",
    "UnreadableFile",
    "assemble",
    "classify_paths",
    "parse_blob",
    "read_artifact",
]
