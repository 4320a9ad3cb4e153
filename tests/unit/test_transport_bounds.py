"""What no geometry can give does not leave the transport stage: one planted violation each."""

from dataclasses import replace

import numpy as np
import pytest

from multiscale.errors import StageFailed
from multiscale.stages.transport import Voxels, tortuosity
from multiscale.stages.transport.bounds import hashin_shtrikman_shortfall
from multiscale.stages.transport.domain import by_domain
from multiscale.stages.transport.problem import Transport
from multiscale.stages.transport.tortuosity import Boundary
from multiscale.stages.transport.values import best, broken_bound
from multiscale.stages.transport.volume import Image

PORE = np.array([0.3, 0.7]), np.array([1.0, 0.0])
HEAT = np.array([0.3, 0.6, 0.1]), np.array([0.18, 4.0, 0.3])
PLAIN = Voxels(extrapolate=False)


def along(conductivity: float, coarse: float | None = None, **known: float) -> Transport:
    """One solve in four equal layers."""
    layers, none = np.full(4, conductivity), np.zeros(4)
    coarse = conductivity if coarse is None else coarse
    return Transport(conductivity, layers, 1.0, known.pop("flux_mismatch", 1e-7), np.ones(4),
                     coarse, layers, known.pop("error", 0.0), none, **known)  # fmt: skip


def test_lower_bound_in_closed_form() -> None:
    """Case 9: met by spheres of a good conductor in a poor one, and by laminates."""
    fraction, d = np.array([0.7, 0.3]), np.array([1.0, 10.0])
    coated = np.full(3, 1 + 0.3 / (1 / 9 + 0.7 / 3))  # Maxwell's D of coated spheres
    assert hashin_shtrikman_shortfall(fraction, d, coated) == pytest.approx(0, abs=1e-12)
    assert hashin_shtrikman_shortfall(fraction, d, 0.99 * coated) > 1e-3
    half, laminate = np.array([0.5, 0.5]), np.array([5.5, 5.5, 20 / 11])
    assert hashin_shtrikman_shortfall(half, d, laminate) == pytest.approx(0, abs=1e-12)
    assert hashin_shtrikman_shortfall(*PORE, np.zeros(3)) == 0
    assert hashin_shtrikman_shortfall(half, np.ones(2), np.ones(3)) == 0


@pytest.mark.parametrize(
    ("planted", "fraction", "d", "said"),
    [
        (2 * 0.3 / 2.7 * (1 + 1e-5), *PORE, "upper Hashin-Shtrikman"),
        (0.301, *PORE, "Wiener"),
        (0.80, *HEAT, "lower Hashin-Shtrikman"),
        (0.40, *HEAT, "Wiener"),
        (2.75, *HEAT, "Wiener"),
        (2.30, *HEAT, "upper Hashin-Shtrikman"),
    ],
)
def test_solves_beyond_a_bound_stop_the_stage(planted, fraction, d, said) -> None:
    """Stairs are held to 1e-6 and what the fluxes differ by."""
    with pytest.raises(StageFailed, match=said):
        best("planted", fraction, d, [along(planted)] * 3, PLAIN)


def test_only_what_the_fluxes_differ_by_is_allowed_for() -> None:
    limit = 2 * 0.3 / 2.7
    assert not broken_bound(*PORE, [along(limit * (1 + 5e-7))] * 3)
    assert broken_bound(*PORE, [along(limit * (1 + 5e-5), error=0.1)] * 3)
    assert not broken_bound(*PORE, [along(limit * (1 + 5e-5), flux_mismatch=1e-4)] * 3)


def test_the_lower_bound_is_asked_of_the_value_from_above() -> None:
    """Finite volumes may lie below it: they are a lower bound themselves."""
    assert broken_bound(*HEAT, [along(0.8)] * 3)
    assert not broken_bound(*HEAT, [along(0.8, upper=1.6)] * 3)


def test_electrons_by_the_domain_keep_the_bounds() -> None:
    """A domain of a tenth: what it proves is checked, and what is taken beyond it as well."""
    fraction, d = np.array([0.3, 0.6, 0.1]), np.array([0.0, 1e-3, 100.0])
    voxels = [along(0.5, 0.3, error=5.0)] * 3
    halves = replace(along(3.0, 0.5, error=1.0, sharper=2.0), ceiling=np.full(4, 10.0))
    assert by_domain(voxels, voxels, [halves] * 3, fraction, d)[0].conductivity == 3.0
    beyond = replace(halves, conductivity=8.0)  # 2 f/(3 - f) of 100 is 6.9
    assert by_domain(voxels, voxels, [beyond] * 3, fraction, d) is voxels
    with pytest.raises(StageFailed, match="domain on halves"):
        by_domain(voxels, voxels, [replace(halves, sharper=8.0)] * 3, fraction, d)


@pytest.mark.parametrize("boundary", Boundary)
def test_image_beyond_a_bound_is_refused(boundary, monkeypatch) -> None:
    """A planted D of an image: Wiener's bound with each boundary, the other where axes share it."""
    label = np.zeros((8, 8, 8), np.uint8)
    label[2:6, 2:6, 2:6] = 1
    d = np.array([1.0, 0.0])

    def solve(planted: float) -> None:
        found = replace(along(planted), cross=np.zeros(3))
        monkeypatch.setattr(tortuosity, "solve_along", lambda *_: found)
        monkeypatch.setattr(tortuosity, "effective_tensor", lambda *_, **__: planted * np.eye(3))
        tortuosity.effective_diffusivity(Image(label), np.ones(3), d, d, boundary)

    eps = 1 - 1 / 8
    solve(2 * eps / (3 - eps))
    with pytest.raises(StageFailed, match="Wiener"):
        solve(1.00001 * eps)
    if boundary is Boundary.PERIODIC_SIDES:
        solve(eps)
    else:
        with pytest.raises(StageFailed, match="upper Hashin-Shtrikman"):
            solve(2.0001 * eps / (3 - eps))
