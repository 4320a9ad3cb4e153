"""From solves to the record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from multiscale.records.effective import EffectiveProperties
from multiscale.records.microstructure import Microstructure, Phase
from multiscale.records.record import FieldRef, FloatArray
from multiscale.stages.transport.options import Conductors
from multiscale.stages.transport.phases import cbd_access, electrolyte_content
from multiscale.stages.transport.values import at_least_one, discretisation

if TYPE_CHECKING:
    from multiscale.stages.transport.charging import ChargedElectrode
    from multiscale.stages.transport.problem import Transport
    from multiscale.stages.transport.tensor import Tensor
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


def _errors_of_fields(through: Transport) -> dict[str, float]:
    """Errors of the fields of the solve through the thickness, as far as they were kept."""
    kept = through.fields
    if kept is None:
        return {}
    return {
        "concentration": kept.concentration_error,
        "flux_density": kept.flux_density_error,
    }


def pack(
    m: Microstructure,
    ions: list[Transport],
    electrons: list[Transport],
    flows: list[Permeability],
    tensors: dict[str, Tensor],
    profiles: dict[str, FloatArray],
    extra: dict[str, Found],
    fields: dict[str, FieldRef | Singles],
    options: Conductors,
) -> EffectiveProperties:
    """Fill the record.

    Args:
        m: the microstructure.
        ions, electrons: along the three axes.
        flows: along them too, or none.
        tensors: by their names in the record.
        profiles: as from `volumes`.
        extra: further fields by name.
        fields: those on voxels by name, as far as they were kept.
        options: what was set.
    """
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
        "permeability": max((flow.error for flow in flows), default=0.0),
        "active_area": m.error["area_active_pore"] + access * m.error["area_active_cbd"],
        "tortuosity_profile": float((tau_layer / ions[2].layers * ions[2].layers_error).max()),
        "conductivity_profile": float(electrons[2].layers_error.max()),
        **{name: found.error for name, found in extra.items()},
        **{name: float(t.error.max(initial=0.0)) for name, t in tensors.items()},
        **_errors_of_fields(ions[2]),
    }
    return EffectiveProperties(
        thickness=m.thickness,
        porosity=porosity,
        active_fraction=float(profiles["active"].mean()),
        diffusivity=diffusivity,
        diffusivity_tensor=tensors["diffusivity_tensor"].value,
        diffusivity_tensor_error=tensors["diffusivity_tensor"].error,
        tortuosity=tau,
        conductivity=conductivity,
        conductivity_tensor=tensors["conductivity_tensor"].value,
        conductivity_tensor_error=tensors["conductivity_tensor"].error,
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
        permeability_tensor=tensors["permeability_tensor"].value,
        permeability_tensor_error=tensors["permeability_tensor"].error,
        electrode_tortuosity=float(extra["electrode_tortuosity"].value),
        heat_conductivity=np.asarray(extra["heat_conductivity"].value),
        heat_conductivity_tensor=tensors["heat_conductivity_tensor"].value,
        heat_conductivity_tensor_error=tensors["heat_conductivity_tensor"].error,
        foil_resistance=float(extra["foil_resistance"].value),
        voxel_size=m.voxel_size,
        **fields,
        error=error,
    )
