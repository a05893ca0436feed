"""Which incidents open, go on, change or end by what a run saw?

What a run did not look at stays as it is: an incident ends only where its addresses were read and are as they should
be, or are gone from a run that saw everything.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from mooring.core.incident import Facts, Grave, Incident, Kind, Listener, Subject, fingerprint, incident_id
from mooring.core.symptoms import Observed, Symptom

FEW = 5
"""So many addresses with one label and state have incidents of their own; the others share one."""

UNREAD_LASTS = timedelta(seconds=60)
"""What could not be read may be a passing trouble: it counts when it is seen again so much later."""

FLAPS = 3
"""An incident that came and went so often in FLAPS_WITHIN must last CALM before it is told again."""
FLAPS_WITHIN = timedelta(days=1)
CALM = timedelta(hours=1)

_MANY = {Kind.DRIFT: Kind.DRIFTS, Kind.UNREAD: Kind.UNREADS}
_GRAVITY = list(Grave)


@dataclass(frozen=True, slots=True)
class _Found:
    facts: Facts
    fingerprint: str = ""
    members: Mapping[str, str] = field(default_factory=dict[str, str])


def follow(
    incidents: Sequence[Incident], observed: Observed, now: datetime, listeners: Sequence[Listener]
) -> tuple[Incident, ...]:
    """Give the incidents as they stand after a run, oldest first. What nobody was told of and is gone is dropped."""
    going_on = {one.subject: one for one in incidents if one.resolved is None}
    found = _found(observed, going_on, listeners)
    followed = [one if one.resolved is not None else _followed(one, found, observed, now) for one in incidents]
    opened = [
        _opened(observed, subject, one, now, incidents) for subject, one in found.items() if subject not in going_on
    ]
    return tuple(one for one in (*followed, *opened) if one.resolved is None or one.tellings)


def seen_subjects(
    observed: Observed, incidents: Iterable[Incident], listeners: Sequence[Listener]
) -> frozenset[Subject]:
    """Give the subjects of the incidents whose cause the run saw."""
    return frozenset(_found(observed, {one.subject: one for one in incidents if one.resolved is None}, listeners))


def is_muted(incident: Incident, observed: Observed) -> bool:
    """Tell whether all that an incident is about is suspended."""
    about = set(incident.members) or {incident.subject.key}
    return about <= observed.muted


def _found(
    observed: Observed, going_on: Mapping[Subject, Incident], listeners: Sequence[Listener]
) -> Mapping[Subject, _Found]:
    if observed.outage is not None:
        heard = Subject(Kind.TARGET) in going_on or any(one.hears(observed.outage) for one in listeners)
        sides = fingerprint(observed.target, observed.outage.stop)
        return {Subject(Kind.TARGET): _Found(observed.outage, sides)} if heard else {}
    found: dict[Subject, _Found] = {}
    rest: dict[Subject, list[Symptom]] = {}
    for symptom in observed.symptoms:
        single = Subject(symptom.kind, symptom.mark)
        if single in going_on:
            found[single] = _Found(symptom.facts, symptom.fingerprint)
        elif any(one.hears(symptom.facts) for one in listeners):
            key = f"{symptom.facts.state}@{symptom.address.label}"
            rest.setdefault(Subject(_MANY[symptom.kind], key), []).append(symptom)
    for many, symptoms in rest.items():
        alike = [one for one in going_on.values() if _is_alike(one, symptoms[0])]
        if many not in going_on and len(alike) + len(symptoms) <= FEW:
            found |= {Subject(one.kind, one.mark): _Found(one.facts, one.fingerprint) for one in symptoms}
        else:
            found[many] = _many(observed, symptoms)
    return found


def _is_alike(incident: Incident, symptom: Symptom) -> bool:
    facts = incident.facts
    same = (facts.state, facts.labels) == (symptom.facts.state, symptom.facts.labels)
    return incident.subject.kind is symptom.kind and same


def _many(observed: Observed, symptoms: Sequence[Symptom]) -> _Found:
    first = symptoms[0].facts
    facts = Facts(
        state=first.state,
        labels=first.labels,
        usual=any(one.facts.usual for one in symptoms),
        grave=max((one.facts.grave for one in symptoms), key=_GRAVITY.index),
        count=len(symptoms),
        named=tuple(one.address.prompt for one in symptoms[:FEW]),
        fix=f"mooring status --target {observed.target}",
    )
    return _Found(facts, members={one.mark: one.fingerprint for one in symptoms})


def _followed(incident: Incident, found: Mapping[Subject, _Found], observed: Observed, now: datetime) -> Incident:
    one = found.get(incident.subject)
    if incident.members:
        return _followed_many(incident, one, observed, now)
    if one is None:
        return replace(incident, resolved=now) if _is_over(incident, observed) else incident
    if one.fingerprint == incident.fingerprint:
        return incident
    return replace(incident, facts=one.facts, fingerprint=one.fingerprint, revision=incident.revision + 1)


def _is_over(incident: Incident, observed: Observed) -> bool:
    if observed.outage is not None:
        return False
    if incident.subject.kind is Kind.TARGET:
        return bool(observed.answered) or observed.whole
    return incident.subject.key in _over(incident.subject.kind, {incident.subject.key}, observed)


def _over(kind: Kind, marks: Iterable[str], observed: Observed) -> frozenset[str]:
    """Give those of the addresses that are as they should be, or are gone."""
    good = observed.settled if kind in {Kind.DRIFT, Kind.DRIFTS} else observed.answered
    return frozenset(one for one in marks if one in good or (observed.whole and one not in observed.listed))


def _followed_many(incident: Incident, one: _Found | None, observed: Observed, now: datetime) -> Incident:
    now_found = {} if one is None else one.members
    if observed.outage is not None:
        return incident
    over = _over(incident.subject.kind, incident.members, observed) | _elsewhere(incident, observed)
    left = {mark: sides for mark, sides in incident.members.items() if mark not in over or mark in now_found}
    members = {**left, **now_found}
    if not members:
        return replace(incident, resolved=now)
    if members == incident.members:
        return incident
    news = any(incident.members.get(mark) != sides for mark, sides in now_found.items())
    facts = replace(incident.facts if one is None else one.facts, count=len(members))
    return replace(incident, facts=facts, members=members, revision=incident.revision + (1 if news else 0))


def _elsewhere(incident: Incident, observed: Observed) -> frozenset[str]:
    """Give the addresses that were read and are in another state now: other incidents are about those."""
    kind = Kind.DRIFT if incident.subject.kind is Kind.DRIFTS else Kind.UNREAD
    return frozenset(
        one.mark for one in observed.symptoms if one.kind is kind and one.facts.state is not incident.facts.state
    )


def _opened(
    observed: Observed, subject: Subject, found: _Found, now: datetime, incidents: Sequence[Incident]
) -> Incident:
    came_and_went = [
        one
        for one in incidents
        if one.subject == subject and one.resolved is not None and one.resolved + FLAPS_WITHIN > now and one.tellings
    ]
    passing = subject.kind not in {Kind.DRIFT, Kind.DRIFTS}
    wait = CALM if len(came_and_went) >= FLAPS else UNREAD_LASTS if passing else timedelta()
    return Incident(
        id=incident_id(observed.repository, observed.target, subject),
        subject=subject,
        facts=found.facts,
        fingerprint=found.fingerprint,
        opened=now,
        counts=now + wait,
        members=found.members,
    )
