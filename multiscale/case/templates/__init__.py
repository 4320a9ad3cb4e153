"""Commented cases to start from; `multiscale init` copies them."""

from __future__ import annotations

import shutil
from importlib.resources import as_file, files
from pathlib import Path

from multiscale.case.problem import did_you_mean
from multiscale.case.source import CASE_FILE
from multiscale.errors import CaseError

TEMPLATES = ("nmc622_cathode", "graphite_anode", "minimal")
PARTICLE_TEMPLATES = ("particle_compaction", "slurry_shear")  # for `multiscale particles`


def copy_template(name: str, folder: Path) -> Path:
    """Copy the case file of a template into `folder`, which is made if needed.

    Raises:
        CaseError: no such template, or the folder cannot be written.
    """
    known = (*TEMPLATES, *PARTICLE_TEMPLATES)
    if name not in known:
        raise CaseError(f"unknown template '{name}'; {did_you_mean(name, known)}")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with as_file(files(__name__) / name / CASE_FILE) as template:
            return Path(shutil.copyfile(template, folder / CASE_FILE))
    except OSError as error:
        raise CaseError(f"cannot write to {folder}: {error.strerror}") from None
