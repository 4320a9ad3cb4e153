"""Particles, distances and open faces on the voxels of a run, read back as ParaView does."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import synthetic_run

from multiscale.coupling.store import Store
from multiscale.errors import CaseError
from multiscale.records import Microstructure
from multiscale.results import export_vtkhdf, geometry
from multiscale.voxels.ellipsoids import surface_distance

SHAPE, EDGE = (16, 12, 10), np.array([1e-6, 1.2e-6, 1.5e-6])
BOX = EDGE * SHAPE
CENTRE = np.array([[0.5e-6, 3e-6, 4e-6], [8e-6, 14e-6, 9e-6], [11e-6, 7e-6, 3e-6]])
RADIUS = np.array([3.1e-6, 4e-6, 2.6e-6])
POLE = np.array([[0.6, 0.0, 0.8], [0.0, 0.8, -0.6], [1.0, 0.0, 0.0]])
FIELDS: Any = ("ids", "distance", "apertures")


def to_surfaces(aspect: float) -> np.ndarray:
    """Signed distance of each voxel to each particle, nearest image, shape (n, x, y, z)."""
    x = np.stack(np.meshgrid(*((np.arange(n) + 0.5) * e for n, e in zip(SHAPE, EDGE, strict=True)),
                             indexing="ij"), axis=-1)  # fmt: skip
    shifts = [BOX * (a, b, 0) for a in (-1, 0, 1) for b in (-1, 0, 1)]
    if aspect == 1:
        found = [[np.linalg.norm(x - c - s, axis=-1) - r for s in shifts]
                 for c, r in zip(CENTRE, RADIUS, strict=True)]  # fmt: skip
        return np.min(found, axis=1)
    grains = geometry.grains_of(structure(aspect, np.zeros(SHAPE, "|u1")))
    each = [[surface_distance(grains, p - s) for p in x.reshape(-1, 3)] for s in shifts]
    return np.min(each, axis=0).T.reshape(-1, *SHAPE)


def structure(aspect: float, label: np.ndarray) -> Microstructure:
    return replace(synthetic_run.microstructure(), label=label, voxel_size=EDGE, centre=CENTRE,
                   radius=RADIUS, aspect=abs(aspect), periodic=np.array([1.0, 1.0, 0.0]),
                   pole=POLE if aspect < 0 else POLE[:0])  # fmt: skip


def read_back(m: Microstructure, folder: Path, piece: int, monkeypatch: Any) -> Any:
    import h5py
    import pyvista

    monkeypatch.setattr(geometry, "_PIECE", piece)
    path = Store(folder).save(f"of{piece}", m, {}, [])
    with h5py.File(path, "a") as file:
        geometry.write_geometry(file, m, FIELDS)
    return pyvista.read(path, force_ext=".vtkhdf").cell_data


@pytest.mark.parametrize("aspect", [1.0, 0.5, -0.5])  # spheres, lying plates, tilted ones
def test_fields_are_those_of_the_particles(aspect: float, tmp_path: Path, monkeypatch: Any) -> None:
    each = to_surfaces(aspect)
    label = (each.min(axis=0) < 0.2e-6).astype("|u1")  # a labelled voxel may lie a little outside
    fields = read_back(structure(aspect, label), tmp_path, 10**9, monkeypatch)
    distance, ids = (fields[name].reshape(SHAPE, order="F") for name in ("distance", "particle"))
    np.testing.assert_allclose(distance, each.min(axis=0), atol=1e-12)
    np.testing.assert_array_equal(ids > 0, label == 1)
    np.testing.assert_array_equal(ids[label == 1] - 1, each.argmin(axis=0)[label == 1])
    aperture = fields["aperture"].reshape(*SHAPE, 3, order="F")
    assert aperture.min() == 0 and aperture.max() == 1
    # A face within half its diagonal of a voxel centre cannot be reached from farther away.
    far = np.linalg.norm(EDGE)
    assert (aperture[distance < -far] == 0).all() and (aperture[distance > far] == 1).all()
    volume = 4 / 3 * np.pi * np.sum(RADIUS**3) * abs(aspect) / np.prod(BOX)
    for axis in (0, 1):  # the mean over parallel planes is the volume, but for the sum's coarseness
        assert 1 - aperture[..., axis].mean() == pytest.approx(volume, rel=0.05)
    pieces = read_back(structure(aspect, label), tmp_path, 3 * SHAPE[0] * SHAPE[1], monkeypatch)
    for name in ("particle", "distance", "aperture"):
        np.testing.assert_array_equal(pieces[name], fields[name])


def test_an_image_tells_its_particles_only(tmp_path: Path) -> None:
    import pyvista

    out = synthetic_run.write(tmp_path, until="microstructure")
    kept = export_vtkhdf(out).stat().st_mtime_ns
    with pytest.raises(CaseError, match=r"no distance or apertures: .* --field ids alone"):
        export_vtkhdf(out, fields=FIELDS)
    assert (out / "microstructure.vtkhdf").stat().st_mtime_ns == kept
    fields = pyvista.read(export_vtkhdf(out, fields=("ids",))).cell_data
    np.testing.assert_array_equal(fields["particle"] > 0, fields["label"] == 1)
    assert fields["particle"].max() > 10
