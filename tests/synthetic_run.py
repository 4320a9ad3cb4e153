"""A run of the NMC622 cathode with made-up, plausible numbers, written by the real store."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
from recipes import cathode_recipe

from multiscale.coupling.index import Index, Step, write_index
from multiscale.coupling.store import Checked, Store
from multiscale.records import (
    CellPerformance,
    Closure,
    DryCoating,
    EffectiveProperties,
    Electrode,
    FactoryFigures,
    Microstructure,
    Powder,
    Record,
    Suspension,
    WetFilm,
)

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


@cache
def microstructure(n: int = 72, nz: int = 64) -> Microstructure:
    """Periodic overlapping spheres with a film of carbon-binder domain."""
    rng = np.random.default_rng(3)
    size = THICKNESS / nz
    x, y, z = (np.arange(k) * size for k in (n, n, nz))
    gap = np.full((n, n, nz), np.inf)
    for _ in range(150):
        centre, radius = rng.random(3) * (n * size, n * size, THICKNESS), rng.uniform(3.5e-6, 8e-6)
        dx, dy = (np.abs(a - c) for a, c in zip((x, y), centre[:2], strict=True))
        dx, dy = np.minimum(dx, n * size - dx), np.minimum(dy, n * size - dy)
        distance = (
            np.sqrt(
                dx[:, None, None] ** 2 + dy[None, :, None] ** 2 + (z - centre[2])[None, None] ** 2
            )
            - radius
        )
        gap = np.minimum(gap, distance)
    label = np.zeros((n, n, nz), "|u1")
    label[gap < 1.1e-6 * (0.4 + Z.mean() + 0.6 * z / THICKNESS)] = 2
    label[gap < 0] = 1
    active, cbd, pore = ((label == k).mean((0, 1)) for k in (1, 2, 0))
    height = (np.arange(nz) + 0.5) / nz
    return Microstructure(
        label=label,
        voxel_size=np.full(3, size),
        thickness=THICKNESS,
        particles=150.0,
        active_fraction=active.mean(),
        cbd_fraction=cbd.mean(),
        pore_fraction=pore.mean(),
        nanoporosity=0.5,
        porosity=pore.mean() + 0.5 * cbd.mean(),
        active_mass=0.192,
        area_active_pore=2.3e5,
        area_active_cbd=1.4e5,
        z=height,
        active_profile=active,
        cbd_profile=cbd,
        pore_profile=pore,
        area_profile=2.3e5 * (0.9 + 0.2 * height),
        representative_error=0.008,
        error={
            "active_fraction": 0.004,
            "cbd_fraction": 0.004,
            "pore_fraction": 0.004,
            "porosity": 0.004,
            "active_mass": 1e-3,
            "area_active_pore": 8e3,
            "area_active_cbd": 6e3,
        },
    )


def effective() -> EffectiveProperties:
    """Straight pores: linear concentration, and more flux where less of a layer is open."""
    structure = microstructure()
    drop = np.where(structure.label == 1, np.nan, 1 - structure.z).astype(np.float32)
    flux = np.where(structure.label == 1, np.nan, 1 / (1 - structure.active_profile))
    tau = np.array([2.21, 2.24, 2.43])
    layers = (np.arange(20) + 0.5) / 20
    porosity = 0.31 - 0.03 * layers
    return EffectiveProperties(
        thickness=THICKNESS,
        porosity=0.295,
        active_fraction=0.62,
        diffusivity=0.295 / tau,
        diffusivity_tensor=np.diag(0.295 / tau) + 0.003 * (1 - np.eye(3)),
        diffusivity_tensor_error=np.full((3, 3), 0.005),
        tortuosity=tau,
        conductivity=np.array([14.0, 13.8, 9.6]),
        conductivity_tensor=np.diag([14.0, 13.8, 9.6]),
        conductivity_tensor_error=np.full((3, 3), 0.5),
        heat_conductivity=np.array([1.21, 1.2, 1.05]),
        heat_conductivity_tensor=np.diag([1.21, 1.2, 1.05]),
        heat_conductivity_tensor_error=np.full((3, 3), 0.05),
        permeability=np.array([6.1e-15, 6e-15, 4.2e-15]),
        permeability_error=np.array([8e-16, 1e-15, 7e-16]),
        permeability_tensor=np.diag([6.1e-15, 6e-15, 4.2e-15]),
        permeability_tensor_error=np.full((3, 3), 1e-15),
        electrode_tortuosity=2.5,
        foil_resistance=2e-4,
        flux_mismatch=np.full(3, 1e-9),
        percolating=np.full(3, 0.998),
        active_area=2.3e5,
        z=layers,
        porosity_profile=porosity,
        active_profile=np.full(20, 0.62),
        tortuosity_profile=2.43 * (porosity.mean() / porosity) ** 0.5,
        conductivity_profile=9.6 * (0.8 + 0.4 * layers),
        area_profile=np.full(20, 2.3e5),
        voxel_size=structure.voxel_size,
        concentration=drop,
        flux_density=flux.astype(np.float32),
        error={
            "diffusivity": 0.004,
            "diffusivity_tensor": 0.005,
            "tortuosity": 0.07,
            "conductivity": 0.5,
            "conductivity_tensor": 0.5,
            "heat_conductivity": 0.05,
            "heat_conductivity_tensor": 0.05,
            "permeability": 1e-15,
            "permeability_tensor": 1e-15,
            "electrode_tortuosity": 0.09,
            "foil_resistance": 3e-5,
            "active_area": 9e3,
            "tortuosity_profile": 0.1,
            "conductivity_profile": 0.6,
        },
    )


def cell() -> CellPerformance:
    rates, depth = np.array([0.1, 0.5, 1.0, 2.0, 3.0]), np.linspace(0, 1, 60)
    nominal = 3.35 * 36000
    capacity = nominal * np.array([0.93, 0.88, 0.81, 0.64, 0.45])
    curve = 4.2 - 0.75 * depth - 0.9 * depth**9
    voltage = np.clip(curve[None] - 0.08 * rates[:, None] * (1 + depth[None]), 2.5, None)
    return CellPerformance(
        c_rate=rates,
        nominal_capacity=nominal,
        half_capacity=capacity * 1.05,
        half_energy=capacity * 1.05 * 3.85,
        capacity=capacity,
        energy=capacity * 3.7,
        depth=depth,
        half_voltage=voltage + 0.1,
        voltage=voltage,
        counter_ratio=1.1,
        capacity_error=np.array([10.0, 20.0, 40.0, 60.0, 90.0]),
        energy_error=np.array([40.0, 80.0, 160.0, 240.0, 350.0]),
        salt_low=np.array([960.0, 800.0, 550.0, 180.0, 40.0]),
        salt_high=np.array([1050.0, 1250.0, 1500.0, 1900.0, 2300.0]),
        active_mass=0.192,
        volume_closure=2e-16,
        bpx='{"Header": {"BPX": "1.0"}}',
        error={
            "salt_low": 5.0,
            "salt_high": 5.0,
            "half_capacity": 90.0,
            "half_energy": 350.0,
            "capacity": 90.0,
            "energy": 350.0,
            "half_voltage": 2e-3,
            "voltage": 2e-3,
        },
    )


def factory() -> FactoryFigures:
    kwh = 3.6e6
    steps = "mixing, coating, drying, calendering, slitting, cell assembly"
    added = np.array([3.2, 0.1, 0, 0, 0, 0.9])
    scrap, emission = np.full(6, 0.04), np.array([0, 0, 0.95, 0, 0, 0])
    mass_out = np.cumsum(added - scrap - emission)
    return FactoryFigures(
        steps=steps,
        yields=np.array([0.99, 0.98, 0.99, 0.985, 0.99, 0.95]),
        mass_in=(mass_out + scrap + emission) / kwh,
        added=added / kwh,
        mass_out=mass_out / kwh,
        scrap=scrap / kwh,
        emission=emission / kwh,
        electricity=np.array([0.3, 0.2, 3.1, 0.4, 0.1, 4.0]),
        heat=np.array([0, 0, 9.5, 0.2, 0, 1.0]),
        material_cost=np.array([48, 2.5, 0, 0, 0, 21]) / kwh,
        conversion_cost=np.array([1.1, 1.9, 2.6, 0.8, 0.5, 6.2]) / kwh,
        total_energy=18.8,
        total_cost=84.6 / kwh,
        total_co2=5.4 / kwh,
        total_yield=0.89,
        investment=np.array([9, 22, 31, 8, 6, 70]) / (1000 * 3600 / (365.25 * 86400)),
        cell_energy=3.0 * 36000 * 3.7,
        modelled_energy_share=0.45,
        modelled_cost_share=0.65,
        error={
            "total_energy": 0.05,
            "total_cost": 0.2 / kwh,
            "total_co2": 0.02 / kwh,
            "cell_energy": 800.0,
        },
    )


RECORDS = {
    "slurry": suspension,
    "coating": wet_film,
    "drying": dry_coating,
    "calendering": electrode,
    "microstructure": microstructure,
    "transport": effective,
    "cell": cell,
    "factory": factory,
}


def write(
    out: Path, *, until: str = "factory", failed: str = "", coating: WetFilm | None = None
) -> Path:
    """Write a run that ends after stage `until`, or in the failure of the next one."""
    store, steps, over = Store(out / "store"), [], False
    out.mkdir(parents=True, exist_ok=True)
    for number, (name, make) in enumerate(RECORDS.items()):
        if over and failed:
            steps.append(Step(name, "blocked", f"blocked by {failed}", status="blocked"))
        if over:
            continue
        if name == failed:
            steps.append(
                Step(
                    name,
                    "run",
                    "no result yet",
                    status="failed",
                    message="no percolation along z: porosity 0.04; press less",
                )
            )
            over = True
            continue
        record = coating if coating and name == "coating" else make()
        steps.append(_keep(store, name, record, number))
        over = name == until
    given = {"powder": powder(), "formulation": cathode_recipe()}
    for weighed in given.values():
        store.save(weighed.digest(), weighed, {"package": "0.1.0"}, [])
    write_index(
        out,
        Index(
            "NMC622 cathode",
            "nmc622.toml",
            1,
            "multiscale run nmc622.toml --out out",
            "2026-03-02T09:14:05+00:00",
            tuple(steps),
            {name: weighed.digest() for name, weighed in given.items()},
        ),
        store,
    )
    return out


def _keep(store: Store, name: str, record: Record, number: int) -> Step:
    key = f"{number:064x}"
    recipe = {
        "stage": name,
        "version": 1,
        "options": {"kind": "closure"},
        "inputs": {"film": 64 * "a"},
        "seed": 1,
    }
    provenance = {
        "package": "0.1.0",
        "git": "38bfe19",
        "python": "3.12.3",
        "libraries": {"numpy": "2.2.1"},
        "host": "node7",
        "machine": "x86_64",
        "command": "multiscale run nmc622.toml",
        **recipe,
        "key": key,
        "ranks": 2,
        "started": "2026-03-02T09:14:05+00:00",
        "wall_s": 3.4 * (number + 1),
        "peak_memory_bytes": 5.1e8,
    }
    store.save(
        key, record, provenance, [Checked("active mass", "kg/m^2", 0.192, 0.192, 1.4e-16, 1e-8)]
    )
    action = "reuse" if number < 2 else "run"
    why = "same options and inputs as a stored result" if number < 2 else "no result yet"
    return Step(name, action, why, key, recipe, 3.4 * (number + 1), "ok")
