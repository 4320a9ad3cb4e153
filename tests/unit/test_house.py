"""The house rules that a program can check."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CHECKS = {
    "style": ["ruff", "check", "."],
    "format": ["ruff", "format", "--check", "."],
    "types": ["mypy"],
    "floors": ["lint-imports"],
}


@pytest.mark.parametrize("name", CHECKS)
def test_check_passes(name: str) -> None:
    tool, *arguments = CHECKS[name]
    found = shutil.which(tool, path=str(Path(sys.executable).parent))
    assert found, f"{tool} is missing from the environment; run: python3 develop.py test"
    done = subprocess.run([found, *arguments], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_package_imports_without_the_heavy_libraries() -> None:
    """`check` and `plan` must start at once, and a laptop may lack DOLFINx."""
    code = (
        "import sys; import multiscale, multiscale.case.load, multiscale.cli.main\n"
        "heavy = {'dolfinx', 'petsc4py', 'pybamm', 'pyvista', 'matplotlib', 'mpi4py', 'numba'}\n"
        "sys.exit(', '.join(sorted(heavy & set(sys.modules))) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, f"imported too early: {done.stderr}"
