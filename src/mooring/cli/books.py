"""Where are the ledgers of a session, to be read as a history?"""

from collections.abc import Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING

import click

from mooring.audit import Book, Freshness, Source, Trail, read
from mooring.cli.session import place_of
from mooring.cli.targets import UsageProblem
from mooring.config import DEFAULT_REMOTE
from mooring.core.address import Address
from mooring.core.trail import addresses
from mooring.git.branch import chosen_remote
from mooring.ledger.codec import Owner
from mooring.ledger.opening import open_store

if TYPE_CHECKING:
    from mooring.cli.session import Session


def books_of(session: "Session") -> tuple[Book, ...]:
    """Give the ledger of each target of a session. Nothing is read before it is asked for; raises UsageProblem."""
    repo, config, clock = session.repo, session.config, session.run.clock
    if not session.run.targets:
        raise UsageProblem("mooring.yaml has no target, so there is no ledger. Add one with `mooring init`.")
    remote = chosen_remote(repo, None if config.ledger.remote == DEFAULT_REMOTE else config.ledger.remote)
    place = place_of(config.ledger, remote)
    return tuple(
        Book(target.name, target.ledger, open_store(repo.root, Owner(config.id, target.name), place, clock))
        for target in session.run.targets
    )


def source_of(session: "Session") -> Source:
    """Give what Git, and its host where there is a token for it, tell about a session's prompts."""
    prompts = session.repo.place(session.config.prompts)
    folder = f"{prompts}/" if prompts else ""
    return Source(session.repo.git, folder, session.run.history, session.run.forge)


def read_about(books: Sequence[Book], freshness: Freshness, texts: Sequence[str]) -> Trail:
    """Read what the ledgers tell of some addresses; all that they tell where one of these is not among it."""
    trail = read(books, freshness, texts)
    there = addresses(trail.entries)
    if all(any(one.is_named_by(text) for one in there) for text in texts):
        return trail
    return read(books, Freshness.CLONE)


def require_on_record(trail: Trail, texts: Sequence[str]) -> list[Address]:
    """Give the addresses on record that texts name; raises UsageError for one that names none."""
    there = addresses(trail.entries)
    for text in texts:
        if not any(one.is_named_by(text) for one in there):
            spelled = {word: word for one in there for word in (str(one), f"{one.prompt}@{one.label}", one.prompt)}
            close = get_close_matches(text, spelled, n=1)
            meant = f"Did you mean {close[0]}?" if close else "mooring log tells all that is."
            raise click.UsageError(f"Nothing is on record for {text!r}. {meant}")
    return [one for one in there if any(one.is_named_by(text) for text in texts)]
