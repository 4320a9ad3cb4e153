"""Weak forms come from the compiled library; nothing is compiled at run time."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from multiscale.errors import StageFailed
from multiscale.fem import forms
from multiscale.fem.interval import interval_mesh

PROGRAM = """
import numpy as np
from multiscale.stages.drying.migration import migrate
p = migrate(np.linspace(0, 0.5, 11), lambda t: 1 - t, lambda t: 1 + 0 * t, 1.0, 20)
assert abs(p.mass() - 1) < 1e-12
import dolfinx.fem.petsc, h5py
"""


def test_no_just_in_time_compilation(tmp_path: Path) -> None:
    """With an empty cache and no compiler in reach the solve works and leaves no cache behind.

    It also imports PETSc and HDF5 afterwards: their order of loading is kept.
    """
    environment = {
        **os.environ,
        "XDG_CACHE_HOME": str(tmp_path),
        "HOME": str(tmp_path),
        "CC": "/nonexistent",
        "PATH": str(Path(sys.executable).parent),
    }
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env=environment,
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    assert not list(tmp_path.rglob("*libffcx*"))


def test_missing_library_asks_for_a_reinstall(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> None:
        raise ModuleNotFoundError(name)

    forms.library.cache_clear()
    monkeypatch.setattr(forms.importlib.util, "find_spec", absent)
    with pytest.raises(StageFailed, match=r"compiled weak forms are missing.*reinstall"):
        forms.library()
    forms.library.cache_clear()


def test_library_of_another_dolfinx_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    forms.library()
    import dolfinx

    forms.library.cache_clear()
    monkeypatch.setattr(dolfinx, "ufcx_signature", "another")
    with pytest.raises(StageFailed, match="do not fit DOLFINx"):
        forms.library()
    forms.library.cache_clear()


def test_unknown_form_is_named() -> None:
    import numpy as np

    mesh = interval_mesh(np.linspace(0, 1, 3))
    with pytest.raises(StageFailed, match=r"no compiled form 'c' of kernels/binder_film.py"):
        forms.form("binder_film", "c", mesh)


def test_total_integrates_exactly() -> None:
    import numpy as np

    mesh = interval_mesh(np.linspace(0, 1, 5))
    from dolfinx import fem

    N = fem.Function(fem.functionspace(mesh, ("Lagrange", 1)))
    N.interpolate(lambda x: 1 + x[0])
    total = forms.form("binder_film", "total", mesh, coefficients={"N": N})
    assert fem.assemble_scalar(total) == pytest.approx(1.5, rel=1e-14)
