"""One volume on several ranks: the same potential as on one, bit by bit."""

from dataclasses import replace

from mpi4py import MPI

import numpy as np
import pytest

from multiscale.voxels.apertures import face_apertures, solid_fractions
from multiscale.voxels.checkerboard import padded
from multiscale.voxels.cut_cells import fill_cut_cells
from multiscale.voxels.diffusion import diffuse, effective_tensor
from multiscale.voxels.layers import plane_potential_by_colours
from multiscale.voxels.mean_flux import mean_flux_by_colours
from multiscale.voxels.slabs import dealt_anew, fill_ends, share_layers
from tests.voxel_images import blobs

COMM = MPI.COMM_WORLD
EDGES = (1.0, 1.2, 0.9)
# Odd and even lengths, thick and thin slabs, and one volume with more layers than the others.
VOLUMES = [
    ((45, 44, 43), (True, True)),
    ((48, 31, 20), (True, False)),
    ((33, 16, 17), (False, False)),
    ((101, 20, 22), (True, True)),
]


def on(*counts: int) -> pytest.MarkDecorator:
    """Run a test on each of these numbers of ranks."""
    marked = [pytest.param(n, marks=pytest.mark.mpi(n)) for n in counts]
    return pytest.mark.parametrize("ranks", marked)


def image(shape):
    field = blobs(shape, 2.0, seed=5)
    return np.select([field < 0.4, field < 0.6], [1.0, 0.3], 0.0).astype(np.float32)


def graded(shape):
    """Some conductivity everywhere."""
    return 0.5 + 0.5 * blobs(shape, 1.5, seed=2)


@on(2, 3, 4)
def test_driven_problem(ranks):
    """Case 24: potential, fluxes and what percolates."""
    for shape, periodic in VOLUMES:
        d = image(shape)
        slabs = share_layers(COMM, shape[0], (False, *periodic))
        mine = slice(slabs.begin, slabs.end)
        found = diffuse(np.ascontiguousarray(d[mine]), EDGES, periodic, None, slabs)
        alone = diffuse(d, EDGES, periodic)
        assert (found.through == alone.through[mine]).all()
        assert (found.potentials() == alone.potentials()[mine]).all()
        assert (found.flux == alone.flux).all()
        assert found.conductivity == alone.conductivity
        column, whole = (mean_flux_by_colours(one, EDGES) for one in (found, alone))
        assert (column == whole).all()
        even = tuple(shape[0] * rank // COMM.size for rank in range(COMM.size + 1))
        other = replace(slabs, first=even)
        assert (dealt_anew(d[mine], slabs, other) == d[other.begin : other.end]).all()
        planes = plane_potential_by_colours(found.potential, found.faces, d[mine], slabs)
        assert (planes == plane_potential_by_colours(alone.potential, alone.faces, d)).all()


@on(3)
def test_spheres(ranks):
    """Each rank voxelises its slab; cut cells hold what lies next to them, on the next slab too."""
    rng = np.random.default_rng(8)
    shape, edge, periodic = (40, 18, 14), np.array([1.0, 0.8, 1.3]), (False, True, True)
    centre, radius = rng.random((60, 3)) * shape * edge, rng.uniform(1.0, 3.5, 60)
    slabs = share_layers(COMM, shape[0], periodic)
    mine = slice(slabs.begin, slabs.end)
    part = (mine, slice(None), slice(None))
    d, conductivity = [], []
    for own, chosen in ((None, None), (slabs, part)):
        faces = face_apertures(centre, radius, shape, edge, periodic, chosen)
        solid = solid_fractions(centre, radius, shape, edge, periodic, part=chosen) > 0.5
        d.append(np.where(solid, 0, graded(shape)[chosen or ...]).astype(np.float32))
        fill_cut_cells(d[-1], solid, faces, periodic, 1.0, own)
        found = diffuse(d[-1], tuple(edge), periodic[1:], faces, own)
        conductivity.append(found.conductivity)
    assert (d[1] == d[0][mine]).all()
    assert conductivity[1] == conductivity[0]


@on(2, 3, 4)
def test_tensor(ranks):
    """Case 24: the volume repeats along the axis that is cut, over odd periods too."""
    for shape, _ in VOLUMES[:3] if ranks == 3 else VOLUMES[2:3]:
        d = image(shape)
        slabs = share_layers(COMM, shape[0], (True, True, True))
        found = effective_tensor(
            np.ascontiguousarray(d[slabs.begin : slabs.end]), EDGES, None, slabs
        )
        assert (found == effective_tensor(d, EDGES)).all()


@on(3)
def test_paths_that_go_to_and_fro_between_slabs(ranks):
    """A cluster is one although within each slab its parts do not touch."""
    pore = np.zeros((24, 9, 1), np.float32)
    pore[:20, 0] = pore[19, :3] = pore[4:20, 2] = pore[4, 2:5] = pore[4:, 4] = 1
    pore[:20, 6] = pore[4:, 8] = 1  # dead ends
    slabs = share_layers(COMM, 24, (False, False, False))
    mine = slice(slabs.begin, slabs.end)
    found = diffuse(pore[mine], (1.0, 1.0, 1.0), (False, False), None, slabs)
    expected = pore[mine] > 0
    expected[:, 6:] = False
    assert (found.through == expected).all()


@on(3)
def test_ghosts_hold_the_layers_next_to_the_slab(ranks):
    for total in (16, 17):
        slabs = share_layers(COMM, total, (True, False, False))
        n = slabs.end - slabs.begin
        x = np.zeros(padded((n, 3, 4)))
        layers = np.arange(slabs.begin, slabs.end)
        x[:, 1:-1] = layers[:, None, None] + np.array([0.0, 0.25])[:, None, None, None]
        own = x.copy()
        for colour in range(2):
            fill_ends(x, slabs, (n, 3, 4), colour, total)
        assert (x[:, 1:-1] == own[:, 1:-1]).all()
        for ghost, layer in ((0, slabs.begin - 1), (n + 1, slabs.end)):
            across = (layer < 0 or layer == total) and total % 2 == 1
            assert (x[0, ghost, 1:-1, 1:-1] == layer + 0.25 * across).all()
            assert (x[1, ghost, 1:-1, 1:-1] == layer + 0.25 * (not across)).all()


@on(4)
def test_too_few_layers_for_so_many_ranks(ranks):
    with pytest.raises(ValueError, match="7 layers of voxels cannot be shared by 4 ranks"):
        share_layers(COMM, 7, (False, False, False))
