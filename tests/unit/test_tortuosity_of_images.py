"""multiscale tortuosity: three kinds of files, three boundaries, ranks, refusals."""

import json
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from PIL import Image as Picture

from multiscale.cli.main import main
from multiscale.stages.transport.tortuosity import Boundary, effective_diffusivity
from multiscale.stages.transport.volume import Image
from multiscale.voxels.diffusion import diffuse, effective_tensor

N = 24
D = np.array([0.0, 1.0, 0.3])
EDGE = np.ones(3)


@pytest.fixture(scope="module")
def phases() -> np.ndarray:
    """Blobs that repeat along all axes: solid 0, pore 1, nano-porous 2; axes (x, y, z)."""
    rng = np.random.default_rng(3)
    waves = np.fft.rfftn(rng.standard_normal((N, N, N)))
    k = np.meshgrid(*(np.fft.fftfreq(N),) * 2, np.fft.rfftfreq(N), indexing="ij")
    field = np.fft.irfftn(waves * np.exp(-60 * sum(a * a for a in k)), (N, N, N), axes=(0, 1, 2))
    return np.digitize(field, np.quantile(field, [0.4, 0.6])).astype(np.uint8) * 2 % 3


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert main(["tortuosity", *arguments, "--json"]) == 0
    return dict(json.loads(capsys.readouterr().out))


def test_files_boundaries_and_axes(
    tmp_path: Path, phases: np.ndarray, capsys: pytest.CaptureFixture[str]
) -> None:
    """TIFF, raw and HDF5 give what the solver gives for the array, along the same axes."""
    told = ("--conducts", "1", "--conducts", "2=0.3", "--holds", "2=0.5")
    pages = [Picture.fromarray(page) for page in phases.transpose(2, 1, 0)]
    pages[0].save(tmp_path / "image.tif", save_all=True, append_images=pages[1:])
    phases.transpose(2, 1, 0).astype("<u2").tofile(tmp_path / "image.raw")
    with h5py.File(tmp_path / "image.h5", "w") as file:
        file["labels"] = phases

    cells = D.astype(np.float32)[phases]
    eps = float(np.mean(phases == 1) + 0.5 * np.mean(phases == 2))

    mirror = run(capsys, str(tmp_path / "image.tif"), *told)
    along_x = diffuse(cells, (1.0,) * 3, (False, False)).conductivity
    assert mirror["eps"] == pytest.approx(eps)
    assert mirror["voxels"][0][0] == pytest.approx(along_x, rel=1e-6)
    assert mirror["tau_of_voxels"][0] == pytest.approx(eps / along_x, rel=1e-6)

    sides = run(
        capsys, str(tmp_path / "image.raw"), *told, "--shape", *(str(N),) * 3, "--dtype", "uint16",
        "--boundary", "periodic-sides", "--along", "z",
    )  # fmt: skip
    along_z = diffuse(
        np.ascontiguousarray(cells.transpose(2, 0, 1)), (1.0,) * 3, (True, True)
    ).conductivity
    assert sides["voxels"][2][2] == pytest.approx(along_z, rel=1e-6)
    assert sides["voxels"][0][0] is None
    lower, upper, found = sides["voxels"][2][2], sides["from_above"][2], sides["vanishing"][2]
    assert lower < upper and found >= (lower + upper) / 2 - 1e-12
    assert found - sides["error"][2] < lower and upper < found + sides["error"][2]

    cell = run(capsys, str(tmp_path / "image.h5"), *told, "--axes", "xyz", "--boundary", "periodic")
    assert np.array(cell["voxels"]) == pytest.approx(effective_tensor(cells, (1.0,) * 3), abs=1e-5)
    assert cell["from_above"] == [None] * 3
    assert cell["vanishing"][1] == pytest.approx(
        2 * cell["voxels"][1][1] - cell["every_second"][1][1]
    )


def test_repeating_cell_is_the_limit_of_driven_ones(phases: np.ndarray) -> None:
    """Driven planes disturb a layer of fixed thickness: four cells in a row come four times nearer.

    Their resistances tend to that of the repeating cell by 1/n.
    """
    two = np.where(phases == 0, 2, phases)  # everything conducts
    exact = effective_tensor(D.astype(np.float32)[two], (1.0,) * 3)[0, 0]
    off = [
        1 / diffuse(D.astype(np.float32)[np.tile(two, (n, 1, 1))], (1.0,) * 3, (True, True))
        .conductivity - 1 / exact
        for n in (1, 4)
    ]  # fmt: skip
    assert off[1] == pytest.approx(off[0] / 4, rel=0.1)


@pytest.mark.mpi(2)
def test_ranks_do_not_matter(phases: np.ndarray) -> None:
    from mpi4py import MPI

    image, content = Image(phases), np.sign(D)
    for boundary in Boundary:
        alone = effective_diffusivity(image, EDGE, D, content, boundary)
        shared = effective_diffusivity(image, EDGE, D, content, boundary, comm=MPI.COMM_WORLD)
        assert np.array_equal(alone.voxels, shared.voxels)
        assert np.array_equal(alone.value, shared.value)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--conducts", "7"], "no voxel of"),
        (["--conducts", "1=fast"], "a grey value and a number"),
        (["--conducts", "1", "--holds", "2=0.5"], "--holds names [2]"),
        (["--conducts", "1", "--along", "w"], "--along w"),
        (["--conducts", "1", "--axes", "zzx"], "--axes zzx"),
        (["--conducts", "1", "--spacing", "1", "1 um", "1 um"], "no unit"),
        (["--conducts", "1", "--dtype", "float32"], "--dtype float32"),
    ],
)
def test_refusals(
    tmp_path: Path,
    phases: np.ndarray,
    capsys: pytest.CaptureFixture[str],
    options: list[str],
    said: str,
) -> None:
    with h5py.File(tmp_path / "image.h5", "w") as file:
        file["labels"] = phases
    assert main(["tortuosity", str(tmp_path / "image.h5"), *options]) == 64
    assert said in capsys.readouterr().err
