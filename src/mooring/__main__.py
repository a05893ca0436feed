"""`python -m mooring` is `mooring`."""

from mooring.cli import main

main()
