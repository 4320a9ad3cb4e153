"""What the microstructure does to transport."""

from dataclasses import dataclass, field
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from multiscale.records.record import FieldRef, FloatArray, Record, profile, scalar, volume

SINGLE = "<f4"


def _no_voxels() -> NDArray[np.float32]:
    return np.empty((0, 0, 0), SINGLE)


@dataclass(frozen=True)
class EffectiveProperties(Record):
    """Effective transport of the coating. tau = porosity * D0 / D_eff (TauFactor's convention, not
    squared).

    The values are those of vanishing voxels where these could be extrapolated to; an error is the
    largest over the axes. The permeability's errors differ most, so each is kept as well. Tensors
    hold the values along the axes on their diagonal and state the error of each entry.

    Axes of length 3 are x (web), y (cross-web), z (through the thickness, the one the cell sees).
    """

    thickness: Annotated[float, scalar("m", "coating thickness", low=1e-7, high=5e-3, display="um")]
    porosity: Annotated[
        float, scalar("1", "electrolyte fraction: open pore and nano-pores", low=0, high=1)
    ]
    active_fraction: Annotated[
        float, scalar("1", "volume fraction of active material", low=0, high=1)
    ]
    diffusivity: Annotated[
        FloatArray,
        profile("1", "D_eff / D0 of the electrolyte", "axis", low=0, high=1, computed=True),
    ]
    diffusivity_tensor: Annotated[
        FloatArray,
        profile(
            "1",
            "D_eff / D0 of the electrolyte as a symmetric tensor",
            "axis",
            "axis",
            low=-1,
            high=1,
            computed=True,
        ),
    ]
    diffusivity_tensor_error: Annotated[
        FloatArray,
        profile("1", "numerical error of its entries", "axis", "axis", low=0),
    ]
    tortuosity: Annotated[
        FloatArray,
        profile(
            "1", "tortuosity factor tau = porosity / (D_eff / D0)", "axis", low=1, computed=True
        ),
    ]
    conductivity: Annotated[
        FloatArray,
        profile("S/m", "effective electronic conductivity", "axis", low=0, computed=True),
    ]
    conductivity_tensor: Annotated[
        FloatArray,
        profile(
            "S/m",
            "effective electronic conductivity as a symmetric tensor",
            "axis",
            "axis",
            computed=True,
        ),
    ]
    conductivity_tensor_error: Annotated[
        FloatArray,
        profile(
            "S/m",
            "numerical error of its entries",
            "axis",
            "axis",
            low=0,
        ),
    ]
    heat_conductivity: Annotated[
        FloatArray,
        profile(
            "W/(m*K)", "effective thermal conductivity, pores filled", "axis", low=0, computed=True
        ),
    ]
    heat_conductivity_tensor: Annotated[
        FloatArray,
        profile(
            "W/(m*K)",
            "effective thermal conductivity as a symmetric tensor",
            "axis",
            "axis",
            computed=True,
        ),
    ]
    heat_conductivity_tensor_error: Annotated[
        FloatArray,
        profile(
            "W/(m*K)",
            "numerical error of its entries",
            "axis",
            "axis",
            low=0,
        ),
    ]
    permeability: Annotated[
        FloatArray,
        profile(
            "m^2",
            "permeability of the open pores; empty where flow was not asked for",
            "flow_axis",
            low=0,
            computed=True,
            display="um^2",
        ),
    ]
    permeability_error: Annotated[
        FloatArray,
        profile(
            "m^2",
            "numerical error of the permeability along each axis",
            "flow_axis",
            low=0,
            display="um^2",
        ),
    ]
    permeability_tensor: Annotated[
        FloatArray,
        profile(
            "m^2",
            "permeability as a symmetric tensor; empty where flow was not asked for",
            "flow_axis",
            "flow_axis",
            computed=True,
            display="um^2",
        ),
    ]
    permeability_tensor_error: Annotated[
        FloatArray,
        profile(
            "m^2",
            "numerical error of its entries",
            "flow_axis",
            "flow_axis",
            low=0,
            display="um^2",
        ),
    ]
    electrode_tortuosity: Annotated[
        float,
        scalar(
            "1",
            "tau_e = porosity * kappa * A * R_ion / h with R_ion = 3 Re Z(0) of the blocking "
            "electrode, through the thickness",
            low=0,
            computed=True,
        ),
    ]
    foil_resistance: Annotated[
        float,
        scalar(
            "ohm*m^2",
            "what the contact with the foil adds for electrons; 0 where it does not resist",
            low=0,
            computed=True,
            display="ohm*cm^2",
        ),
    ]
    flux_mismatch: Annotated[
        FloatArray,
        profile("1", "largest relative difference of the fluxes through the layers", "axis", low=0),
    ]
    percolating: Annotated[
        FloatArray,
        profile("1", "share of the electrolyte that connects both faces", "axis", low=0, high=1),
    ]
    active_area: Annotated[
        float, scalar("1/m", "electrochemically active interface per volume", low=0, computed=True)
    ]
    z: Annotated[
        FloatArray,
        profile("1", "height over thickness, layer centres, z = 0 at the foil", "z", low=0, high=1),
    ]
    porosity_profile: Annotated[
        FloatArray, profile("1", "electrolyte fraction by layer", "z", low=0, high=1)
    ]
    active_profile: Annotated[
        FloatArray, profile("1", "active material by layer", "z", low=0, high=1)
    ]
    tortuosity_profile: Annotated[
        FloatArray,
        profile(
            "1",
            "tortuosity factor of each layer along z: layer porosity over the layer's D_eff/D0",
            "z",
            low=1,
            computed=True,
        ),
    ]
    conductivity_profile: Annotated[
        FloatArray,
        profile("S/m", "electronic conductivity of each layer along z", "z", low=0, computed=True),
    ]
    area_profile: Annotated[FloatArray, profile("1/m", "active interface by layer", "z", low=0)]
    voxel_size: Annotated[
        FloatArray,
        profile("m", "edge lengths of a voxel", "axis", low=1e-9, high=1e-4, display="um"),
    ] = field(default_factory=lambda: np.empty(0))
    concentration: Annotated[
        FieldRef | NDArray[np.float32],
        volume(
            "1",
            "concentration of the electrolyte driven from 1 at the foil to 0 at the top; NaN where "
            "no path connects both; empty where not kept",
            "x",
            "y",
            "z",
            dtype=SINGLE,
        ),
    ] = field(default_factory=_no_voxels)
    flux_density: Annotated[
        FieldRef | NDArray[np.float32],
        volume(
            "1",
            "magnitude of the flux density of the same solve over its mean through the thickness",
            "x",
            "y",
            "z",
            dtype=SINGLE,
        ),
    ] = field(default_factory=_no_voxels)
