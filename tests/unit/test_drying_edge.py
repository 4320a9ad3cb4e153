"""Film-2d: its options, its record, what it refuses, and the file for ParaView."""

import re
from pathlib import Path

from mpi4py import MPI

import numpy as np
import pytest
from drying_case import Inputs, anode, cathode

from multiscale.cli.main import main
from multiscale.coupling.context import Context
from multiscale.errors import StageFailed
from multiscale.records import DryCoating
from multiscale.results import write_section
from multiscale.stages.drying import Edge, Film1D, Film2D, dry
from multiscale.stages.drying.edge.mesh import duals, graded_positions
from multiscale.stages.drying.edge.sampled import first_below
from multiscale.stages.drying.edge.solve import refuse_open_balances, share_steps
from multiscale.stages.drying.edge.stage import dry_width
from multiscale.stages.drying.osmotic import no_solution
from multiscale.stages.drying.solids_options import SolidsOptions

CASE = str(Path(__file__).resolve().parents[2] / "cases" / "nmc622_cathode")
COARSE = {"columns": 24, "layers": 20, "steps": 40, "tolerance": 2e-5}


def coat(inputs: Inputs, options: Film1D) -> DryCoating:
    comm = MPI.COMM_SELF
    return dry.call(*inputs, options, Context(comm, comm.Dup()))


def with_edge(inputs: Inputs, **changes: float) -> DryCoating:
    options = Film2D().probe()
    edge = Edge().model_copy(update=COARSE | changes)
    return coat(inputs, options.model_copy(update={"edge": edge}))


@pytest.fixture(scope="module")
def coating() -> DryCoating:
    return with_edge(cathode())


def test_kind_is_accepted() -> None:
    assert dry.kinds["film-2d"] is Film2D
    assert Film2D().probe().edge.columns < Film2D().edge.columns


def test_the_middle_is_what_film_1d_gives(coating: DryCoating) -> None:
    plain = coat(cathode(), Film1D().probe())
    for name, port in DryCoating.ports().items():
        if not name.startswith("edge_") and port.kind in ("scalar", "profile"):
            np.testing.assert_array_equal(getattr(coating, name), getattr(plain, name))
    assert plain.edge_position.size == 0


def test_the_edge_is_thinner_dries_first_and_holds_air(coating: DryCoating) -> None:
    assert coating.edge_height[0] < 0.5 * coating.edge_height[-1]
    assert coating.edge_dry[0] < coating.edge_dry[-1] - 5
    assert coating.edge_packed[0] < coating.edge_packed[-1]
    assert coating.edge_height[-1] == pytest.approx(coating.thickness, rel=0.02)
    assert 1e-3 < dry_width(coating.edge_position, coating.edge_saturation) < 22e-3
    assert coating.edge_saturation[0] < 0.2


def test_binder_adds_up_across_the_strip(coating: DryCoating) -> None:
    """Binder per area, over that of the wet film, is what the wet edge held."""
    y = coating.edge_position
    kept = coating.edge_binder[0] * coating.edge_loading @ duals(y)
    assert kept == pytest.approx(coating.edge_loading @ duals(y), rel=0.01)


def test_section_has_a_mean_of_one(coating: DryCoating) -> None:
    np.testing.assert_allclose(coating.edge_section.mean(axis=2), 1.0, rtol=1e-6)


def test_a_slope_that_does_not_fit_is_refused() -> None:
    with pytest.raises(StageFailed, match=r"slopes over .* raise drying.edge.width"):
        with_edge(cathode(), angle=0.02)


def test_two_binders_in_water() -> None:
    coating = with_edge(anode())
    assert coating.edge_binder.shape == (2, coating.edge_position.size)
    assert np.isfinite(coating.edge_section).all()


IMPOSSIBLE = {
    "width": ("1 mm", r"allowed 2 to 200 mm"),
    "bare_foil": ("-1 mm", r"allowed 0 to 100 mm"),
    "angle": ("90 deg", r"allowed 1.14592 to 45.8366 deg"),
    "rim": ("0", r"allowed 0.05 to 1"),
    "bead": ("-0.1", r"allowed 0 to 1"),
    "air_enhancement": ("-0.3", r"allowed 0 to 5"),
    "air_layer": ("0 mm", r"allowed 0.1 to 100 mm"),
    "nozzle_variation": ("1", r"allowed 0 to 0.9"),
    "nozzle_pitch": ("20", r"has no unit"),
    "viscosity": ("-2 Pa*s", r"allowed 0.0001 to 10000 Pa\*s"),
    "yield_stress": ("1 Pa*s", r"needs Pa"),
    "surface_tension_factor": ("-1", r"allowed 0 to 3"),
    "medium_viscosity": ("0 Pa*s", r"allowed 0.0001 to 1000 Pa\*s"),
    "thickening": ("9", r"allowed 0 to 8"),
    "columns": ("8", r"16"),
    "layers": ("4001", r"4000"),
    "steps": ("2.5", r"whole number|integer"),
    "tolerance": ("0", r"allowed 1e-10 to 0.001"),
}


@pytest.mark.parametrize("name", Edge.model_fields)
def test_each_option_refuses_what_cannot_be(name: str, capsys: pytest.CaptureFixture) -> None:
    value, said = IMPOSSIBLE[name]
    sets = ["--set", "drying.kind=film-2d", "--set", f"drying.edge.{name}={value}"]
    assert main(["check", CASE, *sets]) == 64
    error = capsys.readouterr().err
    assert re.search(rf"drying\.edge\.{name}", error), error
    assert re.search(said, error), error


def test_the_solids_of_film_1d_are_those_of_the_strip() -> None:
    """The edge once had a gel fraction of its own."""
    dense = Film2D(solids=SolidsOptions(gel_point=0.55)).probe()
    with pytest.raises(StageFailed, match=r"gel_point 0.55 is not below"):
        coat(cathode(), dense)


def test_a_stage_without_solution_says_what_to_change() -> None:
    assert "raise drying.edge.steps" in str(no_solution("", 1.0, 0.1, "drying.edge.steps"))
    crowded = no_solution("", 1.0, 0.9, "drying.edge.steps")
    assert re.search(r"fills 0\.90 of its room .* raise drying\.dispersion", str(crowded))


def test_open_balances_are_refused() -> None:
    with pytest.raises(StageFailed, match="balance of solvent is off by"):
        refuse_open_balances({"solvent": 2e-8})
    with pytest.raises(StageFailed, match="balance of heat"):
        refuse_open_balances({"heat": float("nan")})
    refuse_open_balances({"solvent": 1e-9, "heat": 1e-7})


def test_first_time_below_is_interpolated() -> None:
    times = np.linspace(0, 10, 11)
    values = np.column_stack([5.25 - times, times + 1, -np.ones(11)])
    np.testing.assert_allclose(first_below(times, values), [5.25, 10.0, 0.0])


def test_steps_hit_the_zone_ends() -> None:
    times = np.linspace(0, 100, 201)
    S = np.outer(1 - times / 101, np.ones(3))
    steps = share_steps(times, S, 90.0, 50, np.array([33.3, 95.0]))
    assert steps[0] == 0 and steps[-1] == 90.0 and 33.3 in steps
    assert (np.diff(steps) > 0).all()


def test_graded_positions_start_with_the_given_cell() -> None:
    y = graded_positions(1.0, 0.01, 30)
    assert y[1] == pytest.approx(0.01) and y[-1] == 1.0
    np.testing.assert_allclose(np.diff(y)[1:] / np.diff(y)[:-1], np.diff(y)[1] / np.diff(y)[0])
    assert duals(y).sum() == pytest.approx(1.0)


def test_paraview_reads_the_section(coating: DryCoating, tmp_path: Path) -> None:
    import pyvista

    grid = pyvista.read(write_section(coating, tmp_path / "edge.vts"))
    y, z = coating.edge_position, coating.z
    assert grid.n_points == y.size * z.size
    points = grid.points.reshape(z.size, y.size, 3)
    np.testing.assert_allclose(points[0, :, 0], y, rtol=1e-6)
    np.testing.assert_allclose(points[-1, :, 1], z[-1] * coating.edge_height, rtol=1e-6)
    found = grid["binder_0"].reshape(z.size, y.size).T
    np.testing.assert_allclose(found, coating.edge_section[0], rtol=1e-6)
