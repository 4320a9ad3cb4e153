"""Film and particles by turns: what passes between them, and when they agree."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import grains_case
import numpy as np
import pytest
from typer.testing import CliRunner

from multiscale.case.load import load_case
from multiscale.case.templates import copy_template
from multiscale.cli.main import app
from multiscale.cli.network import case_by
from multiscale.cli.rounds import Round, alternate, mass_gap, round_of
from multiscale.errors import HandoverError
from multiscale.records import DryCoating, Formulation, Packing, Powder, WetFilm
from multiscale.stages.grains.network import Network, network_of
from multiscale.stages.grains.protocol import Entry

SOLIDS = grains_case.LOADING * (0.94 / 4750 + 0.03 / 1900 + 0.03 / 1780)
# phi and overlap of soft spheres; P and its scatter; k and its error.
SEEN = np.array([
    [0.40, 0.00, 0.00, 0.00, 9e-14, 2e-14],
    [0.50, 0.00, 0.10, 0.01, 4e-14, 7e-15],
    [0.52, 0.00, 0.08, 0.01, 5e-14, 7e-15],
    [0.60, 0.01, 2.40, 0.02, 1e-14, 1e-15],
]).T  # fmt: skip


@cache
def seen() -> Network:
    return network_of(SEEN, Entry(2.0, SOLIDS / 1e-6), SOLIDS, grains_case.LOADING)


@cache
def made() -> dict:
    coating = grains_case.coating()
    return {
        Powder: grains_case.POWDER, Formulation: grains_case.FORMULATION,
        WetFilm: grains_case.wet_film(), Packing: grains_case.packing(),
        DryCoating: replace(coating, error=coating.error | {"porosity": 0.01}),
    }  # fmt: skip


def test_the_error_of_phi_max_is_softness_and_what_lacks_to_air_entry() -> None:
    """Hard spheres stand at 0.6 (1 - 0.03) = 0.582; P rises by 2.32 on the last 0.062."""
    p_e, slope = 2 * 0.582 / 0.418, 2.32 / 0.062
    assert seen().phi_max == pytest.approx(0.582, abs=1e-5)
    assert seen().phi_max_error == pytest.approx(0.009 + (p_e - 2.4) / slope, rel=1e-3)
    assert seen().pressure[-1] == pytest.approx(2.4 / p_e, rel=1e-4)
    assert seen().pressure_error[-1] == pytest.approx((0.02 + 0.009 * slope) / p_e, rel=1e-3)
    assert seen().pressure_error[0] == 0.0
    # Its pores are those of soft spheres at the same solid fraction.
    assert 1e-14 < seen().permeability[-1] < 5e-14
    assert seen().permeability_error[-1] > 0.5 * (seen().permeability[-1] - 1e-14)


def test_the_case_written_dries_its_film_by_the_network(tmp_path: Path) -> None:
    """The row whose permeability does not fall is left out; no row carries less than one before."""
    copy_template("minimal", tmp_path / "case")
    file = tmp_path / "network.toml"
    file.write_text(case_by(seen(), 3e4, tmp_path / "case" / "case.toml"))
    table = load_case(file).options["drying"].solids.network
    assert table.solids_mass == pytest.approx(grains_case.LOADING, rel=1e-11)
    assert table.solid_fraction == pytest.approx([0.4, 0.52, 0.582], abs=1e-5)
    bore = 3e4 * 0.1 / (2 * 0.582 / 0.418)  # in the row that is left out
    assert table.yield_stress == pytest.approx([0.0, bore, 3e4], rel=1e-4)
    last = 1 - seen().pressure[-1] + seen().pressure_error[-1]  # what it lacks at rest, and more
    assert table.yield_stress_error[-1] == pytest.approx(3e4 * last, rel=1e-5)
    assert table.permeability == pytest.approx(seen().permeability[[0, 2, 3]], rel=1e-5)


def test_solids_lost_between_film_and_particles_are_refused() -> None:
    assert mass_gap(made(), seen()) < 1e-12
    lighter = replace(seen(), mass=seen().mass * (1 - 2e-8))
    with pytest.raises(HandoverError, match=r"the pressed network has 149\.9"):
        round_of(made(), lighter)
    packing = grains_case.packing()
    heavier = made() | {Packing: replace(packing, active_mass=packing.active_mass * (1 + 3e-8))}
    with pytest.raises(HandoverError, match=r"the packing has 150\.0"):
        round_of(heavier, seen())


@pytest.mark.parametrize(("drift", "taken"), [(0.0, 2), (1.0, 3), (3.0, 4)])
def test_rounds_end_where_changes_are_within_the_errors(drift: float, taken: int) -> None:
    """phi_max moves by `drift` of its error, then by a fourth of that from round to round."""
    told: list[Round] = []

    def press(records: dict) -> Network:
        moved = 2.2 * drift * seen().phi_max_error * (1 - 0.25 ** len(told))
        return replace(seen(), phi_max=seen().phi_max + moved)

    agreed = alternate(lambda network: made(), press, 3, told.append)
    assert agreed == (taken <= 3)
    assert len(told) == min(taken, 3)


@pytest.mark.slow
def test_film_and_particles_agree_by_the_command(tmp_path: Path) -> None:
    """Some 300 spheres: the film that packs by their network is the one that they pack to."""
    copy_template("minimal", tmp_path / "case")
    box = ['grains.lateral_size="44 um"', 'grains.cbd_diameter="6 um"', "grains.steps=2000"]
    given = [part for setting in box for part in ("--set", setting)]
    file = tmp_path / "network.toml"
    command = ["network", str(tmp_path / "case"), *given, "--points", "3", "--rounds", "4",
               "--out", str(tmp_path / "run"), "--toml", str(file)]  # fmt: skip
    said = CliRunner().invoke(app, command)
    assert said.exit_code == 0, said.output
    rounds = [
        line.split() for line in said.output.splitlines() if re.match(r"\d +0\.\d+ \+-", line)
    ]
    first, before, last = rounds[0], rounds[-2], rounds[-1]
    assert float(first[4]) == pytest.approx(0.5, abs=0.01)  # porosity of the film by its own laws
    assert float(last[4]) < 0.45  # denser, as the particles pack
    # The press sees what was dried: another film, another packing, another answer, until it stays.
    assert abs(float(rounds[1][1]) - float(first[1])) > 1e-3
    assert float(last[1]) == pytest.approx(float(before[1]), abs=float(last[3]))
    assert float(last[7]) == pytest.approx(float(last[4]), abs=float(last[6]) + float(last[9]))
    assert float(last[-1]) < 1e-8
    assert load_case(file).options["drying"].solids.network is not None
