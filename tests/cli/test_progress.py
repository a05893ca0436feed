"""A sync shows how far it is on a terminal, and nothing on a pipe."""

import io

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from mooring.cli.progress import Shown, shown
from mooring.progress import Silence


def test_a_pipe_gets_no_progress() -> None:
    with shown() as progress:
        assert isinstance(progress, Silence)


def test_a_bar_for_each_target_moves_and_says_what_it_waits_for() -> None:
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=100, legacy_windows=False)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[note]}"))
    with Progress(*columns, console=console, auto_refresh=False) as bars:
        progress = Shown(bars)
        progress.begin("local", 2)
        progress.advance("local", "local:a@production")
        bars.refresh()
        progress.wait("other", "Another run\x1b[31m holds the lock")
        bars.refresh()
    drawn = out.getvalue()
    assert "1/2" in drawn
    assert "local:a@production" in drawn
    assert "Another run\\x1b[31m holds the lock" in drawn
