"""From solves to the record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from multiscale.records.effective import EffectiveProperties
from multiscale.records.microstructure import Microstructure, Phase
from multiscale.records.record import FloatArray
from multiscale.stages.transport.options import Conductors
from multiscale.stages.transport.phases import cbd_access, electrolyte_content
from multiscale.stages.transport.values import at_least_one, discretisation

if TYPE_CHECKING:
    from multiscale.stages.transport.charging import ChargedElectrode
    from multiscale.stages.transport.problem import Transport
    from multiscale.stages.transport.volume import Volume
    from multiscale.voxels.checkerboard import Singles
    from multiscale.voxels.permeability import Permeability


@dataclass(frozen=True)
class Found:
    """A value and its numerical error."""

    value: float | FloatArray
    error: float


def volumes(label: Volume, m: Microstructure, options: Conductors) -> dict[str, FloatArray]:
    """What the layers along z hold, from the voxels; `phases` of the whole."""
    from multiscale.stages.transport.profiles import contact_profile, phase_profile, phase_slices
    from multiscale.voxels.layers import layer_mean

    n = options.layers
    shares = contact_profile(label, m.voxel_size, Phase.ACTIVE, Phase.CBD, n)
    under_cbd = cbd_access(m.nanoporosity, options) * m.area_active_cbd
    # Some estimators of the area by slice miss the mean over the volume by rounding.
    by_pore = layer_mean(m.area_profile, n)
    by_pore = by_pore * (m.area_active_pore / by_pore.mean() if by_pore.mean() > 0 else 0.0)
    slices = phase_slices(label, len(Phase))
    return {
        "phases": slices.mean(axis=1),
        "electrolyte": phase_profile(slices, electrolyte_content(m.nanoporosity), n),
        "active": phase_profile(slices, np.array([0.0, 1.0, 0.0]), n),
        "area": by_pore + under_cbd * shares,
    }


def heat_conductivity(heat: list[Transport]) -> dict[str, Found]:
    """Thermal conductivity along the three axes."""
    found = np.array([t.conductivity for t in heat])
    return {"heat_conductivity": Found(found, max(t.error for t in heat))}


def tensor(ions: list[Transport]) -> dict[str, Found]:
    """Diffusivity as a tensor: entries with z from the drop along z, x and y from both.

    The error is that of the diagonal, or of an entry beside it: twice the change to voxels of twice
    the edge, and the distance of the xy entry from the yx one.
    """
    d = np.diag([t.conductivity for t in ions])
    along_x, along_y, along_z = (t.cross for t in ions)
    d[0, 1] = d[1, 0] = (along_x[1] + along_y[0]) / 2
    d[[0, 1], 2] = d[2, [0, 1]] = along_z[:2]
    change = max(
        float(np.abs(np.delete(t.cross - t.coarse_cross, axis)).max())
        for axis, t in enumerate(ions)
    )
    error = max(*(t.error for t in ions), 2 * change, abs(float(along_x[1] - along_y[0])))
    return {"diffusivity_tensor": Found(d, error)}


def charged(
    electrode: ChargedElectrode, plain: Transport, ions: Transport, porosity: float
) -> dict[str, Found]:
    """Electrode tortuosity.

    Args:
        electrode: charged on the voxels and on every second one.
        plain: steady diffusion through the thickness on the same two grids.
        ions: the best known value of it.
        porosity: electrolyte fraction.
    """
    tau = porosity / ions.conductivity
    error = tau * ions.error / ions.conductivity
    found = electrode.tortuosity(plain.conductivity, plain.coarse, tau, error)
    return {"electrode_tortuosity": Found(*found)}


def foil(thickness: float, free: Transport, resisting: Transport | None) -> dict[str, Found]:
    """What the contact with the foil adds to the coating's resistance.

        R = h (1/sigma' - 1/sigma),    error = 2 |R(v) - R(2v)|

    Args:
        thickness: of the coating [m].
        free: electrons through the thickness on a perfect foil.
        resisting: the same on the foil as it is, if that resists.
    """
    if resisting is None or free.conductivity == 0 or resisting.conductivity == 0:
        return {"foil_resistance": Found(0.0, 0.0)}
    fine = thickness * (1 / resisting.conductivity - 1 / free.conductivity)
    coarse = 0.0
    if free.coarse > 0 and resisting.coarse > 0:
        coarse = thickness * (1 / resisting.coarse - 1 / free.coarse)
    return {"foil_resistance": Found(fine, 2 * abs(fine - coarse))}


def _fields(through: Transport) -> tuple[dict[str, Singles], dict[str, float]]:
    """The fields of the solve through the thickness and their errors, as far as they were kept."""
    kept = through.fields
    if kept is None:
        return {}, {}
    return (
        {"concentration": kept.concentration, "flux_density": kept.flux_density},
        {
            "concentration": kept.concentration_error,
            "flux_density": kept.flux_density_error,
        },
    )


def pack(
    m: Microstructure,
    ions: list[Transport],
    electrons: list[Transport],
    flows: list[Permeability],
    profiles: dict[str, FloatArray],
    extra: dict[str, Found],
    options: Conductors,
) -> EffectiveProperties:
    """Fill the record.

    Args:
        m: the microstructure.
        ions, electrons: along the three axes.
        flows: along them too, or none.
        profiles: as from `volumes`.
        extra: further fields by name.
        options: what was set.
    """
    n = options.layers
    diffusivity, conductivity = (np.array([t.conductivity for t in s]) for s in (ions, electrons))
    porosity = float(profiles["electrolyte"].mean())
    slack = options.flux_tolerance + discretisation(ions)
    tau = at_least_one(porosity / diffusivity, slack)
    tau_layer = at_least_one(profiles["electrolyte"] / ions[2].layers, slack)
    access = cbd_access(m.nanoporosity, options)
    fields, of_fields = _fields(ions[2])
    error = {
        "diffusivity": max(t.error for t in ions),
        "tortuosity": max(float(tau[a]) * t.error / t.conductivity for a, t in enumerate(ions)),
        "conductivity": max(t.error for t in electrons),
        "permeability": max((flow.error for flow in flows), default=0.0),
        "active_area": m.error["area_active_pore"] + access * m.error["area_active_cbd"],
        "tortuosity_profile": float((tau_layer / ions[2].layers * ions[2].layers_error).max()),
        "conductivity_profile": float(electrons[2].layers_error.max()),
        **{name: found.error for name, found in extra.items()},
        **of_fields,
    }
    return EffectiveProperties(
        thickness=m.thickness,
        porosity=porosity,
        active_fraction=float(profiles["active"].mean()),
        diffusivity=diffusivity,
        diffusivity_tensor=np.asarray(extra["diffusivity_tensor"].value),
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
        permeability=np.array([flow.value for flow in flows]),
        permeability_error=np.array([flow.error for flow in flows]),
        electrode_tortuosity=float(extra["electrode_tortuosity"].value),
        heat_conductivity=np.asarray(extra["heat_conductivity"].value),
        foil_resistance=float(extra["foil_resistance"].value),
        voxel_size=m.voxel_size,
        **fields,
        error=error,
    )
