"""NMC111 cathodes pressed at a set gap: gap, thickness and porosity before, porosity after.

The set gap is not the thickness: the coatings [Duquesnoy2020] come out 11 to 137 um thicker than
it, so that the mill's stretch and the coating's spring-back must be in the model. The roll force
was not published; only the product of stress scale and mill compliance can be found from the
data, and the release modulus is taken as 1 GPa.
"""

import csv

import numpy as np
import pytest
from scipy.optimize import least_squares

from multiscale.stages.calendering.roll_gap import Law, fresh_layer, pass_at_set_gap
from tests.public_data import DATA

FILE = DATA / "nmc111_calendering" / "porosity_after_gap.csv"
ROLL_RADIUS = 0.125
START = (
    0.22,
    0.04,
    np.log(40e6),
    np.log(4e-10),
)  # eps_min, its rise with composition, sigma_c, w/k


def electrodes():
    if not FILE.exists():
        pytest.skip(
            f"{FILE} is not here; docs/explanation/calendering.md says where the data are from"
        )
    with FILE.open() as lines:
        table = np.array([[float(x) for x in row] for row in list(csv.reader(lines))[1:]])
    return [
        dict(active=r[1], gap=r[3] * 1e-6, porosity=r[4], thickness=r[5] * 1e-6, after=r[6])
        for r in table
    ]


def predicted(p, electrode):
    porosity_min = p[0] + p[1] * (electrode["active"] - 0.95) / 0.02
    solid = electrode["thickness"] * (1 - electrode["porosity"])
    law = Law(solid, electrode["porosity"], porosity_min, np.exp(p[2]), unloading_modulus=1e9)
    nip = pass_at_set_gap(
        law, fresh_layer(law), electrode["gap"], np.exp(p[3]), ROLL_RADIUS, points=32
    )
    return 1 - solid / nip.layer.free


def fitted(some):
    bounds = ([0.05, -0.08, np.log(2e6), -27], [0.28, 0.08, np.log(5e8), -18])
    return least_squares(
        lambda p: [predicted(p, e) - e["after"] for e in some],
        START,
        bounds=bounds,
        x_scale=[0.05, 0.02, 1, 1],
        xtol=1e-5,
        ftol=1e-5,
    ).x


def rms(errors):
    return float(np.sqrt(np.mean(np.square(errors))))


def test_porosity_after_a_set_gap():
    """Fit to all within 1.5 points; the gap taken as the thickness is off by tens of points."""
    every = electrodes()
    p = fitted(every)
    fit = rms([predicted(p, e) - e["after"] for e in every])
    no_stretch = [1 - e["thickness"] * (1 - e["porosity"]) / e["gap"] - e["after"] for e in every]
    assert fit < 0.015
    assert rms(no_stretch) > 10 * fit


@pytest.mark.slow
def test_porosity_of_electrodes_left_out():
    """Leave one out: 1.9 points; replicates scatter by 0.65, a regression leaves 1.6 to 1.7."""
    every = electrodes()
    errors = []
    for i, left_out in enumerate(every):
        errors.append(predicted(fitted(every[:i] + every[i + 1 :]), left_out) - left_out["after"])
    assert rms(errors) < 0.021
