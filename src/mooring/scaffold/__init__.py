"""What does a repository need to begin? The files that `mooring init` writes, and what a person sets beside them."""

from mooring.scaffold.answers import Answers, Place, is_local
from mooring.scaffold.ci import Ci
from mooring.scaffold.config import config_text
from mooring.scaffold.files import Written, scaffold, write_missing
from mooring.scaffold.github import copies, workflow_text
from mooring.scaffold.next_steps import next_steps
from mooring.scaffold.seen import name_of, place_of

__all__ = [
    "Answers",
    "Ci",
    "Place",
    "Written",
    "config_text",
    "copies",
    "is_local",
    "name_of",
    "next_steps",
    "place_of",
    "scaffold",
    "workflow_text",
    "write_missing",
]
