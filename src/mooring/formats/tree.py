"""What do all prompt files of one tree ask for together?"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from operator import itemgetter
from typing import TypeAlias

from mooring.core.desired import Desired, DesiredPrompt, Problem
from mooring.formats.drafts import Declared, Draft, File, draft_folder, draft_one_file, draft_stray
from mooring.formats.layout import folded, key_of
from mooring.formats.parsed import Entry, ParsedFile, Role
from mooring.formats.spelling import did_you_mean

_KEYED = frozenset({Role.VERSION_YAML, Role.VERSION_TEXT})
_Takers: TypeAlias = dict[str, list[Draft]]
"""Who takes each name, once folded."""


def assemble(*, commit: str | None, tree: str, prefix: str, files: Mapping[str, tuple[str, ParsedFile]]) -> Desired:
    """Put the files of a tree together: path below the prompts folder to blob id and parse result.

    `prefix` (`prompts/`, or '' for the root) is put before every path that the result holds.
    """
    known = [
        File(path, prefix + path, blob, parsed, key_of(path) if parsed.role in _KEYED else "")
        for path, (blob, parsed) in sorted(files.items(), key=itemgetter(0))
    ]
    registries = [file for file in known if file.parsed.role is Role.REGISTRY]
    drafts = _drafts(known)
    takers = _takers(drafts)
    problems = [problem for draft in drafts for problem in draft.problems]
    problems += [problem for file in registries for problem in file.problems()]
    problems += _collisions(takers)
    names_known = all(draft.name_known for draft in drafts)
    prompts = _claimed(drafts, takers)
    declared = _declared(drafts, takers, registries)
    if names_known:
        problems += _strangers(registries, prompts)
    sound = not any(file.parsed.flaws for file in registries)
    for name, labels in declared.items():
        prompt, found = _labelled(prompts.get(name) or DesiredPrompt(name), labels)
        prompts[name] = prompt
        problems += found if prompt.versions else ()
    if not sound:
        prompts = {name: replace(prompt, labels_known=False) for name, prompt in prompts.items()}
    problems.sort(key=lambda problem: (problem.path, problem.line or 0))
    return Desired(commit, tree, dict(sorted(prompts.items())), tuple(problems), names_known)


def _drafts(files: Sequence[File]) -> list[Draft]:
    folders: dict[str, list[File]] = {}
    drafts: list[Draft] = []
    for file in files:
        match file.parsed.role:
            case Role.VERSION_YAML | Role.VERSION_TEXT | Role.PROMPT_YAML:
                folders.setdefault(file.path.rpartition("/")[0], []).append(file)
            case Role.ONE_FILE:
                drafts.append(draft_one_file(file))
            case Role.STRAY:
                drafts.append(draft_stray(file))
            case Role.REGISTRY:
                pass
    return drafts + [draft_folder(folder) for folder in folders.values()]


def _claimed(drafts: Sequence[Draft], takers: _Takers) -> dict[str, DesiredPrompt]:
    """Give the prompts by name; one whose name is in doubt or taken twice has no labels that are known."""
    prompts: dict[str, DesiredPrompt] = {}
    for draft in drafts:
        clear = len(draft.claims) == 1 and len(takers.get(folded(draft.prompt.name), ())) < 2
        for name in draft.claims:
            if clear and not draft.stray:
                prompts[name] = draft.prompt
            else:
                prompts.setdefault(name, DesiredPrompt(name, facts=draft.prompt.facts, labels_known=False))
    return prompts


def _declared(drafts: Sequence[Draft], takers: _Takers, registries: Sequence[File]) -> dict[str, list[Declared]]:
    """Give every label that is declared anywhere, by prompt, so far as the prompt's name is its own."""
    declared: dict[str, list[Declared]] = {}
    for draft in drafts:
        if draft.declared and len(draft.claims) == 1 and len(takers[folded(draft.prompt.name)]) == 1:
            declared.setdefault(draft.prompt.name, []).extend(draft.declared)
    for file in registries:
        for name, entry in file.parsed.registry.items():
            declared.setdefault(name, []).extend(_of_entry(file, entry))
    return declared


def _of_entry(file: File, entry: Entry) -> Iterator[Declared]:
    return (Declared(file.shown, label, key) for label, key in entry.labels.items())


def _labelled(prompt: DesiredPrompt, declared: Sequence[Declared]) -> tuple[DesiredPrompt, Sequence[Problem]]:
    """Add labels to a prompt. Two files that disagree on one leave it open what the prompt's labels are."""
    first: dict[str, Declared] = {}
    open_labels: set[str] = set()
    problems: list[Problem] = []
    for found in declared:
        other = first.setdefault(found.label, found)
        if other.key.text != found.key.text:
            open_labels.add(found.label)
            problems.append(_twice(prompt.name, other, found))
        elif found.key.text not in prompt.versions and prompt.versions:
            problems.append(_no_such_key(prompt, found))
    labels = {label: found.key.text for label, found in first.items() if label not in open_labels}
    known = prompt.labels_known and not open_labels
    return replace(prompt, labels=labels, labels_known=known), problems


def _twice(prompt: str, first: Declared, other: Declared) -> Problem:
    return Problem(
        other.shown,
        other.key.line,
        f"`{prompt}@{other.label}` is `{other.key.text}` here and `{first.key.text}` in {first.shown}:{first.key.line}",
        "Declare the label in one place.",
    )


def _no_such_key(prompt: DesiredPrompt, found: Declared) -> Problem:
    keys = ", ".join(f"`{key}`" for key in prompt.versions)
    return Problem(
        found.shown,
        found.key.line,
        f"`{prompt.name}@{found.label}` is `{found.key.text[:80]}`, and there is no such version",
        f"{did_you_mean(found.key.text, prompt.versions)}Its versions are {keys}.",
    )


def _strangers(registries: Sequence[File], prompts: Mapping[str, DesiredPrompt]) -> Iterator[Problem]:
    for file in registries:
        for name, entry in file.parsed.registry.items():
            if name not in prompts:
                yield Problem(
                    file.shown,
                    entry.line,
                    f"there is no prompt `{name[:80]}`",
                    f"{did_you_mean(name, prompts)}Add its files, or take the entry out.",
                )


def _collisions(takers: _Takers) -> Iterator[Problem]:
    for taken in takers.values():
        first = taken[0]
        for other in taken[1:]:
            same = first.prompt.name == other.prompt.name
            how = "is" if same else "differs only in case or in the form of its letters from"
            yield Problem(
                other.shown,
                other.line,
                f"the name `{other.prompt.name}` {how} that of {first.shown}"
                + ("" if same else f", `{first.prompt.name}`"),
                "Give one of them another name.",
            )


def _takers(drafts: Sequence[Draft]) -> _Takers:
    takers: dict[str, list[Draft]] = {}
    for draft in drafts:
        for name in draft.claims if not draft.stray else ():
            takers.setdefault(folded(name), []).append(draft)
    return takers
