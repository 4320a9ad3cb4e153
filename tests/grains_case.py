"""A film of NMC622 that dries at a constant rate, and its particles."""

from functools import cache

from mpi4py import MPI

import numpy as np
from scipy.linalg import solve_banded

from multiscale.coupling.context import Context
from multiscale.records import DryCoating, Electrode, Formulation, Packing, Powder, WetFilm
from multiscale.stages.grains import Particles, settle
from multiscale.units import SI

POWDER = Powder(
    material="NMC622",
    density=4750.0,
    diameter=np.array([4e-6, 6e-6, 9e-6, 13e-6]),
    volume_fraction=np.array([0.1, 0.3, 0.4, 0.2]),
)
FORMULATION = Formulation(
    solvent="NMP",
    binders="PVDF",
    additive="carbon black",
    solids_mass_fraction=0.69,
    active_mass_fraction=0.94,
    additive_mass_fraction=0.03,
    binder_mass_fraction=np.array([0.03]),
    additive_density=1900.0,
    binder_density=np.array([1780.0]),
    solvent_density=1028.0,
)
LOADING = 0.15  # kg/m^2
# Some 1000 spheres.
SMALL = Particles(lateral_size=SI(36e-6), cbd_diameter=SI(2.6e-6), steps=3000)


def wet_film() -> WetFilm:
    solids = LOADING * (0.94 / 4750 + 0.03 / 1900 + 0.03 / 1780)
    solvent = LOADING * 0.31 / 0.69
    names = [name for name, port in WetFilm.ports().items() if port.computed]
    return WetFilm(
        thickness=solids + solvent / 1028.0,
        active_mass=0.94 * LOADING,
        additive_mass=0.03 * LOADING,
        binder_mass=np.array([0.03 * LOADING]),
        solvent_mass=solvent,
        loading=LOADING,
        temperature=298.15,
        web_speed=0.05,
        width=0.3,
        foil="Al",
        foil_thickness=15e-6,
        gap=120e-6,
        shear_rate=400.0,
        window_low=0.5,
        window_high=1.1,
        window="ok",
        error=dict.fromkeys(names, 0.0),
    )


def context(seed: int = 1, comm: MPI.Intracomm = MPI.COMM_SELF, scratch=None) -> Context:
    return Context(comm, comm.Dup(), seed=seed, scratch=scratch)


PACKING = 0.5
MOBILE = 0.4
SPREAD = 2e-10  # m^2/s


@cache
def coating(rate: float = 1e-6) -> DryCoating:
    """Dry at a constant rate (m/s of liquid) to a tenth of the liquid in the pores.

    The binder's profile is a finite-volume solution of the film model's law, apart from the code
    of the film model.
    """
    wet = wet_film()
    solids = LOADING * (0.94 / 4750 + 0.03 / 1900 + 0.03 / 1780)
    liquid, dry_height = wet.solvent_mass / 1028.0, solids / PACKING
    moving = MOBILE * 0.03 * LOADING / 1780
    end = (liquid - 0.1 * (dry_height - solids)) / rate
    shrunk = (wet.thickness - dry_height) / rate
    time = np.linspace(0.0, end, 201)
    L, h = liquid - rate * time + moving, np.maximum(wet.thickness - rate * time, dry_height)
    cells = 50
    z = (np.arange(cells) + 0.5) / cells
    mobile = film_law(time, L, h, np.full(time.size, SPREAD), cells)
    binder = (1 - MOBILE + MOBILE * mobile)[None]
    T = np.full(time.size, 350.0)
    computed = [name for name, port in DryCoating.ports().items() if port.computed]
    given = dict(
        thickness=dry_height, porosity=1 - PACKING,
        active_mass=wet.active_mass, additive_mass=wet.additive_mass, binder_mass=wet.binder_mass,
        solvent_mass=0.0, evaporated_mass=wet.solvent_mass, residual_solvent=0.0,
        z=z, binder=binder, binder_ratio=np.array([binder[0, 45:].mean() / binder[0, :5].mean()]),
        binder_mobile=np.array([MOBILE]), binder_setting=np.array([end]),
        binder_spread=np.full((1, time.size), SPREAD), dispersion_length=0.0,
        time=time, height=h, film_temperature=T, solvent_history=1028.0 * (L - moving),
        evaporation_rate=np.full(time.size, 1028.0 * rate),
        shrinkage_end=shrunk, drying_time=end, residence_time=end, zone_end=np.array([end]),
        air_temperature=np.array([380.0]), heat_in=1e5, heat_latent=9e4, heat_sensible=1e4,
        exhaust_air=1.0, exhaust_heat=1e5, web_speed=wet.web_speed, width=wet.width, foil=wet.foil,
        foil_thickness=wet.foil_thickness,
    )  # fmt: skip
    return DryCoating(**rest_of(given), error=dict.fromkeys(computed, 0.0))


def rest_of(given: dict) -> dict:
    """Fill in what the particles do not look at: the least value that is allowed, or zero."""
    axes = {"binder": 1, "time": given["time"].size, "z": given["z"].size, "zone": 1}
    ports = DryCoating.ports()
    missing = {k: port for k, port in ports.items() if k not in given}
    return given | {
        k: ""
        if port.kind == "text"
        else np.full([axes.get(d, 1) for d in port.dims], max(port.low, 0.0))
        for k, port in missing.items()
    }


def film_law(time, L, h, K, cells: int, refine: int = 8) -> np.ndarray:
    """Solve d(L c)/dt + d/dxi (E xi c - K L/h^2 dc/dxi) = 0 by implicit steps; N over its mean."""
    n = cells * refine
    face, width = np.arange(1, n) / n, 1 / n
    t = np.linspace(0.0, time[-1], 4001)
    L, h, K = (np.interp(t, time, y) for y in (L, h, K))
    N = np.ones(n)
    for k in range(1, t.size):
        dt = t[k] - t[k - 1]
        E, kappa = (L[k - 1] - L[k]) / dt, K[k] * L[k] / h[k] ** 2
        carried, spread = 0.5 * E * face, kappa / width
        # Flux at a face: E xi (c- + c+)/2 - kappa (c+ - c-)/width.
        below, above = carried + spread, carried - spread
        diagonal = np.full(n, L[k] * width / dt)
        diagonal[:-1] += below
        diagonal[1:] -= above
        bands = np.zeros((3, n))
        bands[0, 1:], bands[1], bands[2, :-1] = above, diagonal, -below
        N = L[k] * solve_banded((1, 1), bands, N * width / dt)
    return N.reshape(cells, refine).mean(axis=1)


def grains(options: Particles = SMALL, rate: float = 1e-6, ctx: Context | None = None) -> Packing:
    """Dry the small film as particles."""
    return settle.call(
        powder=POWDER,
        formulation=FORMULATION,
        film=wet_film(),
        coating=coating(rate),
        options=options,
        ctx=ctx or context(),
    )


@cache
def packing(rate: float = 1e-6) -> Packing:
    """The packing of the small box."""
    return grains(rate=rate)


def electrode(porosity: float) -> Electrode:
    """The film, calendered to a porosity."""
    dried = coating()
    solids = dried.thickness * PACKING
    computed = [name for name, port in Electrode.ports().items() if port.computed]
    given = dict(
        thickness=solids / (1 - porosity), porosity=porosity, density=3000.0,
        active_mass=dried.active_mass, additive_mass=dried.additive_mass,
        binder_mass=dried.binder_mass, solvent_mass=0.0, elongation=1.0, z=dried.z,
        binder=dried.binder, line_load=1e5, gap=5e-5, set_gap=5e-5, peak_pressure=1e8,
        springback=0.02, roll_flattening=1.0, nip_length=1e-3, roll_work=1e3,
        nip_thickness=np.array([7e-5, 6e-5]), nip_pressure=np.array([0.0, 1e8]),
        roll_temperature=330.0, web_speed=0.5, width=0.3, foil="Al", foil_thickness=15e-6,
    )  # fmt: skip
    return Electrode(**given, error=dict.fromkeys(computed, 0.0))
