"""Made-up, plausible records of an NMC622 cathode from the powder to the pressed electrode."""

from __future__ import annotations

import numpy as np

from multiscale.records import Closure, DryCoating, Electrode, Powder, Suspension, WetFilm

Z = (np.arange(40) + 0.5) / 40
THICKNESS = 64.0e-6
MASSES = {"active_mass": 0.192, "additive_mass": 0.004, "binder_mass": np.array([0.004])}


def powder() -> Powder:
    diameter = np.array([3e-6, 5e-6, 7e-6, 10e-6, 13e-6, 17e-6, 21e-6])
    share = np.array([0.04, 0.1, 0.2, 0.3, 0.2, 0.1, 0.06])
    return Powder(material="NMC622", density=4750.0, diameter=diameter, volume_fraction=share)


def suspension() -> Suspension:
    rate = np.geomspace(0.1, 1000, 31)
    return Suspension(
        temperature=298.15,
        density=2120.0,
        active_mass_fraction=0.662,
        additive_mass_fraction=0.014,
        binder_mass_fraction=np.array([0.014]),
        solvent_mass_fraction=0.31,
        solid_fraction=0.35,
        active_fraction=0.31,
        maximum_packing=0.64,
        flow_curve=Closure(rate, 8.0 + 9.5 * rate**0.62),
        yield_stress=7.6,
        consistency=9.8,
        flow_index=0.615,
        medium_viscosity=0.12,
        error={"yield_stress": 0.4, "consistency": 0.2, "flow_index": 0.006},
    )


def wet_film() -> WetFilm:
    return WetFilm(
        thickness=136e-6,
        solvent_mass=0.09,
        loading=0.2,
        temperature=298.15,
        web_speed=2 / 60,
        width=0.25,
        foil="aluminium",
        foil_thickness=15e-6,
        gap=150e-6,
        shear_rate=222.0,
        window_low=0.55,
        window_high=1.3,
        window="ok: thickness/gap 0.91 between 0.55 and 1.30",
        **MASSES,
        error={"thickness": 0.0, "loading": 0.0, "window_low": 0.01, "window_high": 0.01},
    )


def course(binder: np.ndarray) -> dict[str, np.ndarray]:
    """Profiles of a film that packs evenly, empties and leaves dry."""
    moment = np.array([0.0, 43.0, 87.0, 120.0, 180.0])
    solids = np.array([0.333, 0.4, 0.497, 0.497, 0.497])
    even = np.ones(Z.size)
    return {
        "moment": moment,
        "solids_course": np.outer(solids, even),
        "saturation_course": np.outer([1.0, 1.0, 1.0, 0.4, 0.03], even),
        "binder_course": (1 + np.outer([0.0, 0.3, 0.8, 1.0, 1.0], binder - 1))[None],
    }


def dry_coating() -> DryCoating:
    time = np.linspace(0, 180, 200)
    solvent = np.clip(0.09 - 0.00062 * np.clip(time - 12, 0, None), 2e-5, None)
    profile = 1 + 0.55 * (Z**2 - 1 / 3)
    return DryCoating(
        thickness=91e-6,
        porosity=0.503,
        solvent_mass=2e-5,
        evaporated_mass=0.09 - 2e-5,
        residual_solvent=1e-4,
        z=Z,
        binder=(profile / profile.mean())[None],
        binder_ratio=np.array([1.67]),
        binder_mobile=np.array([0.3]),
        binder_gelled=np.array([0.2]),
        binder_adsorbed=np.array([0.0]),
        gel_point=np.array([35.0]),
        adhesion=15.0,
        binder_setting=np.array([40.0]),
        binder_spread=np.full((1, time.size), 1e-10),
        dispersion_length=5e-6,
        time=time,
        height=np.clip(136e-6 - 45e-6 * np.clip(time - 12, 0, None) / 75, 91e-6, None),
        film_temperature=298.15
        + 45 * (1 - np.exp(-time / 9))
        + 24 * (time > 60)
        + 30 * (time > 158),
        solvent_history=solvent,
        evaporation_rate=np.where((time > 12) & (solvent > 3e-5), 6.2e-4, 0.0),
        shrinkage_end=87.0,
        solid_fraction=np.full(Z.size, 0.497),
        cut_off=120.0,
        film_tension=2e4 * np.clip(time / 87.0, 0, 1),
        crack_margin=60.0,
        solids_peclet=5e-4,
        settling_number=1.8,
        yield_number=3.4,
        yield_limit=0.1,
        regime="uniform",
        drying_time=157.0,
        drying_rate=(0.09 - 1e-4) / 157.0,
        **course(profile / profile.mean()),
        residence_time=180.0,
        zone_end=np.array([60.0, 120.0, 180.0]),
        air_temperature=np.array([353.15, 383.15, 403.15]),
        heat_in=9.1e4,
        heat_latent=4.8e4,
        heat_sensible=4.3e4,
        exhaust_air=1.2,
        exhaust_heat=1.1e5,
        web_speed=2 / 60,
        width=0.25,
        foil="aluminium",
        foil_thickness=15e-6,
        **MASSES,
        error={
            "thickness": 1e-7,
            "porosity": 1e-3,
            "binder_mass": 1e-12,
            "solvent_mass": 1e-6,
            "evaporated_mass": 1e-6,
            "residual_solvent": 6e-6,
            "binder": 0.01,
            "binder_ratio": 0.02,
            "binder_gelled": 0.01,
            "binder_adsorbed": 1e-4,
            "gel_point": 0.1,
            "adhesion": 0.1,
            "binder_setting": 0.1,
            "binder_spread": 1e-13,
            "height": 2e-7,
            "film_temperature": 0.2,
            "solvent_history": 1e-5,
            "evaporation_rate": 1e-6,
            "shrinkage_end": 0.3,
            "solid_fraction": 1e-3,
            "cut_off": 0.5,
            "film_tension": 100.0,
            "crack_margin": 0.1,
            "solids_peclet": 1e-6,
            "settling_number": 1e-3,
            "yield_number": 1e-3,
            "solids_course": 1e-3,
            "saturation_course": 2e-3,
            "binder_course": 0.01,
            "drying_time": 0.5,
            "drying_rate": 2e-6,
            "heat_in": 200.0,
            "heat_latent": 100.0,
            "heat_sensible": 80.0,
        },
    )


def electrode() -> Electrode:
    loading, release = np.linspace(1, 0, 31), np.linspace(0, 1, 16)[1:]
    return Electrode(
        thickness=THICKNESS,
        porosity=0.301,
        density=3125.0,
        solvent_mass=2e-5,
        elongation=1.003,
        z=Z,
        binder=dry_coating().binder,
        line_load=5e5,
        gap=122e-6,
        set_gap=-3.2e-5,
        peak_pressure=3.1e8,
        springback=0.05,
        roll_flattening=1.04,
        nip_length=2.9e-3,
        roll_work=2.4e3,
        nip_thickness=np.r_[61e-6 + 29.5e-6 * loading**2, 61e-6 + 2.6e-6 * release**2],
        nip_pressure=3.1e8 * np.r_[(1 - loading**2) ** 2, 1 - release**2],
        roll_temperature=303.15,
        web_speed=2 / 60,
        width=0.25,
        foil="aluminium",
        foil_thickness=15e-6,
        **MASSES,
        error={
            "thickness": 2e-7,
            "porosity": 2e-3,
            "density": 8.0,
            "line_load": 10.0,
            "gap": 2e-7,
            "set_gap": 2e-7,
            "peak_pressure": 2e5,
            "springback": 1e-3,
            "roll_flattening": 1e-4,
            "nip_length": 1e-5,
            "roll_work": 5.0,
            "nip_thickness": 2e-7,
            "nip_pressure": 2e5,
        },
    )
