"""python -m multiscale"""

from multiscale.cli.main import entry

entry()
