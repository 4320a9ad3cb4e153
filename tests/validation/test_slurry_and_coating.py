"""Slurry and coating against public measurements, which are not part of the project.

Put the two data sets where MULTISCALE_DATA points; docs/explanation/slurry.md and coating.md name
their owners.
"""

import csv
from pathlib import Path

from mpi4py import MPI

import numpy as np
import pytest

from multiscale.coupling.context import Context
from multiscale.materials.active import active_material
from multiscale.records import Formulation, Powder, Suspension
from multiscale.stages.coating.gap_law import fit_gap_law
from multiscale.stages.slurry import SlurryClosure, SlurryMeasured, mix
from tests.public_data import DATA

COMMA = DATA / "nmc111_comma_coating" / "loading_and_porosity.csv"
GRAPHITE = DATA / "graphite_slurry_rheology" / "herschel_bulkley_15_formulations.csv"
CONSTANT_TIMES_GAP = 0.104  # error of a wet film of constant x gap, one slurry left out
LAB_SPEED = 5e-3  # m/s; the viscosities were taken at U/gap


def table(path: Path) -> dict[str, np.ndarray]:
    if not path.exists():
        pytest.skip(f"needs the public data set {path.parent.name}; see MULTISCALE_DATA")
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    return {name.split(" [")[0]: np.array([float(r[name]) for r in rows]) for name in rows[0]}


def powder(material: str) -> Powder:
    of = active_material(material)
    width = np.log(of.d90 / of.d10) / 2.563
    z = np.linspace(-2.3, 2.3, 25)
    share = np.exp(-(z**2) / 2)
    return Powder(material, of.density, of.d50 * np.exp(width * z), share / share.sum())


def nmc111(active: float, solids: float, options: SlurryClosure | None = None) -> Suspension:
    """The sources give the active material only: carbon and binder share the rest evenly."""
    half = (1.0 - active) / 2.0
    recipe = Formulation(
        solvent="NMP",
        binders="PVDF",
        additive="carbon black",
        solids_mass_fraction=solids,
        active_mass_fraction=active,
        additive_mass_fraction=half,
        binder_mass_fraction=np.array([half]),
        additive_density=1900.0,
        binder_density=np.array([1780.0]),
        solvent_density=1028.0,
    )
    context = Context(comm=MPI.COMM_SELF, control=MPI.COMM_SELF)
    return mix.call(powder("NMC111"), recipe, options or SlurryClosure(), context)


def graphite(row: dict[str, float], options: SlurryClosure | SlurryMeasured) -> Suspension:
    dry = np.array([row[k] for k in ("Graphite", "Carbon_black", "CMC", "SBR")])
    solids = dry.sum() / (dry.sum() + row["Solvent"])
    dry = dry / dry.sum()
    recipe = Formulation(
        solvent="water",
        binders="CMC,SBR",
        additive="carbon black",
        solids_mass_fraction=solids,
        active_mass_fraction=dry[0],
        additive_mass_fraction=dry[1],
        binder_mass_fraction=dry[2:],
        additive_density=1900.0,
        binder_density=np.array([1590.0, 1000.0]),
        solvent_density=997.0,
    )
    context = Context(comm=MPI.COMM_SELF, control=MPI.COMM_SELF)
    return mix.call(powder("graphite"), recipe, options, context)


def graphite_rows() -> list[dict[str, float]]:
    data = table(GRAPHITE)
    return [{k: float(v[i]) for k, v in data.items()} for i in range(data["Index"].size)]


def test_loading_of_a_slurry_left_out() -> None:
    """The gap law must beat a film of constant x gap; replicates scatter by 1.7 %."""
    data = table(COMMA)
    active, solids = data["active_material"] / 100, data["solid_to_liquid"] / 100
    gap, loading = data["comma_gap"] * 1e-6, data["mass_loading"] * 1e-2
    of_slurry = {s: nmc111(active[data["slurry"] == s][0], solids[data["slurry"] == s][0])
                 for s in np.unique(data["slurry"])}  # fmt: skip
    per_volume = np.array(
        [of_slurry[s].density * of_slurry[s].active_mass_fraction for s in data["slurry"]]
    )
    predicted = np.empty_like(loading)
    for s in of_slurry:
        out = data["slurry"] == s
        slope, offset = fit_gap_law(gap[~out], (loading / per_volume)[~out])
        predicted[out] = (slope * gap[out] + offset) * per_volume[out]
    error = np.sqrt(np.mean((predicted / loading - 1.0) ** 2))
    print(f"loading, slurry left out: {error:.4f} (constant times gap {CONSTANT_TIMES_GAP})")
    assert error < CONSTANT_TIMES_GAP


def test_viscosity_of_nmc111_slurries() -> None:
    """16 slurries at 12.5 to 100 1/s; the closure's parameters were adjusted to them."""
    data = table(COMMA)
    points = {
        (a, s, g): v
        for a, s, g, v in zip(
            data["active_material"], data["solid_to_liquid"], data["comma_gap"], data["viscosity"],
            strict=True,
        )
    }  # fmt: skip
    misfit = []
    for (active, solids, gap), viscosity in points.items():
        rate = LAB_SPEED / (gap * 1e-6)
        slurry = nmc111(active / 100, solids / 100)
        misfit.append(np.log(slurry.flow_curve(rate) / rate / viscosity))
    rms = float(np.sqrt(np.mean(np.square(misfit))))
    print(f"viscosity of NMC111 slurries: {rms:.3f} over {len(misfit)} points")
    assert rms < 0.13


def test_graphite_parameters_load_as_measured() -> None:
    for row in graphite_rows()[::9]:
        options = SlurryMeasured.model_validate(
            {
                "yield_stress": f"{row['Yield_stress']} Pa",
                "consistency": f"{row['K']} Pa*s",
                "flow_index": row["n"],
            }
        )
        slurry = graphite(row, options)
        assert slurry.flow_curve(50.0) / 50.0 == pytest.approx(row["Viscosity"], rel=2e-3)


def test_viscosity_of_graphite_slurries() -> None:
    """15 graphite/CB/CMC/SBR slurries at 50 1/s; parameters adjusted to them and to a CB sweep."""
    rows = graphite_rows()
    rms = np.sqrt(
        np.mean(
            [
                np.log(graphite(row, SlurryClosure()).flow_curve(50.0) / 50.0 / row["Viscosity"])
                ** 2
                for row in rows
            ]
        )
    )
    print(f"viscosity of graphite slurries at 50 1/s: {rms:.3f}")
    assert rms < 0.30
