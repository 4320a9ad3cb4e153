"""The cathode C1 and the anode A1 as they leave the coater, for the tests of drying."""

from __future__ import annotations

import numpy as np

from multiscale.records import Formulation, Powder, WetFilm

Inputs = tuple[Powder, Formulation, WetFilm]
CLOSED = {"thickness": 0.0, "loading": 0.0, "window_low": 0.0, "window_high": 0.0}


def wet_film(
    powder: Powder, formulation: Formulation, loading: float, speed: float, foil: str, gauge: float
) -> WetFilm:
    """The wet film of a dry coat weight `loading` (kg/m^2)."""
    active = loading * formulation.active_mass_fraction
    additive = loading * formulation.additive_mass_fraction
    binder = loading * formulation.binder_mass_fraction
    solvent = loading * (1 / formulation.solids_mass_fraction - 1)
    return WetFilm(
        thickness=active / powder.density
        + additive / formulation.additive_density
        + float((binder / formulation.binder_density).sum())
        + solvent / formulation.solvent_density,
        active_mass=active,
        additive_mass=additive,
        binder_mass=binder,
        solvent_mass=solvent,
        loading=loading,
        temperature=298.15,
        web_speed=speed,
        width=0.2,
        foil=foil,
        foil_thickness=gauge,
        gap=2e-4,
        shear_rate=speed / 2e-4,
        window_low=0.1,
        window_high=1.0,
        window="ok",
        error=CLOSED,
    )


def cathode(speed: float = 0.05) -> Inputs:
    """NMC622, PVDF and carbon black in NMP, 200 g/m^2 on 15 um of aluminium."""
    powder = Powder("NMC622", 4750.0, np.array([5e-6, 10e-6, 17e-6]), np.array([0.25, 0.5, 0.25]))
    formulation = Formulation(
        "NMP", "PVDF", "carbon black", 0.69, 0.96, 0.02, np.array([0.02]), 1800.0,
        np.array([1800.0]), 1028.0,
    )  # fmt: skip
    return powder, formulation, wet_film(powder, formulation, 0.2, speed, "Al", 15e-6)


def anode(speed: float = 0.05) -> Inputs:
    """Graphite, CMC and SBR in water, 120 g/m^2 on 10 um of copper."""
    powder = Powder(
        "graphite", 2240.0, np.array([10e-6, 17e-6, 28e-6]), np.array([0.25, 0.5, 0.25])
    )
    formulation = Formulation(
        "water", "CMC, SBR", "none", 0.5, 0.97, 0.0, np.array([0.015, 0.015]), 1800.0,
        np.array([1590.0, 1000.0]), 997.0,
    )  # fmt: skip
    return powder, formulation, wet_film(powder, formulation, 0.12, speed, "Cu", 10e-6)
