"""Whole tensors from three driven problems: what the mean flux of each tells beside its axis."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from multiscale.records.record import FloatArray

if TYPE_CHECKING:
    from multiscale.records.microstructure import Microstructure
    from multiscale.stages.transport.problem import Transport
    from multiscale.voxels.clusters import Mask
    from multiscale.voxels.permeability import Permeability

_TERMS = 2000  # of the series of a mirrored share: what is left of it is below 1e-8


@dataclass(frozen=True)
class Column:
    """Mean flux along x, y, z over a mean gradient along one axis.

    Attributes:
        fine: the best value on that axis, beside it what the voxels tell, shape (3,).
        coarse: the same with the direction of the flux on voxels of twice the edge, shape (3,).
        error: of the entry on the axis.
    """

    fine: FloatArray
    coarse: FloatArray
    error: float


@dataclass(frozen=True)
class Tensor:
    """A symmetric tensor and the numerical error of its entries, shapes (3, 3)."""

    value: FloatArray
    error: FloatArray


def no_tensor() -> Tensor:
    """What there is where nothing was solved."""
    return Tensor(np.empty((0, 0)), np.empty((0, 0)))


def tensors(
    m: Microstructure, carriers: Mapping[str, list[Transport]], flows: list[Permeability]
) -> dict[str, Tensor]:
    """The tensors of the record by their names there.

    Args:
        m: the microstructure.
        carriers: best values of electrolyte, electrons and heat along the three axes.
        flows: along them too, or none.
    """
    periodic, box = m.periodic > 0, m.voxel_size * np.array(m.label.shape)
    names = {
        "diffusivity_tensor": "electrolyte",
        "conductivity_tensor": "electrons",
        "heat_conductivity_tensor": "heat",
    }
    found = {}
    for name, carrier in names.items():
        columns = [column_of_solve(t, axis) for axis, t in enumerate(carriers[carrier])]
        found[name] = assembled(columns, lateral_shares(columns, periodic, box, np.full(3, False)))
    columns = [column_of_flow(flow, axis) for axis, flow in enumerate(flows)]
    shares = lateral_shares(columns, periodic, box, periodic) if flows else np.empty((0, 0))
    found["permeability_tensor"] = assembled(columns, shares) if flows else no_tensor()
    return found


def column_of_solve(t: Transport, axis: int) -> Column:
    """Flux in the direction that the solve gives it, as large as the best value along the axis."""
    return Column(
        _directed(t.cross, axis, t.conductivity),
        _directed(t.coarse_cross, axis, t.conductivity),
        t.error,
    )


def column_of_flow(flow: Permeability, axis: int) -> Column:
    """mu U/G of a flow along the axis, on the voxels and on every second one [m^2]."""
    fine, coarse = np.array(flow.cross), np.array(flow.coarse_cross)
    fine[axis], coarse[axis] = flow.value, flow.coarse
    return Column(fine, coarse, flow.error)


def _directed(flux: FloatArray, axis: int, along: float) -> FloatArray:
    scaled = flux * (along / flux[axis]) if flux[axis] > 0 else np.zeros(3)
    scaled[axis] = along
    return scaled


def lateral_shares(
    columns: list[Column], periodic: Mask, box: FloatArray, around: Mask
) -> FloatArray:
    """What the sides let through of the lateral flux: w_ba of D_ba under a gradient along a.

    All of it where axis b repeats. Mirrors hold it back: none passes where the gradient repeats
    (mass that enters no side crosses no plane), and between driven planes what `mirrored_share`
    says.

    Args:
        columns: as of `assembled`.
        periodic: which axes repeat.
        box: lengths of the volume.
        around: axes along which the gradient repeats; along others it acts between two planes.

    Returns:
        w, shape (3, 3), row b and column a.
    """
    shares = np.ones((3, 3))
    for a in range(3):
        for b in range(3):
            if a == b or periodic[b]:
                continue
            along, across = columns[a].fine[a], columns[b].fine[b]
            wide = box[b] / box[a] * np.sqrt(along / across) if across > 0 else np.inf
            shares[b, a] = 0.0 if around[a] else mirrored_share(float(wide))
    return shares


def mirrored_share(wide: float) -> float:
    """Share of the lateral flux of an oblique medium that insulating sides leave.

    Between planes at a distance L that are driven along a, sides at a distance h, D phi'' = 0 with

        (D_ba grad_a + D_bb grad_b) phi = 0    on the sides

    gives to first order in D_ba the mean flux w D_ba, with s = h/L sqrt(D_aa/D_bb),

        w = 1 - 16/(pi^3 s) sum over odd n of tanh(n pi s/2)/n^3

    A square keeps half, w(s) + w(1/s) = 1.

    Args:
        wide: s.
    """
    if wide == 0 or np.isinf(wide):
        return float(wide > 0)
    n = 2 * np.arange(_TERMS) + 1
    return float(1 - 16 / (np.pi**3 * wide) * (np.tanh(n * np.pi * wide / 2) / n**3).sum())


def assembled(columns: list[Column], shares: FloatArray) -> Tensor:
    """Join the columns of the three problems, with the errors of all entries.

    An entry beside the diagonal is what fits the mean flux M = w D of both its drops best, or that
    of the one where the lateral axis repeats, if the other does not (u = w, there and else 0),

        D_ab = sum u M/sum u^2

    and its error is the sum of

        max(sqrt(e_a e_b), 2 |D_ab(v) - D_ab(2v)|)        the voxels
        2 sqrt(sum (M - w D_ab)^2/sum w^2)                reciprocity: planes, mirrors, iteration
        sum u^2 (1 - w) |D_ab|/sum u^2                    what stands for the flux that mirrors hold
        sum u B/sum u^2                                   what they make of it besides

    The first holds for what lies below the true tensor in every direction, as finite volumes do: no
    entry of a semidefinite tensor exceeds the root of its diagonal ones. The third reaches back to
    the flux as it was solved, so that nothing hangs on w being right next to the sides. The last is
    of second order. A flux of a drop along a that is held back along c drives others, at most by

        B_ba = |D_bc D_ca|/D_cc,    B_aa = D_ca^2/D_cc,    B_ca = |D_ca| D_ca^2/(D_aa D_cc)

    with |D| and the errors so far for D beside the diagonal. B_aa is added to the diagonal's error.

    Args:
        columns: of drops along x, y, z.
        shares: w, as from `lateral_shares`.
    """
    value = np.diag([c.fine[a] for a, c in enumerate(columns)])
    error = np.diag([c.error for c in columns])
    used = np.where((shares < 1) & (shares.T == 1), 0.0, shares)
    for a, b in ((0, 1), (0, 2), (1, 2)):
        w, u = (np.array([of[b, a], of[a, b]]) for of in (shares, used))
        m = np.array([columns[a].fine[b], columns[b].fine[a]])
        coarse = np.array([columns[a].coarse[b], columns[b].coarse[a]])
        fit = u @ u
        entry = u @ m / fit
        grids = max(np.sqrt(error[a, a] * error[b, b]), 2 * abs(u @ (m - coarse)) / fit)
        defect = 2 * np.sqrt(np.square(m - w * entry).sum() / (w @ w))
        held = (u**2 * (1 - w)).sum() / fit * abs(entry)
        value[a, b] = value[b, a] = entry
        error[a, b] = error[b, a] = grids + defect + held
    return Tensor(value, error + _driven_by_mirrors(value, error, shares < 1, used))


def _driven_by_mirrors(
    d: FloatArray, error: FloatArray, held: Mask, used: FloatArray
) -> FloatArray:
    """What fluxes that mirrors hold back change at most, B of `assembled`."""
    off = ~np.eye(3, dtype=bool)
    own, beside = np.diag(d), np.where(off, np.abs(d) + error, 0.0)
    over = np.divide(1.0, own, out=np.zeros(3), where=own > 0)
    others = (beside * over) @ (held * beside)  # of D_ba, by all c: row b, column a
    itself = np.abs(d) * np.minimum(np.square(beside) * np.outer(over, over), 1.0)
    lost = others + held * off * itself
    return np.asarray((used * lost + (used * lost).T) / (used**2 + used.T**2))
