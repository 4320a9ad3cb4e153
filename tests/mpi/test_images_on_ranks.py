"""Images read, parted and measured by slabs: what one rank finds, bit by bit."""

from itertools import permutations
from pathlib import Path

from mpi4py import MPI

import h5py
import numpy as np
import pytest
from microstructure_inputs import cathode
from PIL import Image as Picture

from multiscale.coupling.context import Context
from multiscale.records import FieldRef, Microstructure
from multiscale.stages.microstructure import Image, build, images, tomography
from multiscale.voxels.distance import distance_inside
from multiscale.voxels.halo import layers_around
from multiscale.voxels.segmentation import DIP, smoothed_distance, split_particles
from multiscale.voxels.slabs import whole
from tests.rank_groups import groups
from tests.voxel_images import blobs

WORLD = MPI.COMM_WORLD


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One folder for all ranks."""
    shared: Path = WORLD.bcast(tmp_path)
    return shared


def phases(shape: tuple[int, int, int] = (30, 26, 28)) -> np.ndarray:
    """Three phases, axes (x, y, z)."""
    field = blobs(shape, 2.0, seed=5)
    return np.select([field < 0.45, field < 0.55], [1, 2], 0).astype(np.uint8)


def write(path: Path, stored: np.ndarray) -> None:
    if path.suffix == ".tif":
        pages = [Picture.fromarray(page) for page in stored]
        pages[0].save(path, save_all=True, append_images=pages[1:])
    elif path.suffix == ".raw":
        stored.astype("<i4").tofile(path)
    else:
        with h5py.File(path, "w") as file:
            file["labels"] = stored


@pytest.mark.mpi(3)
def test_ranks_read_their_slices(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """TIFF, raw and HDF5, every order of the axes, from the top, the middle; in many pieces."""
    monkeypatch.setattr(images, "PIECE", 5000)
    monkeypatch.setattr(tomography, "_ROUND", 3000)
    label = phases()
    cut = label[5:25, 3:23, 4:24]
    for number, axes in enumerate(permutations("xyz")):
        stored = np.ascontiguousarray(label.transpose(["xyz".index(a) for a in axes]))
        path = folder / f"{number}{('.tif', '.raw', '.h5')[number % 3]}"
        if WORLD.rank == 0:
            write(path, stored)
        WORLD.Barrier()
        for middle, from_top in ((None, False), (20, False), (20, True)):
            volume = Image(
                path=str(path), spacing="1 um", axes=axes, middle=middle, from_top=from_top,
                shape=stored.shape, dtype="int32",
            ).phases()  # fmt: skip
            expected = (cut if middle else label)[:, :, :: -1 if from_top else 1]
            assert volume.shape == expected.shape
            for slabs in groups(volume.shape[2]):
                own = tomography.own_slices(volume, slabs)
                assert np.array_equal(own, expected[:, :, slabs.begin : slabs.end])


@pytest.mark.mpi(3)
def test_layers_of_other_slabs() -> None:
    """Over the neighbour's neighbour, and over the seam."""
    for wraps in (False, True):
        for slabs in groups(17, wraps):
            own = np.arange(slabs.begin, slabs.end)
            around, before = layers_around(own, slabs, 12)
            expected = np.arange(slabs.begin - 12, slabs.end + 12)
            if not wraps:
                expected = expected[(expected >= 0) & (expected < 17)]
            assert np.array_equal(around, expected % 17)
            assert around[before] == slabs.begin


@pytest.mark.mpi(3)
def test_particles_do_not_depend_on_the_slabs() -> None:
    """Particles thicker than a slab, smaller ones, equal heights; each axis cut, with a seam."""
    x = np.indices((44, 40, 42)) + 0.5
    ball = ((x - np.array([24, 20, 25])[:, None, None, None]) ** 2).sum(axis=0) < 19**2
    flat = np.zeros_like(ball)
    flat[:, 3:9, :7] = True
    open_box, repeating = (False, False, False), (True, True, False)
    mixed = ball | (phases(ball.shape) == 1)
    for phase, periodic in ((ball, open_box), (mixed, repeating), (flat, repeating)):
        # Rank 0 first, so that kernels are compiled once.
        alone = WORLD.bcast(split_particles(phase, periodic) if WORLD.rank == 0 else None)
        for axes in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
            turned, wraps = phase.transpose(axes), tuple(periodic[a] for a in axes)
            for slabs in groups(len(turned)):
                mine = slice(slabs.begin, slabs.end)
                ids = split_particles(turned[mine], wraps, slabs, axes)
                assert np.array_equal(ids, alone.transpose(axes)[mine])


@pytest.mark.mpi(3)
def test_record_of_an_image(folder: Path) -> None:
    """All that is measured, and the volume in its file, is what one rank gives."""
    path = folder / "image.h5"
    if WORLD.rank == 0:
        write(path, phases((32, 30, 36)))
    WORLD.Barrier()
    options = Image(path=str(path), spacing="1 um", axes=("x", "y", "z"))
    alone = None
    if WORLD.rank == 0:  # first, so that kernels are compiled once
        alone = build.call(*cathode(), options, Context(MPI.COMM_SELF, MPI.COMM_SELF.Dup()))
    alone = WORLD.bcast(alone)
    shared = build.call(
        *cathode(), options, Context(WORLD, WORLD.Dup(), scratch=folder / "scratch")
    )
    assert isinstance(alone, Microstructure) and isinstance(shared, Microstructure)
    assert isinstance(shared.label, FieldRef)
    assert np.array_equal(shared.label.read(), alone.label)
    assert shared.digest() == alone.digest()


@pytest.mark.parametrize("wraps", [(False, False, False), (True, False, True)])
def test_distance_is_exact(wraps: tuple[bool, bool, bool]) -> None:
    """The squares are those of a search over all voxels outside; nothing outside is far."""
    rng = np.random.default_rng(3)
    phase = rng.random((7, 9, 8)) < 0.9
    phase[1:6, 2:8] = True
    outside, shape = np.argwhere(~phase), np.array(phase.shape)
    apart = np.abs(np.argwhere(phase)[:, None] - outside)
    apart = np.where(wraps, np.minimum(apart, shape - apart), apart)
    square = np.rint(distance_inside(phase, wraps).astype(float) ** 2)
    assert np.array_equal(square[phase], (apart**2).sum(axis=2).min(axis=1))
    assert not square[~phase].any()
    assert distance_inside(np.ones((3, 3, 3), bool), wraps).min() > 1e4


def climbed(height: np.ndarray) -> np.ndarray:
    """The watershed of `split_particles` in plain words, on a volume with a seam along y."""
    cells = [tuple(map(int, c)) for c in np.argwhere(height > 0)]
    ranked = sorted(cells, key=lambda c: (-height[c], c))
    order = {cell: number for number, cell in enumerate(ranked)}

    def around(cell: tuple[int, ...]) -> list[tuple[int, ...]]:
        moved = [np.add(cell, step) for step in (*np.eye(3, dtype=int), *-np.eye(3, dtype=int))]
        wrapped = [(int(x), int(y) % height.shape[1], int(z)) for x, y, z in moved]
        return [cell for cell in wrapped if cell in order]

    summit = {}
    for cell in ranked:  # the way up of the next cell is known already
        best = min([cell, *around(cell)], key=order.__getitem__)
        summit[cell] = cell if best == cell else summit[best]
    stands = {top: top for top in set(summit.values())}

    def root(top: tuple[int, ...]) -> tuple[int, ...]:
        return top if stands[top] == top else root(stands[top])

    passes = [(min(height[a], height[b]), summit[a], summit[b]) for a in cells for b in around(a)]
    for level, one, other in sorted(passes, key=lambda found: -found[0]):
        a, b = sorted((root(one), root(other)), key=order.__getitem__)
        if a != b and level > (1 - DIP) * float(height[b]):
            stands[b] = a
    number = {top: n for n, top in enumerate(sorted({root(t) for t in stands}, key=order.get), 1)}
    ids = np.zeros(height.shape, int)
    for cell in cells:
        ids[cell] = number[root(summit[cell])]
    return ids


def test_watershed_in_plain_words() -> None:
    """Numbers and bounds of particles of a rough phase."""
    phase = blobs((19, 16, 17), 1.5, seed=7) < 0.4
    wraps = (False, True, False)
    height = smoothed_distance(phase, wraps, whole(len(phase), wraps), (0, 1, 2))
    ids = split_particles(phase, wraps)
    assert ids.max() > 3
    assert np.array_equal(ids, climbed(height))


def test_whole_volume_needs_no_neighbours() -> None:
    own = np.arange(5)
    around, before = layers_around(own, whole(5, (True, False, False)), 3)
    assert around is own and before == 0
