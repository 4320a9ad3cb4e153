"""A stage whose source changed must say whether its results changed.

`stage_fingerprints.json` keeps, for each stage, its version and a hash of what computes it: the code of its package
and of the engines it imports, without comments and docstrings. When this test fails, either results differ: raise the
version in `@stage(...)`; or they do not: then run  pytest tests/unit/test_stage_fingerprints.py --same-physics.
"""

import ast
import hashlib
import json
from pathlib import Path

import pytest

from multiscale.stages import chain

ROOT = Path(__file__).resolve().parents[2] / "multiscale"
KEPT = Path(__file__).with_name("stage_fingerprints.json")
ENGINES = ("multiscale.voxels", "multiscale.fem", "multiscale.materials", "multiscale.bridges")


def sources(package: Path) -> list[Path]:
    """The files of a stage package and, transitively, of the engines they import."""
    found, waiting = set(), sorted(package.rglob("*.py"))
    while waiting:
        file = waiting.pop()
        if file in found:
            continue
        found.add(file)
        for node in ast.walk(ast.parse(file.read_text())):
            names = []
            if isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            elif isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            for name in names:
                path = ROOT.parent / Path(*name.split(".")).with_suffix(".py")
                if name.startswith(ENGINES) and path.exists():
                    waiting.append(path)
    return sorted(found)


def fingerprint(package: Path) -> str:
    """Hash of the code without comments and docstrings."""
    total = hashlib.sha256()
    for file in sources(package):
        tree = ast.parse(file.read_text())
        for node in ast.walk(tree):
            body = getattr(node, "body", None)
            if isinstance(body, list):
                texts = [
                    n for n in body if isinstance(n, ast.Expr) and isinstance(n.value, ast.Constant)
                ]
                node.body = [n for n in body if n not in texts] or [ast.Pass()]
        total.update(f"{file.relative_to(ROOT)}|{ast.dump(tree)}".encode())
    for kernel in (
        sorted((ROOT.parent / "kernels").glob("*.py")) if package.name == "drying" else []
    ):
        total.update(ast.dump(ast.parse(kernel.read_text())).encode())
    return total.hexdigest()[:16]


@pytest.mark.parametrize("stage", chain(), ids=lambda stage: stage.name)
def test_changed_source_raised_its_version(stage, request):
    kept = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    now = {"version": stage.version, "code": fingerprint(ROOT / "stages" / stage.name)}
    before = kept.get(stage.name)
    if (
        before is None
        or before["version"] != now["version"]
        or request.config.getoption("--same-physics")
    ):
        assert before is None or now["version"] >= before["version"], "a version only grows"
        kept[stage.name] = now
        KEPT.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n")
        return
    assert before["code"] == now["code"], (
        f"the code of stage '{stage.name}' changed. Results differ? Raise its version from {stage.version}. "
        "Same results? Run: pytest tests/unit/test_stage_fingerprints.py --same-physics"
    )
