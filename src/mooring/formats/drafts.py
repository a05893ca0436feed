"""What does each prompt's own files ask for, before registry.yaml and the other prompts have their say?"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from mooring.core.address import INVALID
from mooring.core.desired import HEAD_KEY, DesiredPrompt, Problem, PromptFacts, Version
from mooring.formats.keys import newest
from mooring.formats.layout import is_foreign_format, key_of, path_name
from mooring.formats.parsed import ParsedFile, Role, Stated


@dataclass(frozen=True, slots=True)
class File:
    """A parsed file: its path below the prompts folder, its path in the repository, its blob id."""

    path: str
    shown: str
    blob: str
    parsed: ParsedFile

    def problems(self) -> Iterator[Problem]:
        """Give the file's own flaws at its path."""
        return (flaw.at(self.shown) for flaw in self.parsed.flaws)


@dataclass(frozen=True, slots=True)
class Declared:
    """A label as some file declares it."""

    shown: str
    label: str
    key: Stated


@dataclass(frozen=True, slots=True)
class Draft:
    """One prompt by its own files. `shown` and `line` are where its name stands; `claims` are all names it may have."""

    prompt: DesiredPrompt
    shown: str
    line: int | None
    name_known: bool
    claims: frozenset[str]
    stray: bool = False
    declared: tuple[Declared, ...] = ()
    problems: tuple[Problem, ...] = ()


def draft_one_file(file: File) -> Draft:
    """Draft the prompt that one file is."""
    parsed = file.parsed
    problems = [*file.problems()]
    if parsed.version is not None and parsed.version.text != HEAD_KEY:
        problems.append(
            Problem(
                file.shown,
                parsed.version.line,
                f"`version: {parsed.version.text}` stands in a prompt of one file, whose only key is `{HEAD_KEY}`",
                f"Take it out, or move the file to {_stem(file.shown)}/{parsed.version.text}.yaml",
            )
        )
    draft = _draft_of(file, problems)
    content = INVALID if problems or parsed.hash is None else parsed.hash
    versions = {HEAD_KEY: Version(HEAD_KEY, file.shown, file.blob, content)}
    prompt = replace(draft.prompt, versions=versions, facts=parsed.facts, labels_known=not parsed.flaws)
    return replace(draft, prompt=prompt, declared=_declared(file))


def draft_stray(file: File) -> Draft:
    """Draft the prompt that a file was perhaps meant to be; its mistake is where it stands."""
    folder = file.shown.rpartition("/")[0]
    if file.parsed.flaws:
        return _doubtful(_draft_of(file, list(file.problems())))
    if is_foreign_format(file.path):
        message = "files of other tools (.prompt.yaml) are not read"
        fix = f"Write the prompt as {file.shown.rsplit('.prompt', 1)[0]}.yaml, or keep the file elsewhere."
    else:
        message = f"{folder}/ holds the versions of one prompt, and this file's name is no version"
        fix = "Name it like a version (v2.yaml), move it to tests/, or move it out of the folder."
    return _doubtful(_draft_of(file, [Problem(file.shown, None, message, fix)]))


def _doubtful(draft: Draft) -> Draft:
    return replace(draft, prompt=replace(draft.prompt, labels_known=False), stray=True)


def draft_folder(files: Sequence[File]) -> Draft:
    """Draft the prompt whose versions a folder holds."""
    about = [file for file in files if file.parsed.role is Role.PROMPT_YAML]
    of_versions = [file for file in files if file.parsed.role is not Role.PROMPT_YAML]
    problems = [problem for file in files for problem in file.problems()]
    if len(about) > 1:
        problems.append(
            Problem(about[1].shown, None, f"the prompt has {about[0].shown} as well", "Keep one of the two files.")
        )
    if not of_versions:
        problems.append(
            Problem(
                about[0].shown,
                None,
                "the prompt has no version",
                "Write its text into v1.yaml or v1.txt beside this file.",
            )
        )
    named = [file for file in (*about, *of_versions) if file.parsed.name is not None]
    problems += _disagreements(named)
    draft = _draft_of((named or list(files))[0], [*problems, *_version_problems(of_versions)])
    known = bool(of_versions) and len(about) < 2 and not any(file.parsed.flaws for file in about)
    prompt = replace(
        draft.prompt, versions=_versions(of_versions), facts=_facts(about, of_versions), labels_known=known
    )
    return replace(
        draft,
        prompt=prompt,
        name_known=bool(named) or all(file.parsed.name_known for file in files),
        claims=frozenset(file.parsed.name.text for file in named if file.parsed.name) or draft.claims,
        declared=tuple(label for file in about for label in _declared(file)),
    )


def _draft_of(file: File, problems: Sequence[Problem]) -> Draft:
    stated = file.parsed.name
    name = path_name(file.path, file.parsed.role) if stated is None else stated.text
    return Draft(
        DesiredPrompt(name),
        file.shown,
        None if stated is None else stated.line,
        file.parsed.name_known,
        frozenset({name}),
        problems=tuple(problems),
    )


def _disagreements(named: Sequence[File]) -> Iterator[Problem]:
    for file in named[1:]:
        first, other = named[0].parsed.name, file.parsed.name
        if first is not None and other is not None and first.text != other.text:
            yield Problem(
                file.shown,
                other.line,
                f"the name is `{other.text}` here and `{first.text}` in {named[0].shown}",
                "One folder is one prompt: give both files the same name, or none.",
            )


def _version_problems(files: Sequence[File]) -> Iterator[Problem]:
    seen: dict[str, File] = {}
    for file in files:
        key = key_of(file.path)
        stated = file.parsed.version
        if stated is not None and stated.text != key:
            yield Problem(
                file.shown,
                stated.line,
                f"the file says `version: {stated.text}`, but its name says `{key}`",
                "Make them agree, or take the line out.",
            )
        if key in seen:
            yield Problem(file.shown, None, f"{seen[key].shown} has the same key `{key}`", "Keep one of the two files.")
        seen.setdefault(key, file)


def _versions(files: Sequence[File]) -> Mapping[str, Version]:
    versions: dict[str, Version] = {}
    for file in files:
        key, parsed = key_of(file.path), file.parsed
        agrees = parsed.version is None or parsed.version.text == key
        if key in versions:
            versions[key] = replace(versions[key], hash=INVALID)
        else:
            content = parsed.hash if agrees and parsed.hash is not None else INVALID
            versions[key] = Version(key, file.shown, file.blob, content)
    return versions


def _facts(about: Sequence[File], of_versions: Sequence[File]) -> PromptFacts:
    """Give the facts of prompt.yaml; where it has no description, that of the newest version that has one."""
    facts = about[0].parsed.facts if about else PromptFacts()
    if facts.description is not None:
        return facts
    told = {key_of(file.path): file.parsed.facts.description for file in of_versions if file.parsed.facts.description}
    last = newest(told)
    return facts if last is None else replace(facts, description=told[last])


def _declared(file: File) -> tuple[Declared, ...]:
    return tuple(Declared(file.shown, label, key) for label, key in file.parsed.labels.items())


def _stem(shown: str) -> str:
    return shown.rpartition(".")[0]
