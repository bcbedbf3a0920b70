"""``python -m textmine``."""

from textmine.cli import main

main()
