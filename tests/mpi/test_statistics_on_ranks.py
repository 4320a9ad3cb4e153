"""Statistics of a volume shared by slabs: what one rank finds, bit by bit."""

from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from mpi4py import MPI

import numpy as np
import pytest
import synthetic_run

from multiscale.results import export_statistics
from multiscale.voxels.characterise import characterise
from multiscale.voxels.chords import chord_lengths_with_error, lineal_path_with_error
from multiscale.voxels.percolation import connecting, find_clusters
from multiscale.voxels.slabs import Slabs
from multiscale.voxels.two_point import two_point_probability, two_point_with_error
from tests.rank_groups import groups
from tests.voxel_images import blobs

WORLD = MPI.COMM_WORLD
EDGE = np.array([1.0, 1.1, 0.9])


def numbers(found: Any) -> list[np.ndarray]:
    """All arrays of nested results, in order."""
    if is_dataclass(found):
        found = [getattr(found, field.name) for field in fields(found)]
    if isinstance(found, dict):
        found = list(found.values())
    if isinstance(found, list | tuple):
        return [array for each in found for array in numbers(each)]
    return [np.asarray(found)]


def measured(
    label: np.ndarray, periodic: tuple[bool, bool, bool], slabs: Slabs | None = None
) -> list[np.ndarray]:
    """Everything that is exported."""
    phase = label == 1
    return numbers(
        [
            characterise(label, EDGE, periodic, slabs),
            two_point_with_error(phase, EDGE, periodic, 12.0, slabs),
            [lineal_path_with_error(phase, a, periodic[a], slabs) for a in range(3)],
            [chord_lengths_with_error(phase, a, periodic[a], slabs) for a in range(3)],
        ]
    )


def check_clusters() -> None:
    """A meander through all slabs, three times, and clusters near their threshold."""
    meander = np.zeros((5, 3, 24), bool)
    meander[::2, 1] = True
    meander[1, 1, -1] = meander[3, 1, 0] = True
    rough = blobs((20, 22, 24), 1.0, seed=3) < 0.34
    for phase, wraps in ((meander, (False,) * 3), (rough, (True, False, True))):
        whole = find_clusters(phase)
        for slabs in groups(24):
            mine = slice(slabs.begin, slabs.end)
            own = find_clusters(phase[:, :, mine], slabs)
            for axis in range(3):
                for lower in (True, False):
                    through = connecting(whole, axis, wraps, lower)
                    found = connecting(own, axis, wraps, lower)
                    assert np.array_equal(found, through[:, :, mine])
                    assert phase is rough or through.any() == (axis != 1)


@pytest.mark.mpi(3)
def test_statistics_do_not_depend_on_the_slabs(tmp_path: Path) -> None:
    """Areas, correlation, chords, percolation, contacts, fabric and all their errors; tables too.

    Two ranks find what one does, and three in a volume that repeats along other axes.
    """
    field = blobs((24, 21, 28), 2.0, seed=5)
    label = np.select([field < 0.45, field < 0.55], [1, 2], 0).astype(np.uint8)
    around = (True, True, False), (False, True, True)
    # Rank 0 first, so that kernels are compiled once.
    alone = [measured(label, periodic) for periodic in around] if WORLD.rank == 0 else []
    alone = WORLD.bcast(alone)
    for slabs in groups(label.shape[2]):
        number = len(slabs.first) - 3  # of two ranks and of three
        found = measured(label[:, :, slabs.begin : slabs.end], around[number], slabs)
        assert len(found) == len(alone[number]) > 20
        for one, other in zip(found, alone[number], strict=True):
            assert np.array_equal(one, other)
    check_clusters()
    folder = Path(WORLD.bcast(str(tmp_path)))
    if WORLD.rank == 0:
        synthetic_run.write(folder)
        export_statistics(folder, folder / "alone")
    WORLD.Barrier()
    tables = export_statistics(folder, folder / "shared", WORLD)
    assert len(tables) == (4 if WORLD.rank == 0 else 0)
    for path in tables:
        assert path.read_bytes() == (folder / "alone" / path.name).read_bytes()


def test_two_points_by_counting() -> None:
    """Every pair of voxels, axis by axis with and without repeats."""
    phase = np.random.default_rng(5).random((6, 5, 7)) < 0.6
    at = np.argwhere(np.ones(phase.shape, bool))
    for periodic in ((True, False, False), (False, True, True)):
        shift = at[:, None] - at
        near = np.abs(shift)
        wrapped = np.minimum(near, np.array(phase.shape) - near)
        r = np.linalg.norm(np.where(periodic, wrapped, near) * EDGE, axis=2)
        close = r <= 3.0
        bin_ = np.rint(r[close] / EDGE.min()).astype(int)
        both = (phase[*at.T][:, None] & phase[*at.T])[close]
        expected = np.bincount(bin_, both) / np.bincount(bin_)
        _, s2 = two_point_probability(phase, EDGE, periodic, 3.0)
        np.testing.assert_allclose(s2, expected, rtol=1e-12)
