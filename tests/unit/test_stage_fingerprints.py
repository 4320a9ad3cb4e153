"""A stage whose source changed must say whether its results changed.

`stage_fingerprints.json` keeps, for each stage, its version and a hash of what computes it: the
code of its package, of the records it takes and gives, and of the engines these import, without
comments, docstrings and citations. When this test fails, either results differ: raise the version
in `@stage(...)`; or they do not. Then record the new state, and commit it:

    pytest tests/unit/test_stage_fingerprints.py --same-physics
"""

import ast
import hashlib
import inspect
import json
from pathlib import Path

import pytest

from multiscale.stages import chain

ROOT = Path(__file__).resolve().parents[2] / "multiscale"
KEPT = Path(__file__).with_name("stage_fingerprints.json")
ENGINES = tuple(
    f"multiscale.{room}" for room in ("voxels", "fem", "materials", "bridges", "particles")
)


def imported(tree: ast.Module) -> list[Path]:
    """The engine files that a module imports."""
    names = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
    paths = [ROOT.parent / f"{name.replace('.', '/')}.py" for name in names]
    return [
        path
        for name, path in zip(names, paths, strict=True)
        if name.startswith(ENGINES) and path.exists()
    ]


def sources(stage) -> list[Path]:
    """The files that determine a stage's result."""
    records = [Path(inspect.getfile(kind)) for kind in [*stage.takes.values(), stage.gives]]
    package = ROOT / "stages" / stage.name
    waiting = [*package.rglob("*.py"), *records, ROOT / "records" / "record.py"]
    found: dict[Path, ast.Module] = {}
    while waiting:
        file = waiting.pop()
        if file not in found:
            found[file] = ast.parse(file.read_text())
            waiting += imported(found[file])
    kernels = (ROOT.parent / "kernels").glob("*.py") if ROOT / "fem/forms.py" in found else ()
    return sorted([*found, *kernels])


def bare(file: Path) -> str:
    """The code of a file without comments, docstrings and citations."""
    tree = ast.parse(file.read_text())
    for node in ast.walk(tree):
        if isinstance(getattr(node, "body", None), list):
            node.body = [line for line in node.body if not said(line)] or [ast.Pass()]
    return ast.unparse(tree)


def said(line: ast.stmt) -> bool:
    """Whether a statement is there for readers only."""
    text = isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant)
    return text or (isinstance(line, ast.AnnAssign) and ast.unparse(line.target) == "CITATIONS")


def fingerprint(stage) -> str:
    total = hashlib.sha256()
    for file in sources(stage):
        total.update(f"{file.relative_to(ROOT.parent)}|{bare(file)}".encode())
    return total.hexdigest()[:16]


@pytest.mark.parametrize("stage", chain(), ids=lambda stage: stage.name)
def test_changed_source_raised_its_version(stage, request):
    kept = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    before = kept.get(stage.name)
    now = {"version": stage.version, "code": fingerprint(stage)}
    if request.config.getoption("--same-physics"):
        assert before is None or now["version"] >= before["version"], "a version only grows"
        KEPT.write_text(json.dumps(kept | {stage.name: now}, indent=1, sort_keys=True) + "\n")
        return
    assert before == now, (
        f"stage '{stage.name}' is not what was recorded. Results differ? Raise its version from "
        f"{stage.version}. Then, or if they are the same, record it: "
        "pytest tests/unit/test_stage_fingerprints.py --same-physics"
    )


@pytest.mark.parametrize("stage", chain(), ids=lambda stage: stage.name)
def test_stage_that_draws_says_so(stage):
    """Otherwise its key would not hold the seed, and another seed would give the old result."""
    draws = any(".seed" in bare(file) for file in (ROOT / "stages" / stage.name).rglob("*.py"))
    assert stage.seeded == draws
