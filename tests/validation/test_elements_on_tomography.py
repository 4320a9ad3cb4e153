"""Finite elements and finite volumes on a tomographic volume, which is not part of the project.

Put the data set where MULTISCALE_DATA points; docs/explanation/transport.md names its owner. The
two share no solver: they must agree within what they state.
"""

from mpi4py import MPI

import numpy as np
import pytest

from multiscale.stages.transport import Mesh, Voxels
from multiscale.stages.transport.conduction import transport_along
from multiscale.stages.transport.elements import elements_along
from multiscale.stages.transport.problem import Geometry
from multiscale.stages.transport.values import best
from multiscale.stages.transport.volume import Image
from tests.validation.test_tortuosity_of_tomography import (
    label as whole,  # noqa: F401  # the fixture behind `cube`
)

EDGE = 80
# eps_n^1.5 and eps_n of the default nanoporosity
CARRIERS = {
    "pore": ([1.0, 0.0, 0.0], [1.0, 0.0, 0.0]),
    "pore and domain": ([1.0, 0.0, 0.47**1.5], [1.0, 0.0, 0.47]),
}


@pytest.fixture(scope="module")
def cube(whole):  # noqa: F811  # pytest hands the fixture over by its name
    corner = [(n - EDGE) // 2 for n in whole.shape]
    middle = whole[tuple(slice(c, c + EDGE) for c in corner)]
    return np.ascontiguousarray(middle, np.uint8)


@pytest.mark.slow
@pytest.mark.parametrize("carrier", CARRIERS)
def test_both_kinds_agree(cube, carrier):
    """Central 80^3, three axes: the values differ by less than the sum of the stated errors."""
    d, content = (np.array(v) for v in CARRIERS[carrier])
    geometry = Geometry(Image(cube), np.full(3, 0.398e-6), (False,) * 3)
    fraction = np.bincount(cube.ravel(), minlength=3) / cube.size
    volumes = [
        transport_along(axis, geometry, d, content, 10, 1e-6, 1e-4, lambda i, r: None)
        for axis in (0, 1, 2)
    ]
    elements = [
        elements_along(axis, geometry, d, content, Mesh(), MPI.COMM_SELF) for axis in (0, 1, 2)
    ]
    porosity = float(fraction @ content)
    for axis, (v, e) in enumerate(
        zip(
            best(carrier, fraction, d, volumes, Voxels()),
            best(carrier, fraction, d, elements, Mesh()),
            strict=True,
        )
    ):
        print(
            f"{carrier}, axis {axis}: tau on voxels {porosity / volumes[axis].conductivity:.3f}, "
            f"{porosity / elements[axis].conductivity:.3f}; with errors "
            f"{porosity / v.conductivity:.3f} +- {porosity * v.error / v.conductivity**2:.3f}, "
            f"{porosity / e.conductivity:.3f} +- {porosity * e.error / e.conductivity**2:.3f}"
        )
        assert volumes[axis].conductivity < elements[axis].conductivity
        assert abs(v.conductivity - e.conductivity) < v.error + e.error
