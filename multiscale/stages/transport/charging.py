"""Electrode tortuosity: what impedance of a blocking electrode sees."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from multiscale.errors import StageFailed
from multiscale.records.microstructure import Phase
from multiscale.records.record import FloatArray
from multiscale.stages.transport.coarser import EverySecond
from multiscale.stages.transport.open_cells import open_faces
from multiscale.stages.transport.problem import ORDER, Geometry
from multiscale.voxels.blocking import charging, interface_source
from multiscale.voxels.laplace import NotConverged
from multiscale.voxels.slabs import from_all, share_layers

if TYPE_CHECKING:
    from mpi4py import MPI

_Z = ORDER[2]


@dataclass(frozen=True)
class ChargedElectrode:
    """D_e / D0 of the uniformly charged electrode, see `voxels.blocking`.

    Attributes:
        conductivity: on the voxels; 0 where no interface is reached.
        coarse: on voxels of twice the edge.
    """

    conductivity: float
    coarse: float

    def tortuosity(
        self, steady: float, coarse: float, tau: float, error: float
    ) -> tuple[float, float]:
        """Compute tau_e = tau D/D_e and its error.

        The surfaces of the voxels raise both resistances alike, so that the ratio is taken on one
        grid and tau is the best known.

        Args:
            steady, coarse: D / D0 through the thickness, on the same two grids.
            tau, error: tortuosity factor through the thickness, and its error.
        """
        ratio, other = steady / self.conductivity, coarse / self.coarse if self.coarse else np.inf
        change = abs(ratio - other) if np.isfinite(other) and other > 0 else ratio
        return tau * ratio, ratio * error + tau * change


def charge(
    geometry: Geometry,
    d: FloatArray,
    access: float,
    residual_tolerance: float,
    comm: MPI.Intracomm | None = None,
) -> ChargedElectrode:
    """Charge the interface of the active material evenly, on the voxels and on every second one.
    Collective.

    Args:
        geometry: the voxels, foil at z = 0.
        d: D / D0 of pore, active material and carbon-binder domain.
        access: share of the interface under the domain that takes part.
        residual_tolerance: see `voxels.blocking.charging`.
        comm: ranks that share the volume, each with a slab of it; the result is the same bit by bit
            for any number of them.

    Raises:
        StageFailed: a solve did not converge.
    """
    weight = np.array([1.0, 0.0, access])
    sparse = EverySecond(geometry.label)
    larger = replace(geometry, label=sparse, edges=sparse.edges(geometry.edges))
    try:
        fine, coarse = (
            _conductivity(voxels, d, weight, residual_tolerance, comm)
            for voxels in (geometry, larger)
        )
        if fine == 0:
            raise StageFailed(
                "the electrolyte reaches no interface of the active material from the separator; "
                "check the labels"
            )
    except NotConverged as error:
        raise StageFailed(
            f"charging of the electrode: {error}; raise the tolerances or check the labels"
        ) from error
    return ChargedElectrode(fine, coarse)


def _conductivity(
    geometry: Geometry,
    d: FloatArray,
    weight: FloatArray,
    residual_tolerance: float,
    comm: MPI.Intracomm | None,
) -> float:
    edges = float(geometry.edges[_Z[0]]), float(geometry.edges[_Z[1]]), float(geometry.edges[_Z[2]])
    around = geometry.periodic[_Z[1]], geometry.periodic[_Z[2]]
    wraps = False, *around
    slabs = share_layers(comm, geometry.label.shape[_Z[0]], wraps)
    own = geometry.label.layers(_Z[0], slabs.begin, slabs.end)
    label = np.ascontiguousarray(own.transpose(_Z))
    cells = d.astype(np.float32)[label]
    apertures = open_faces(geometry, d, cells, label, _Z, slabs)
    source = interface_source(label, edges, wraps, Phase.ACTIVE, weight, slabs)
    if not any(from_all(source.any(), slabs)):  # no interface: the electrolyte stands for it
        source = cells.astype(np.float64)
    return charging(
        cells.astype(np.float64),
        edges,
        around,
        source,
        apertures,
        slabs,
        residual_tolerance=residual_tolerance,
    ).conductivity
