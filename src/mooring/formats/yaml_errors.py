"""What does a YAML syntax error mean to the person who wrote the file?"""

from yaml import MarkedYAMLError, YAMLError

from mooring.formats.parsed import Flaw

_FIXES = (
    ("mapping values are not allowed", "Quote a text that holds `: `, or write it as a block after `|`."),
    (
        "cannot start any token",
        "Indent with spaces, not tabs, and quote a text that starts with `@`, `%` or a backtick.",
    ),
    ("character escape", "Write the character itself instead of its escape."),
    ("unknown escape", "In double quotes write a backslash twice, or use single quotes."),
    ("alias", "Quote a text that starts with `*`."),
    ("anchor", "Quote a text that starts with `&`."),
    ("tag", "Quote a text that starts with `!`."),
    ("',' or ']'", "Close the list with `]`, and quote texts that hold brackets or commas."),
    ("',' or '}'", "Close the mapping with `}`, and quote a text that starts with `{`, such as '{{name}}'."),
    ("end of stream", "Close the quotes that are open."),
    ("could not find expected ':'", "Put `: ` after the field's name, or indent the line as part of the text above."),
    ("node content", "Close the list or mapping, and quote a text that starts with a bracket, such as '{{name}}'."),
    ("expected key", "Align the line with the fields above, or indent it as part of the text above."),
    ("block collection", "Align the items of the list."),
)
_OTHER_FIX = "Look at the indentation and the quotes on this line and the one above."


def syntax_flaw(error: YAMLError) -> Flaw:
    """Give the flaw that PyYAML stopped at; the mark is where it noticed."""
    if not isinstance(error, MarkedYAMLError):
        return Flaw(None, "this is not YAML", _OTHER_FIX)
    mark = error.problem_mark or error.context_mark
    said = " ".join(part for part in (error.problem, error.context) if part)
    fix = next((fix for part, fix in _FIXES if part in said), _OTHER_FIX)
    return Flaw(None if mark is None else mark.line + 1, f"this is not YAML: {said}", fix)
