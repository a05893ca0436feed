"""What does each prompt's own files ask for, before registry.yaml and the other prompts have their say?"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from mooring.core.address import INVALID
from mooring.core.desired import HEAD_KEY, DesiredPrompt, Problem, PromptFacts, Version
from mooring.formats.keys import newest
from mooring.formats.layout import is_foreign_format, path_name
from mooring.formats.parsed import ParsedFile, Role, Stated


@dataclass(frozen=True, slots=True)
class File:
    """A parsed file: its path below the prompts folder, its path in the repository, its blob id."""

    path: str
    shown: str
    blob: str
    parsed: ParsedFile
    key: str = ""
    """The key that the path states; '' where the role has none."""

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
                f"Take it out, or move the file to {file.shown.rpartition('.')[0]}/{parsed.version.text}.yaml",
            )
        )
    content = INVALID if problems or parsed.hash is None else parsed.hash
    prompt = DesiredPrompt(
        name=_name(file),
        versions={HEAD_KEY: Version(HEAD_KEY, file.shown, file.blob, content, parsed.composed)},
        facts=parsed.facts,
        labels_known=not parsed.flaws,
    )
    return _draft_of(file, prompt, problems, _declared(file))


def draft_stray(file: File) -> Draft:
    """Draft the prompt that a file was perhaps meant to be; its mistake is where it stands."""
    problems = list(file.problems()) or [_stray_problem(file)]
    return replace(_draft_of(file, DesiredPrompt(_name(file), labels_known=False), problems, ()), stray=True)


def draft_folder(files: Sequence[File]) -> Draft:
    """Draft the prompt whose versions a folder holds."""
    about = [file for file in files if file.parsed.role is Role.PROMPT_YAML]
    of_versions = [file for file in files if file.parsed.role is not Role.PROMPT_YAML]
    named = [file for file in (*about, *of_versions) if file.parsed.name is not None]
    problems = [problem for file in files for problem in file.problems()]
    problems += [*_about_problems(about, of_versions), *_disagreements(named), *_version_problems(of_versions)]
    first = (named or files)[0]
    prompt = DesiredPrompt(
        name=_name(first),
        versions=_versions(of_versions),
        facts=_facts(about, of_versions),
        labels_known=bool(of_versions) and len(about) < 2 and not any(file.parsed.flaws for file in about),
    )
    draft = _draft_of(first, prompt, problems, [label for file in about for label in _declared(file)])
    if named:
        return draft if len(named) == 1 else replace(draft, claims=frozenset(map(_name, named)))
    return replace(draft, name_known=all(file.parsed.name_known for file in files))


def _draft_of(file: File, prompt: DesiredPrompt, problems: Sequence[Problem], declared: Sequence[Declared]) -> Draft:
    parsed = file.parsed
    return Draft(
        prompt=prompt,
        shown=file.shown,
        line=None if parsed.name is None else parsed.name.line,
        name_known=parsed.name_known,
        claims=frozenset((prompt.name,)),
        declared=tuple(declared),
        problems=tuple(problems),
    )


def _name(file: File) -> str:
    stated = file.parsed.name
    return path_name(file.path, file.parsed.role) if stated is None else stated.text


def _stray_problem(file: File) -> Problem:
    if is_foreign_format(file.path):
        message = "files of other tools (.prompt.yaml) are not read"
        fix = f"Write the prompt as {file.shown.rsplit('.prompt', 1)[0]}.yaml, or keep the file elsewhere."
    else:
        folder = file.shown.rpartition("/")[0]
        message = f"{folder}/ holds the versions of one prompt, and this file's name is no version"
        fix = "Name it like a version (v2.yaml), move it to tests/, or move it out of the folder."
    return Problem(file.shown, None, message, fix)


def _about_problems(about: Sequence[File], of_versions: Sequence[File]) -> Iterator[Problem]:
    if len(about) > 1:
        yield Problem(about[1].shown, None, f"the prompt has {about[0].shown} as well", "Keep one of the two files.")
    if not of_versions:
        fix = "Write its text into v1.yaml or v1.txt beside this file."
        yield Problem(about[0].shown, None, "the prompt has no version", fix)


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
        key = file.key
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
        key, parsed = file.key, file.parsed
        agrees = parsed.version is None or parsed.version.text == key
        if key in versions:
            versions[key] = replace(versions[key], hash=INVALID)
        else:
            content = parsed.hash if agrees and parsed.hash is not None else INVALID
            versions[key] = Version(key, file.shown, file.blob, content, parsed.composed)
    return versions


def _facts(about: Sequence[File], of_versions: Sequence[File]) -> PromptFacts:
    """Give the facts of prompt.yaml; where it has no description, that of the newest version that has one."""
    facts = about[0].parsed.facts if about else PromptFacts()
    if facts.description is not None:
        return facts
    told = {file.key: file.parsed.facts.description for file in of_versions if file.parsed.facts.description}
    last = newest(told)
    return facts if last is None else replace(facts, description=told[last])


def _declared(file: File) -> list[Declared]:
    return [Declared(file.shown, label, key) for label, key in file.parsed.labels.items()]
