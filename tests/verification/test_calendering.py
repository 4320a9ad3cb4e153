"""Compaction laws and roll-gap slab against closed forms and reference numbers (D0/D1 1-11)."""

from dataclasses import replace
from math import inf, log, pi, sqrt

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from multiscale.stages.calendering.compaction import (
    fit_exponential,
    fit_heckel,
    fit_kawakita,
    meyer_density,
    meyer_line_load,
    meyer_porosity,
    porosity_at_stress,
    stress_at_porosity,
)
from multiscale.stages.calendering.heating import mean_heating
from multiscale.stages.calendering.recovery import delayed_recovery
from multiscale.stages.calendering.roll_gap import (
    Law,
    Layer,
    fresh_layer,
    pass_at_load,
    pass_at_set_gap,
    press,
    roll_flattening,
)

# Plate-press data of an NMC111 cathode, 4 % carbon black and 4 % PVDF, after release [Sangros2020].
STRESS = np.array([0, 19.82, 42.71, 79.13, 159.37]) * 1e6
POROSITY = np.array([0.522, 0.417, 0.368, 0.305, 0.270])

RIGID = Law(
    solid=80e-6 * 0.478,
    porosity_0=0.522,
    porosity_min=0.26518,
    sigma_c=42.710e6,
    unloading_modulus=inf,
)
NMC = Law(solid=90e-6, porosity_0=0.5, porosity_min=0.265, sigma_c=80e6, unloading_modulus=2.5e9)


def test_case_1_meyer_at_gamma_c():
    share = (meyer_porosity(4e5, 0.5, 0.2, 4e5) - 0.2) / 0.3
    assert share == pytest.approx(0.36787944117, rel=1e-11)


def test_case_2_density_form_equals_porosity_form_and_inverts():
    q, rho_s = np.linspace(1e3, 2e6, 50), 4467.0
    porosity = meyer_porosity(q, 0.5, 0.2, 4e5)
    density = meyer_density(q, rho_s * 0.5, rho_s * 0.8, 4e5)
    np.testing.assert_allclose(1 - density / rho_s, porosity, rtol=1e-12)
    np.testing.assert_allclose(meyer_line_load(porosity, 0.5, 0.2, 4e5), q, rtol=1e-11)
    np.testing.assert_allclose(
        stress_at_porosity(porosity_at_stress(3e7, 0.5, 0.2, 4e7), 0.5, 0.2, 4e7), 3e7, rtol=1e-12
    )


def test_case_4_a_lighter_second_pass_leaves_meyers_coating_as_it_is():
    second = meyer_porosity(1e5, 0.5, 0.2, 4e5, largest_before=3e5)
    assert second == meyer_porosity(3e5, 0.5, 0.2, 4e5)
    assert meyer_porosity(5e5, 0.5, 0.2, 4e5, largest_before=3e5) < second


def test_case_4_a_second_pass_below_the_yield_stress_leaves_the_slab_as_it_is():
    first = pass_at_load(NMC, fresh_layer(NMC), 3e5, 0.25)
    second = pass_at_load(NMC, first.layer, 1e5, 0.25)
    assert second.peak_stress < first.peak_stress
    assert second.layer == first.layer
    assert second.work == 0


def test_case_5_fits_of_the_plate_press_data():
    porosity_min, sigma_c = fit_exponential(STRESS, POROSITY)
    assert porosity_min == pytest.approx(0.2652, rel=1e-3)
    assert sigma_c == pytest.approx(42.71e6, rel=1e-3)
    slope, intercept = fit_heckel(STRESS[1:], POROSITY[1:])
    assert (slope, intercept) == (
        pytest.approx(3.003e-9, rel=1e-3),
        pytest.approx(0.8668, rel=1e-3),
    )
    a, b = fit_kawakita(STRESS[1:], POROSITY[1:], 0.522)
    assert (a, 1 / b) == (pytest.approx(0.4007, rel=1e-3), pytest.approx(24.96e6, rel=1e-3))


def test_case_6_linear_slab():
    """The elastic pass is the linear slab on both arcs: twice (2/3) M a dH/H_0, M = 100 MPa."""
    layer = Layer(free=80e-6, yielded=60e-6, stress=100e6 * 20 / 80)
    nip = press(NMC, layer, layer.stress, 0.25, c_h=0.0)
    assert nip.length == pytest.approx(2.236068e-3, rel=1e-6)
    assert nip.line_load / 2 == pytest.approx(37.2678e3, rel=1e-6)


def test_case_7_winkler_strip():
    """Cylinder R on a layer b: P = (2/3) M a^3/(R b); two rolls of 2 R make the same gap."""
    modulus, b, radius, depth = 1e9, 100e-6, 0.1, 1e-7
    layer = Layer(free=b, yielded=b - 2 * depth, stress=modulus * 2 * depth / b)
    nip = press(NMC, layer, modulus * depth / b, 2 * radius, c_h=0.0)
    assert nip.length == pytest.approx(sqrt(2 * radius * depth), rel=1e-9)
    assert nip.line_load == pytest.approx(2 / 3 * modulus * nip.length**3 / (radius * b), rel=1e-6)


@pytest.mark.parametrize(
    ("gap", "porosity", "peak", "line_load"),
    [
        (70e-6, 0.45371, 13.202e6, 13.098e3),
        (62e-6, 0.38323, 33.200e6, 40.684e3),
        (58e-6, 0.34069, 52.284e6, 65.810e3),
    ],
)
def test_case_8_exponential_law_rigid_rolls(gap, porosity, peak, line_load):
    nip = pass_at_set_gap(RIGID, fresh_layer(RIGID), gap, 0.0, 0.25, c_h=0.0)
    assert nip.gap == pytest.approx(gap, rel=1e-10)
    assert 1 - RIGID.solid / nip.gap == pytest.approx(porosity, rel=1e-3)
    assert nip.peak_stress == pytest.approx(peak, rel=1e-3)
    assert nip.line_load == pytest.approx(line_load, rel=1e-3)


def test_the_nip_integral_equals_the_pressure_summed_along_the_web():
    """The same integral over x instead of over the stress, by adaptive quadrature."""
    nip = pass_at_load(RIGID, fresh_layer(RIGID), 8e4, 0.25)

    def pressure(x):
        height = nip.gap + x**2 / (0.25 * nip.flattening)
        return -RIGID.sigma_c * log(
            (1 - RIGID.solid / height - RIGID.porosity_min) / (0.522 - RIGID.porosity_min)
        )

    assert quad(pressure, 0, nip.length, epsabs=0, epsrel=1e-11)[0] == pytest.approx(8e4, rel=1e-9)
    # Moment balance: the rolls' work is the pressure times the closing of the gap.
    work = quad(
        lambda x: pressure(x) * 2 * x / (0.25 * nip.flattening), 0, nip.length, epsrel=1e-11
    )[0]
    assert nip.work == pytest.approx(work, rel=1e-9)
    assert nip.work < 8e4 * nip.length / 0.25


def test_case_9_hitchcock():
    ratios = [roll_flattening(q, 20e-6) for q in (1e5, 5e5, 1e6)]
    assert ratios == pytest.approx([1.1103, 1.5517, 2.1035], rel=1e-4)


def test_flattening_is_consistent_with_the_load_it_carries():
    nip = pass_at_load(NMC, fresh_layer(NMC), 5e5, 0.25)
    draft = (sqrt(180e-6 - nip.gap) + sqrt(nip.release)) ** 2
    assert nip.flattening == pytest.approx(roll_flattening(5e5, draft), rel=1e-10)


def test_flattened_elastic_contact_tends_to_hertz():
    """A stiff elastic strip leaves the roll's own contact: a^2 = 4 q R (1 - nu^2)/(pi E)."""
    layer = Layer(free=1e-6, yielded=1e-6 - 1e-9, stress=1e13 * 1e-3)
    nip = pass_at_load(NMC, layer, 5e5, 0.25)
    assert nip.length**2 == pytest.approx(4 * 5e5 * 0.25 * 0.91 / (pi * 210e9), rel=1e-3)


@pytest.mark.parametrize("line_load", [1e2, 1e3, 1e5, 5e5, 2e6])
def test_case_10_load_to_gap_and_back(line_load):
    at_load = pass_at_load(NMC, fresh_layer(NMC), line_load, 0.25)
    compliance = 0.3 / 1e9
    set_gap = at_load.gap - line_load * compliance
    at_gap = pass_at_set_gap(NMC, fresh_layer(NMC), set_gap, compliance, 0.25)
    assert at_gap.line_load == pytest.approx(line_load, rel=1e-8)


def test_case_11_spread_of_the_porosity():
    """eps = 1 - m/(h rho_s), 1 % spread of m and h each: sd = 0.7 sqrt(2) 0.01."""
    draw = np.random.default_rng(11).normal(1, 0.01, (2, 100_000))
    assert np.std(1 - 0.7 * draw[0] / draw[1]) == pytest.approx(0.009899, rel=0.02)


@pytest.mark.parametrize("line_load", [1e2, 1e5, 5e5, 2e6])
def test_the_nip_integral_converges(line_load):
    coarse, fine = (
        pass_at_load(NMC, fresh_layer(NMC), line_load, 0.25, n).peak_stress for n in (48, 96)
    )
    assert coarse == pytest.approx(fine, rel=1e-12)
    rough = pass_at_load(NMC, fresh_layer(NMC), line_load, 0.25, 3).peak_stress
    assert rough != pytest.approx(fine, rel=1e-9)


def test_load_compacts_and_release_gives_back_less_work_than_loading_took():
    loads = np.geomspace(1e2, 2e6, 40)
    nips = [pass_at_load(NMC, fresh_layer(NMC), q, 0.25) for q in loads]
    released = np.array([n.layer.free for n in nips])
    assert (np.diff(released) < 0).all()
    assert all(n.work > 0 for n in nips)
    assert all(n.layer.free > n.gap for n in nips)


def test_repeated_passes_approach_the_least_porosity():
    layer, porosity = fresh_layer(NMC), []
    for _ in range(6):
        layer = pass_at_load(NMC, layer, 5e5, 0.25).layer
        porosity.append(1 - NMC.solid / layer.free)
    assert (np.diff(porosity) < 0).all()
    assert porosity[-1] > NMC.porosity_min


def test_softer_and_thicker_webs_compact_more_and_less():
    base = pass_at_load(NMC, fresh_layer(NMC), 5e5, 0.25)
    soft = replace(NMC, sigma_c=40e6)
    thick = replace(NMC, solid=2 * NMC.solid)
    assert pass_at_load(soft, fresh_layer(soft), 5e5, 0.25).peak_stress < base.peak_stress * 1.2
    released = 1 - thick.solid / pass_at_load(thick, fresh_layer(thick), 5e5, 0.25).layer.free
    assert released > 1 - NMC.solid / base.layer.free


def test_heating_tends_to_the_half_space_and_to_the_roll():
    """Short contact: theta = 2 sqrt(Fo/pi)."""
    alpha, h, time = 3.7e-7, 60e-6, 2e-5  # Fo = 0.002
    assert mean_heating(time, h, alpha) == pytest.approx(
        2 * sqrt(alpha * time / h**2 / pi), rel=1e-12
    )
    at_switch = 0.05 * h**2 / alpha
    assert mean_heating(at_switch * (1 - 1e-12), h, alpha) == pytest.approx(
        mean_heating(at_switch, h, alpha), rel=1e-9
    )
    assert mean_heating(1.0, h, alpha) == pytest.approx(1, abs=1e-12)
    assert mean_heating(0.0, h, alpha) == 0


def test_slow_recovery_is_a_prony_series():
    """0.065 (1 - 1/e) + 0.057 (1 - exp(-211/4807)) of the elastic part (case D2-10)."""
    assert 1 - 0.5 - delayed_recovery(1.0, (0.065, 0.057), (211, 4807), 211) == pytest.approx(
        0.4565, abs=1e-4
    )


@settings(max_examples=150, deadline=None)
@given(
    line_load=st.floats(1e2, 3e6),
    thickness=st.floats(5e-6, 1e-3),
    porosity_0=st.floats(0.3, 0.7),
    share=st.floats(0.05, 0.95),
    sigma_c=st.floats(1e6, 5e8),
    modulus=st.floats(3e8, 2e10),
    radius=st.floats(0.05, 0.6),
    slow=st.floats(0, 0.5),
)
def test_any_sane_nip_is_solved(
    line_load, thickness, porosity_0, share, sigma_c, modulus, radius, slow
):
    """The load is met, the coating compacts within its law, and the rolls do work on it."""
    solid = thickness * (1 - porosity_0)
    law = Law(solid, porosity_0, share * porosity_0, sigma_c, modulus, slow)
    assume(press(law, fresh_layer(law), 0.9 * modulus / (1 + slow), radius).line_load > line_load)
    nip = pass_at_load(law, fresh_layer(law), line_load, radius)
    assume(
        nip.peak_stress < 25 * sigma_c
    )  # at e^-25 of its range there is no porosity left to press
    assert nip.line_load == pytest.approx(line_load, rel=1e-9)
    assert nip.flattening > 1
    recovered = nip.layer.free + slow * nip.release
    assert solid / (1 - law.porosity_min) <= recovered * (1 + 1e-12)
    assert recovered <= thickness * (1 + 1e-12)
    assert nip.work > -1e-10 * nip.peak_stress * nip.gap
    coarse = pass_at_load(law, fresh_layer(law), line_load, radius, points=48)
    assert coarse.peak_stress == pytest.approx(nip.peak_stress, rel=1e-8)
