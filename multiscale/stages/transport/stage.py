"""Labelled voxels in, effective transport out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from multiscale.coupling.context import Context
from multiscale.coupling.stage import Balance, stage
from multiscale.errors import StageFailed
from multiscale.log import logger
from multiscale.records.effective import EffectiveProperties
from multiscale.records.formulation import Formulation
from multiscale.records.microstructure import Microstructure, Phase
from multiscale.records.record import FieldRef, FloatArray
from multiscale.stages.transport.bounds import hashin_shtrikman_excess, wiener
from multiscale.stages.transport.options import Voxels

if TYPE_CHECKING:
    from multiscale.stages.transport.coarser import Labels
    from multiscale.stages.transport.conduction import Axis, Transport


def _electrolyte(inputs: Mapping[str, Any]) -> float:
    return float(inputs["microstructure"].porosity * inputs["microstructure"].thickness)


def _active(inputs: Mapping[str, Any]) -> float:
    return float(inputs["microstructure"].active_fraction * inputs["microstructure"].thickness)


ELECTROLYTE = Balance(
    "electrolyte volume",
    "m",
    _electrolyte,
    lambda p: float(p.porosity_profile.mean() * p.thickness),
)
ACTIVE = Balance(
    "active-material volume", "m", _active, lambda p: float(p.active_profile.mean() * p.thickness)
)


@stage("transport", version=2, kinds=[Voxels], conserves=[ELECTROLYTE, ACTIVE])
def solve(
    microstructure: Microstructure, formulation: Formulation, options: Voxels, ctx: Context
) -> EffectiveProperties:
    """Find the effective transport of the coating from six conduction problems on its voxels.

    Raises:
        StageFailed: the electrolyte does not connect two opposite faces, a solve did not converge,
            or a result breaks a rigorous bound.
    """
    m = microstructure
    phases = Phases(
        electrolyte_phases(m.nanoporosity, options),
        electron_phases(m.nanoporosity, formulation.additive_mass_fraction, options),
    )
    tasks: list[tuple[bool, Axis]] = [(e, a) for e in (False, True) for a in (0, 1, 2)]
    with _shared_threads(ctx):
        solved = ctx.map(lambda task: _conduct(*task, phases, m, options, ctx), tasks)
    fraction, profiles = ctx.on_root(lambda: _volumes(m, options))
    ions = best("electrolyte", fraction, phases.electrolyte, solved[:3], options)
    electrons = best("electrons", fraction, phases.electrons, solved[3:], options)
    return _pack(m, ions, electrons, profiles, options)


@dataclass(frozen=True)
class Phases:
    """What pore, active material and carbon-binder domain conduct.

    Attributes:
        electrolyte: D / D0.
        electrons: conductivity (S/m).
    """

    electrolyte: FloatArray
    electrons: FloatArray


def _conduct(
    electrons: bool, axis: Axis, phases: Phases, m: Microstructure, options: Voxels, ctx: Context
) -> Transport:
    """Solve for one carrier along one axis; the electrolyte must connect the faces."""
    from multiscale.stages.transport.conduction import Geometry, transport_along

    carrier = "electrons" if electrons else "electrolyte"
    d = phases.electrons if electrons else phases.electrolyte

    def watch(iteration: int, residual: float) -> None:
        done = (3 * electrons + axis + min(iteration / 20, 0.95)) / 6
        ctx.report(done, f"{carrier} along {'xyz'[axis]}: residual {residual:.1e}")

    found = transport_along(
        axis,
        Geometry(read(m.label), m.voxel_size, tuple(m.periodic > 0), m.centre, m.radius),
        d,
        np.sign(d) if electrons else electrolyte_content(m.nanoporosity),
        options.layers,
        options.residual_tolerance,
        options.flux_tolerance,
        watch,
    )
    if found.conductivity == 0 and not electrons:
        raise StageFailed(
            f"the electrolyte (porosity {m.porosity:.3f}) does not connect the faces along "
            f"{'xyz'[axis]}: the tortuosity is infinite; calender less or use finer voxels"
        )
    return found


def electrolyte_content(nanoporosity: float) -> FloatArray:
    """Electrolyte fraction of pore, active material and carbon-binder domain."""
    return np.array([1.0, 0.0, nanoporosity])


def electrolyte_phases(nanoporosity: float, options: Voxels) -> FloatArray:
    """D / D0 of pore, active material and carbon-binder domain: 1, 0, eps_n / tau_n."""
    if options.cbd_tortuosity is None:
        return np.array([1.0, 0.0, nanoporosity**1.5])
    return np.array([1.0, 0.0, nanoporosity / options.cbd_tortuosity])


def electron_phases(nanoporosity: float, additive: float, options: Voxels) -> FloatArray:
    """Electronic conductivity (S/m) of pore, active material and carbon-binder domain.

    Args:
        nanoporosity: pore fraction of the domain.
        additive: mass fraction of the conductive additive in the solids; without any the domain
            is bare binder and insulates.
        options: conductivities of the solids.
    """
    dense = options.cbd_conductivity if additive > 0 else 0.0
    cbd = dense * (1 - nanoporosity) ** options.cbd_exponent
    return np.array([0.0, options.active_conductivity, cbd])


def cbd_access(nanoporosity: float, options: Voxels) -> float:
    """Share of the interface under the carbon-binder domain that takes part in the reaction."""
    return nanoporosity if options.cbd_access is None else options.cbd_access


def read(label: FieldRef | Labels) -> Labels:
    """The labels, from memory or from the stored file.

    Raises:
        StageFailed: a label names no phase.
    """
    found: Labels = label.read() if isinstance(label, FieldRef) else np.asarray(label)
    if found.max() >= len(Phase):
        raise StageFailed(f"the labels hold phase {found.max()}, known are 0 to {len(Phase) - 1}")
    return found


@contextmanager
def _shared_threads(ctx: Context) -> Iterator[None]:
    """Divide the threads among the ranks; the results do not depend on them."""
    import numba

    before = numba.get_num_threads()
    numba.set_num_threads(max(1, before // ctx.comm.size))
    try:
        yield
    finally:
        numba.set_num_threads(before)


def _volumes(m: Microstructure, options: Voxels) -> tuple[FloatArray, dict[str, FloatArray]]:
    """Phase fractions and what the layers hold, from the voxels."""
    from multiscale.stages.transport.profiles import contact_profile, phase_profile
    from multiscale.voxels.layers import layer_mean

    label, n = read(m.label), options.layers
    fraction = np.bincount(label.ravel(), minlength=len(Phase)) / label.size
    shares = contact_profile(label, m.voxel_size, Phase.ACTIVE, Phase.CBD, n)
    under_cbd = cbd_access(m.nanoporosity, options) * m.area_active_cbd
    # Some estimators of the area by slice miss the mean over the volume by rounding.
    by_pore = layer_mean(m.area_profile, n)
    by_pore = by_pore * (m.area_active_pore / by_pore.mean() if by_pore.mean() > 0 else 0.0)
    return fraction, {
        "electrolyte": phase_profile(label, electrolyte_content(m.nanoporosity), n),
        "active": phase_profile(label, np.array([0.0, 1.0, 0.0]), n),
        "area": by_pore + under_cbd * shares,
    }


def best(
    carrier: str, fraction: FloatArray, d: FloatArray, solved: list[Transport], options: Voxels
) -> list[Transport]:
    """The three axes, extrapolated to vanishing voxels where that makes sense.

    Raises:
        StageFailed: the solves themselves break a rigorous bound.
    """
    from multiscale.stages.transport.conduction import extrapolated, resolved

    if problem := _broken_bound(fraction, d, solved, options):
        raise StageFailed(f"{carrier}: {problem}; the solve is wrong, tighten the tolerances")
    if not options.extrapolate:
        return solved
    for axis, t in zip("xyz", solved, strict=True):
        if not resolved(t):
            logger.info(
                "%s along %s: %.3g on the voxels, %.3g on voxels of twice the edge: not resolved",
                carrier, axis, t.conductivity, t.coarse,
            )  # fmt: skip
    finer = [extrapolated(t) for t in solved]
    if problem := _broken_bound(fraction, d, finer, options):
        logger.info("%s: extrapolated, %s; the values are those of the voxels", carrier, problem)
        return solved
    return finer


def _broken_bound(
    fraction: FloatArray, d: FloatArray, solved: list[Transport], options: Voxels
) -> str:
    """What no geometry can give, in words; what the solve may be off by is allowed for."""
    effective = np.array([t.conductivity for t in solved])
    slack = options.flux_tolerance + discretisation(solved)
    lower, upper = wiener(fraction, d)
    if (effective < lower * (1 - slack)).any() or (effective > upper * (1 + slack)).any():
        return (
            f"effective conductivities {effective} lie outside the Wiener bounds "
            f"{lower:.6g}..{upper:.6g}"
        )
    excess = hashin_shtrikman_excess(fraction, d, effective)
    if excess > slack:
        return (
            f"effective conductivities {effective} break the Hashin-Shtrikman bound by {excess:.2g}"
        )
    return ""


def _pack(
    m: Microstructure,
    ions: list[Transport],
    electrons: list[Transport],
    profiles: dict[str, FloatArray],
    options: Voxels,
) -> EffectiveProperties:
    n = options.layers
    diffusivity, conductivity = (np.array([t.conductivity for t in s]) for s in (ions, electrons))
    porosity = float(profiles["electrolyte"].mean())
    slack = options.flux_tolerance + discretisation(ions)
    tau = at_least_one(porosity / diffusivity, slack)
    tau_layer = at_least_one(profiles["electrolyte"] / ions[2].layers, slack)
    access = cbd_access(m.nanoporosity, options)
    error = {
        "diffusivity": max(t.error for t in ions),
        "tortuosity": max(float(tau[a]) * t.error / t.conductivity for a, t in enumerate(ions)),
        "conductivity": max(t.error for t in electrons),
        "active_area": m.error["area_active_pore"] + access * m.error["area_active_cbd"],
        "tortuosity_profile": float((tau_layer / ions[2].layers * ions[2].layers_error).max()),
        "conductivity_profile": float(electrons[2].layers_error.max()),
    }
    return EffectiveProperties(
        thickness=m.thickness,
        porosity=porosity,
        active_fraction=float(profiles["active"].mean()),
        diffusivity=diffusivity,
        tortuosity=tau,
        conductivity=conductivity,
        flux_mismatch=np.array(
            [max(i.flux_mismatch, e.flux_mismatch) for i, e in zip(ions, electrons, strict=True)]
        ),
        percolating=np.array([t.percolating for t in ions]),
        active_area=m.area_active_pore + access * m.area_active_cbd,
        z=(np.arange(n) + 0.5) / n,
        porosity_profile=profiles["electrolyte"],
        active_profile=profiles["active"],
        tortuosity_profile=tau_layer,
        conductivity_profile=electrons[2].layers,
        area_profile=profiles["area"],
        error=error,
    )


def discretisation(solved: list[Transport]) -> float:
    """Relative error up to which results may break what holds for vanishing voxels; 0 for stairs.

    Staircase voxels are a geometry of their own, for which every bound holds; open fractions of
    faces are one only in the limit.
    """
    return max((t.error / t.conductivity for t in solved if t.cut and t.conductivity), default=0.0)


def at_least_one(tau: FloatArray, allowance: float) -> FloatArray:
    """Tortuosity factors with what the iteration leaves below 1 removed.

    Args:
        tau: tortuosity factors; none is below 1 in the limit.
        allowance: how far below 1 the tolerance of the solve and the voxels may take them.

    Raises:
        StageFailed: a tortuosity factor lies further below 1, which no geometry can give.
    """
    if tau.min() < 1 - allowance:
        raise StageFailed(
            f"tortuosity factor {tau.min():.8f} < 1: the solve is wrong, tighten the tolerances"
        )
    return np.maximum(tau, 1.0)
