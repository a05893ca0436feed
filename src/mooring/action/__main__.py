"""The run step of action.yml."""

import os
import sys

from mooring.action.job import run_job
from mooring.cli import run
from mooring.core.report import Exit

try:
    sys.exit(run_job(run, dict(os.environ)))
except KeyboardInterrupt:  # between two commands; within one the command itself answers it
    sys.exit(int(Exit.INTERRUPTED))
