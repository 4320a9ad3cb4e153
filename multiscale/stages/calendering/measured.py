"""An electrode whose loading and porosity were measured: what pressed it is not modelled."""

from typing import Any

import numpy as np

from multiscale.records import Electrode, Formulation, Powder
from multiscale.stages.calendering.options import Measured

_CELLS = 20  # over the thickness


def given_electrode(powder: Powder, formulation: Formulation, options: Measured) -> Electrode:
    """Put the recipe's masses into the measured film, evenly over its thickness.

        m_i = w_i m,    h = sum_i (m_i/rho_i)/(1 - eps)

    Rolls and nip are not known: load, gaps, pressures, spring-back and work are 0.
    """
    binder = options.loading * formulation.binder_mass_fraction
    active = options.loading * formulation.active_mass_fraction
    additive = options.loading * formulation.additive_mass_fraction
    solid = active / powder.density + additive / formulation.additive_density
    solid += float(np.sum(binder / formulation.binder_density))
    thickness = solid / (1 - options.porosity)
    measured: dict[str, Any] = {
        "thickness": thickness,
        "porosity": options.porosity,
        "density": options.loading / thickness,
    }
    unknown: dict[str, Any] = dict.fromkeys(
        ("line_load", "gap", "set_gap", "peak_pressure", "springback", "nip_length", "roll_work"),
        0.0,
    )
    nip: dict[str, Any] = {"nip_thickness": np.full(2, thickness), "nip_pressure": np.zeros(2)}
    return Electrode(
        **measured,
        **unknown,
        **nip,
        roll_flattening=1.0,
        active_mass=active,
        additive_mass=additive,
        binder_mass=binder,
        solvent_mass=0.0,
        elongation=1.0,
        z=(np.arange(_CELLS) + 0.5) / _CELLS,
        binder=np.ones((binder.size, _CELLS)),
        roll_temperature=298.15,
        web_speed=options.web_speed,
        width=options.width,
        foil=options.foil,
        foil_thickness=options.foil_thickness,
        coated_sides=options.coated_sides,
        error=dict.fromkeys((*measured, *unknown, *nip, "roll_flattening"), 0.0),
    )
