"""Height, solids, solvent and heat beside the edge: levelling, limits, balances C22 and C23."""

import dataclasses
import math

import numpy as np
import pytest
from drying_case import cathode

from multiscale.fem.interval import graded_points
from multiscale.stages.drying.edge import flow
from multiscale.stages.drying.edge.crossing import Crossing, cross
from multiscale.stages.drying.edge.gas import rates, tabulate
from multiscale.stages.drying.edge.mesh import duals
from multiscale.stages.drying.edge.options import Edge, Film2D
from multiscale.stages.drying.edge.stage import web_of
from multiscale.stages.drying.edge.web import Web
from multiscale.stages.drying.evaporation import Air
from multiscale.stages.drying.history import solve_history
from multiscale.stages.drying.setup import film_of, gases_of, portions_of

EVEN = {"air_enhancement": 0.0, "bare_foil": 0.0, "rim": 1.0}
COARSE = {"columns": 40, "layers": 24, "steps": 60}


def web(**changes: float) -> Web:
    powder, formulation, wet = cathode()
    options = Film2D().model_copy(update={"edge": Edge().model_copy(update=changes)})
    return web_of(powder, formulation, wet, portions_of(formulation, wet, options), options)


def crossed(strip: Web, tolerance: float = 1e-5, before: Crossing | None = None) -> Crossing:
    options = Film2D()
    durations = [zone.length / 0.05 for zone in options.zones]
    return cross(strip, gases_of(options), durations, tolerance, before)


@pytest.mark.parametrize("waves", [2, 4])
def test_a_wave_levels_at_the_rate_of_thin_films(waves: int) -> None:
    """Linear decay of h = h_0 + a cos(k y): (sigma k^4 + rho g k^2) h^3/(3 mu)."""
    width, mu = 10e-3, 0.05
    strip = web(**EVEN, width=width, columns=160, viscosity=mu, yield_stress=0.0)
    y, film = np.linspace(0, width, 161), strip.film
    k, mean = waves * np.pi / width, strip.height[-1]
    wave = np.cos(k * y)
    strip = dataclasses.replace(
        strip, y=y, profile=np.ones(y.size), height=mean * (1 + 1e-3 * wave)
    )
    sigma = film.solvent.surface_tension(film.initial_temperature)
    weight = flow.GRAVITY * (film.solids_mass + film.initial_solvent) / mean
    rate = (sigma * k**4 + weight * k**2) * mean**3 / (3 * mu)
    thinning = film.solvent.viscosity(film.initial_temperature) / film.solvent.viscosity(298.15)
    still = Air(film.initial_temperature, 1e-9, 0.0, 0.0)
    crossing = cross(strip, [still], [thinning / rate], 1e-8)
    left = crossing.state(float(crossing.ends[-1])).h - mean
    amplitude = 2 * (left * wave) @ duals(y) / width / (1e-3 * mean)
    assert amplitude == pytest.approx(math.exp(-1), rel=0.005)


def test_a_bingham_film_rests_below_its_yield_stress() -> None:
    """A plug on a yielded layer, integrated from tau_y + mu u_z = h p_y (1 - z/h)."""
    h, slope, mu, stress = 1e-4, -3e4, 2.0, 1.2
    one = np.ones(1)
    Q, yielded = flow.levelling(h * one, slope * one, one / mu, stress * one)
    z = np.linspace(0, h, 200001)
    shear = np.maximum(-slope * (h - z) - stress, 0.0) / mu
    u = np.concatenate([[0.0], np.cumsum(0.5 * (shear[1:] + shear[:-1]) * np.diff(z))])
    assert Q[0] == pytest.approx(np.trapezoid(u, z), rel=0.01)
    rest, _ = flow.levelling(h * one, 0.3 * slope * one, one / mu, stress * one)
    assert rest[0] < 1e-3 * Q[0]
    xi = graded_points(400)
    shape = flow.levelling_profile(xi, duals(xi), yielded)[0]
    np.testing.assert_allclose(shape, np.interp(xi * h, z, u) * h / np.trapezoid(u, z), atol=0.02)


def test_gas_side_is_that_of_film_1d() -> None:
    film = web().film
    gas = gases_of(Film2D())[1]
    T, m = np.linspace(300, 375, 7), np.geomspace(1e-3, 1, 7) * film.initial_solvent
    table = tabulate(film.solvent, gas, 298.15)
    found = rates(
        table, table.properties(T), np.ones(7), m / film.liquid_density,
        np.full(7, film.polymer_volume), np.full(7, film.pore_volume),
        np.array([film.dry_layer(mi) for mi in m]), film.chi, film.pore_radius,
    )  # fmt: skip
    expected = [film.rate(mi, Ti, gas) for mi, Ti in zip(m, T, strict=True)]
    np.testing.assert_allclose(found, expected, rtol=1e-8)


def test_an_even_strip_stays_even_and_dries_evenly() -> None:
    strip = web(**EVEN, **COARSE)
    crossing = crossed(strip)
    for t in (10.0, 40.0, 50.0, 70.0):
        state = crossing.state(t)
        assert np.ptp(state.h) < 1e-5 * state.h.mean()
        assert np.ptp(state.T) < 1e-3


def test_an_even_strip_is_the_film_of_film_1d() -> None:
    """Solvent, temperature and height through the whole dryer, from two programs."""
    strip, options = web(**EVEN, **COARSE), Film2D()
    durations = [zone.length / 0.05 for zone in options.zones]
    history = solve_history(strip.film, gases_of(options), durations, 1e-6)
    crossing = crossed(strip, 1e-6)
    t = np.linspace(2.0, history.residence, 40)
    m, T = history.state(t)[:2]
    states = [crossing.state(float(ti)) for ti in t]
    solvent = np.array([state.S[-1] for state in states]) * strip.film.liquid_density
    np.testing.assert_allclose(solvent, m, rtol=0, atol=1e-5 * strip.film.initial_solvent)
    np.testing.assert_allclose([state.T[-1] for state in states], T, rtol=0, atol=1e-3)
    height = [strip.film.height(mi) for mi in m]
    np.testing.assert_allclose([state.h[-1] for state in states], height, rtol=1e-5)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"bead": 0.2, "nozzle_variation": 0.3},
        {"viscosity": 0.2, "yield_stress": 0.0, "angle": 0.3},
        {"air_enhancement": 2.0, "bare_foil": 20e-3, "medium_viscosity": 0.005},
    ],
)
def test_c22_c23_balances_of_the_strip_close(changes: dict[str, float]) -> None:
    found = crossed(web(**{**COARSE, **changes}), 1e-4).imbalances()
    assert found["solvent"] < 1e-13
    assert found["solids"] < 1e-13
    assert found["binder"] < 1e-13
    assert found["heat"] < 1e-13


def test_steps_before_liquid_is_cut_off_are_kept() -> None:
    """Columns cut off earlier dry later; what came before is the same, and sums stay closed."""
    strip = web(**COARSE)
    before = crossed(strip)
    cut = dataclasses.replace(strip, connected=np.full(strip.y.size, 0.3))
    resumed, fresh = crossed(cut, before=before), crossed(cut)
    assert resumed.pieces[0] is before.pieces[0]
    steps = before.pieces[1].interpolants
    kept = sum(step in steps for step in resumed.pieces[1].interpolants)
    assert 0 < kept < len(steps)
    assert max(resumed.imbalances().values()) < 1e-13
    for t in (30.0, 50.0, 60.0, 80.0):
        S, expected, other = (c.state(t).S / strip.height[-1] for c in (resumed, fresh, before))
        np.testing.assert_allclose(S, expected, rtol=0, atol=5e-5)
    assert np.abs(expected - other).max() > 1e-4


def test_the_bare_foil_heats_the_edge_over_a_fin_length() -> None:
    """Quasi-steady bare foil: T falls as a fin, length sqrt(k d/(alpha_t + alpha_b)) = 7.1 mm."""
    strip = web(**COARSE, bare_foil=60e-3, air_enhancement=0.0)
    crossing = crossed(strip)
    state = crossing.state(35.0)
    gas = crossing.gases[0].air
    length = math.sqrt(strip.foil_conductance / (gas.alpha + gas.alpha_bottom))
    inner = strip.bare > -20e-3
    slope = np.polyfit(strip.bare[inner], np.log(gas.T - state.T_bare[inner]), 1)[0]
    assert slope == pytest.approx(1 / length, rel=0.05)
    assert state.T[0] > state.T[-1] + 1.0


def test_packed_edge_draws_liquid_from_the_wet_middle() -> None:
    """Pores of low resistance feed a fast-drying edge; a thick medium lets air in there."""
    thin, thick = (
        crossed(web(**COARSE, air_enhancement=1.0, medium_viscosity=mu, thickening=0.0))
        for mu in (0.005, 5.0)
    )
    at = 52.0
    assert thin.state(at).saturation[2] > thick.state(at).saturation[2] + 0.1


def test_film_of_the_middle_is_the_film_of_film_1d() -> None:
    assert web().film == film_of(*cathode(), Film2D())
