"""Checkpoints come back bit for bit, whole or not at all; frames open in ParaView's reader."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from mpi4py import MPI

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from multiscale.errors import CaseError, FileError, StageFailed
from multiscale.particles import checkpoint, slabs
from multiscale.particles.box import Box
from multiscale.particles.checkpoint import Snapshot, read, write
from multiscale.particles.frames import write_frame
from multiscale.particles.laws.hertz_mindlin import hertz_mindlin
from multiscale.particles.measure import measure
from multiscale.particles.migrate import Ragged
from multiscale.particles.output import write_contacts, write_particles
from multiscale.particles.simulation import Simulation
from multiscale.particles.state import spheres

COMM, SELF = MPI.COMM_WORLD, MPI.COMM_SELF


def shared(tmp_path: Path) -> Path:
    """The same folder on all ranks, each of which is given its own by pytest."""
    return Path(COMM.bcast(str(tmp_path)))


def state(n: int, *, seed: int = 0, step: int = 100, first: int = 0) -> Snapshot:
    """What a rank with n particles may hold; the ids count from `first`."""
    draw = np.random.default_rng(seed)
    counts = draw.integers(0, 5, n).astype(np.int32)
    k = int(counts.sum())
    return Snapshot(
        step,
        {
            "X": draw.normal(size=(n, 4)),
            "V": draw.normal(size=(n, 8)),
            "gid": np.arange(first, first + n)[::-1],
            "type": draw.integers(0, 3, n).astype(np.int8),
        },
        {"contacts": Ragged(counts, (draw.integers(0, 9, k), draw.normal(size=(k, 3))))},
        {"bonds": {"ids": draw.integers(0, 9, (n // 2, 2)), "force": draw.normal(size=n // 2)}},
        {"box": np.array([[1.0, 0.3, 0], [0, 2, 0], [0, 0, np.nan]])},
        {"time": 0.1 + 0.2, "tilt": -0.0, "stage": "hold", "rate": [1e-300, 5e-324]},
        {"laws": [{"name": "hertz", "friction": 0.5}], "dt": 1e-9},
    )


def same(one: Any, other: Any) -> bool:
    """Whether all arrays have the same type, shape and bytes, and all else is equal."""
    if isinstance(one, Snapshot):
        return all(same(getattr(one, f.name), getattr(other, f.name)) for f in fields(Snapshot))
    if isinstance(one, dict):
        return sorted(one) == sorted(other) and all(same(one[k], other[k]) for k in one)
    if isinstance(one, tuple | list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, np.ndarray):
        return (
            one.dtype == other.dtype
            and one.shape == other.shape
            and one.tobytes() == other.tobytes()
        )
    return repr(one) == repr(other)


def joined(parts: list[Snapshot]) -> Snapshot:
    """All ranks' rows, one rank after the other."""
    whole = parts[0]
    bundles = [p.ragged["contacts"] for p in parts]
    items = zip(*(b.items for b in bundles), strict=True)
    return replace(
        whole,
        particles={k: np.concatenate([p.particles[k] for p in parts]) for k in whole.particles},
        ragged={
            "contacts": Ragged(
                np.concatenate([b.counts for b in bundles]),
                tuple(np.concatenate(item) for item in items),
            )
        },
        tables={
            name: {k: np.concatenate([p.tables[name][k] for p in parts]) for k in table}
            for name, table in whole.tables.items()
        },
    )


@given(st.data())
def test_every_bit_comes_back(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    n = data.draw(st.integers(0, 4))
    bits = arrays(np.uint64, (n, 2), elements=st.integers(0, 2**64 - 1))
    rows = data.draw(bits).view(np.float64)  # NaN with any payload, -0, subnormal numbers
    kept = replace(state(n), particles={"X": rows, "fixed": np.arange(n) % 2 == 0})
    folder = tmp_path_factory.mktemp("checkpoint")
    write(folder, kept, SELF)
    assert same(read(folder, SELF), replace(kept, ranks=1))


@pytest.mark.mpi(3)
def test_each_rank_gets_its_own_rows_back_in_their_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One rank has no particle; pieces of a few rows make sure that they are put together."""
    monkeypatch.setattr(slabs, "PIECE", 300)
    folder = shared(tmp_path)
    mine = state([50, 0, 23][COMM.rank], seed=COMM.rank, first=100 * COMM.rank)
    write(folder, mine, COMM)
    back = read(folder, COMM)
    assert back is not None
    assert same(back, replace(mine, shared=state(0).shared, ranks=3))


@pytest.mark.mpi(3)
def test_another_number_of_ranks_gets_all_rows_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoint, "PIECE", 7)  # counts summed by sevens
    folder = shared(tmp_path)
    mine = state([50, 0, 23][COMM.rank], seed=COMM.rank, first=100 * COMM.rank)
    whole = replace(joined(COMM.allgather(mine)), ranks=3)
    write(folder, mine, COMM)
    alone = read(folder, SELF)
    assert same(alone, whole)
    pair = COMM.Split(COMM.rank < 2)
    part = read(folder, pair)
    assert part is not None
    parts = pair.allgather(part)
    if COMM.rank < 2:
        assert [len(p.particles["X"]) for p in parts] == [36, 37]
        assert same(joined(parts), whole)


def test_the_two_newest_are_kept(tmp_path: Path) -> None:
    assert read(tmp_path, SELF) is None
    for step in (9, 10, 100, 11):
        write(tmp_path, state(4, step=step), SELF)
    assert [path.name for path in tmp_path.iterdir()] != []
    assert [path.name for path in checkpoint.checkpoints(tmp_path)] == [
        "step-000000000011.h5",
        "step-000000000100.h5",
    ]
    back = read(tmp_path, SELF)
    assert back is not None and back.step == 100


@pytest.mark.parametrize("harm", ["cut", "flip", "empty"])
def test_a_damaged_file_is_never_read(
    tmp_path: Path, harm: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoint.logger, "propagate", True)
    write(tmp_path, state(1000, step=1), SELF)
    newest = write(tmp_path, state(1000, step=2), SELF)
    content = bytearray(newest.read_bytes())
    at = content.find(state(1000, step=2).particles["X"].tobytes()[:64])
    content[at] ^= 1
    newest.write_bytes({"cut": content[:-2000], "flip": content, "empty": b""}[harm])
    back = read(tmp_path, SELF)
    assert back is not None and back.step == 1
    assert "step-000000000002.h5 is no whole checkpoint" in caplog.text
    checkpoint.checkpoints(tmp_path)[0].unlink()
    with pytest.raises(FileError, match=r"no whole checkpoint .*; remove .* to begin from nothing"):
        read(tmp_path, SELF)


def test_other_settings_are_refused_by_name(tmp_path: Path) -> None:
    kept = state(4)
    path = write(tmp_path, kept, SELF)
    assert read(tmp_path, SELF, kept.settings) is not None
    now = {"laws": [{"name": "hertz", "friction": 0.4}], "dt": 1e-9, "seed": np.int64(3)}
    with pytest.raises(CaseError) as refused:
        read(tmp_path, SELF, now)
    assert str(refused.value) == (
        f"{path} was written with other settings:\n"
        "  laws[0].friction: 0.5 in the checkpoint, 0.4 now\n"
        "  seed: nothing in the checkpoint, 3 now\n"
        "go on with those, or begin from nothing in another folder"
    )


def test_a_newer_format_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, state(4), SELF)
    with h5py.File(path, "a") as file:
        file.attrs["format"] = checkpoint.FORMAT + 1
    with pytest.raises(FileError, match="install a newer multiscale"):
        read(tmp_path, SELF)


@pytest.mark.mpi(2)
def test_ranks_leave_together_where_nothing_can_be_written(tmp_path: Path) -> None:
    taken = shared(tmp_path) / "taken"
    taken.touch()
    with pytest.raises(FileError, match="cannot be written") as told:
        write(taken, state(50_000), COMM)
    assert told.value.agreed
    mine = state(5)
    if COMM.rank == 1:
        mine = replace(mine, particles={"X": np.zeros((0, 3))})
    with pytest.raises(StageFailed, match=r"hold 'particles/X' as .*\(3,\) and .*\(4,\)"):
        write(shared(tmp_path), mine, COMM)
    COMM.Barrier()
    assert not list(shared(tmp_path).glob(".*"))


FULL_DISK = """
import resource, signal, sys
from pathlib import Path
from mpi4py import MPI
import numpy as np
from multiscale.errors import FileError
from multiscale.particles.checkpoint import Snapshot, checkpoints, read, write
folder, comm = Path(sys.argv[1]), MPI.COMM_SELF
write(folder, Snapshot(1, {"X": np.ones((10, 4))}), comm)
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (3_000_000, 3_000_000))
try:
    write(folder, Snapshot(2, {"X": np.ones((1_000_000, 4))}), comm)
except FileError as error:
    print(error)
assert [path.name for path in folder.iterdir()] == ["step-000000000001.h5"]
assert read(folder, comm).step == 1
"""


def test_a_full_disk_leaves_the_older_one(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(tmp_path)], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert "cannot be written" in done.stdout and "space left" in done.stdout


def columns(n: int, first: int) -> dict[str, Any]:
    """One row per particle, told apart by its number."""
    k = np.arange(first, first + n)
    return {
        "radius": 1e-6 * (1 + k),
        "type": (k % 3).astype(np.int8),
        "id": k,
        "velocity": np.stack([k, 2 * k, -k], axis=1) / 7,
        "spin": np.zeros((n, 3)),
        "stress": np.arange(6 * n).reshape(n, 6) + 6.0 * first,
        "coordination": (k % 5).astype(np.int32),
    }


@pytest.mark.mpi(3)
def test_frames_hold_the_rows_of_all_ranks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slabs, "PIECE", 100)
    n, first = [(4, 0), (0, 4), (20, 4)][COMM.rank]
    folder, frame = shared(tmp_path), (1200, 0.25, COMM)
    centre = np.stack([np.arange(first, first + n), np.ones(n), np.zeros(n)], axis=1)
    points = write_particles(folder, *frame, centre, columns(n, first))
    force = np.arange(first, first + n) * 1.0
    given = {"normal_force": force, "tangential_force": 0.1 * force, "gap": -force}
    ends = centre, centre + np.array([0, 0, 2 + COMM.rank])
    lines = write_contacts(folder, *frame, *ends, given)
    if COMM.rank == 0:
        check_points(points)
        check_lines(lines)
    given["gap"] = np.zeros(n + COMM.rank)
    with pytest.raises(StageFailed, match=r"1 of 3: there are 0 contacts, but 'gap' has 1 rows"):
        write_contacts(folder, *frame, *ends, given)


def check_points(path: Path) -> None:
    import pyvista as pv

    mesh = pv.read(path)
    assert isinstance(mesh, pv.PolyData)
    assert (mesh.n_points, mesh.n_verts, mesh.n_lines) == (24, 24, 0)
    assert mesh.points[:, 0].tolist() == list(range(24))
    for name, expected in columns(24, 0).items():
        assert np.array_equal(mesh.point_data[name], expected), name
    assert mesh.field_data["TimeValue"] == [0.25]
    with h5py.File(path) as file:
        assert file["VTKHDF/PointData/stress"].attrs["units"] == "Pa"


def check_lines(path: Path) -> None:
    import pyvista as pv

    mesh = pv.read(path)
    assert (mesh.n_points, mesh.n_lines, mesh.n_verts) == (48, 24, 0)
    assert mesh.cell_data["normal_force"].tolist() == list(range(24))
    length = mesh.compute_cell_sizes().cell_data["Length"]
    assert length == pytest.approx([2.0] * 4 + [4.0] * 20)
    assert mesh.cell_data["gap"][23] == -23


def test_a_series_goes_on_after_a_restart(tmp_path: Path) -> None:
    """Frames after the restart were of a run that was given up; they are listed no more."""
    import pyvista as pv

    for step in (0, 10, 20, 30, 20):
        centre = np.full((2, 3), float(step))
        write_particles(tmp_path, step, 0.1 * step, SELF, centre, columns(2, 0))
    listed = json.loads((tmp_path / "particles.vtkhdf.series").read_text())["files"]
    assert [frame["time"] for frame in listed] == pytest.approx([0, 1, 2])
    reader = pv.get_reader(tmp_path / "particles.vtkhdf.series")
    reader.set_active_time_value(listed[1]["time"])
    assert reader.read().points[0, 0] == 10
    assert not list(tmp_path.glob(".*"))


def test_no_particle_and_no_contact_make_a_frame(tmp_path: Path) -> None:
    import pyvista as pv

    none = np.zeros((0, 3))
    assert pv.read(write_particles(tmp_path, 0, 0.0, SELF, none, columns(0, 0))).n_points == 0
    assert pv.read(write_contacts(tmp_path, 0, 0.0, SELF, none, none, {})).n_lines == 0


@pytest.mark.mpi(2)
def test_a_frame_of_a_simulation_has_each_contact_once(tmp_path: Path) -> None:
    """The stresses of the particles, weighted by volume, sum up to that of the packing."""
    side, folder = 4, shared(tmp_path)
    place = np.stack(np.meshgrid(*[np.arange(side) + 0.5] * 3), axis=-1).reshape(-1, 3)
    given = spheres(place if COMM.rank == 0 else place[:0], 0.505, density=1.0)
    laws = [hertz_mindlin(young=1e3, poisson=0.25, restitution=0.5, friction=0.5)]
    sim = Simulation(given, box=Box((4.0,) * 3), laws=laws, time_step=1e-4, comm=COMM)
    sim.run(1)
    particles, contacts = write_frame(sim, folder)
    pressure = measure(sim).pressure
    if COMM.rank == 0:
        import pyvista as pv

        points, lines = pv.read(particles), pv.read(contacts)
        assert sorted(points["id"]) == list(range(side**3)) and (points["coordination"] == 6).all()
        assert lines.n_lines == 3 * side**3
        assert lines["gap"] == pytest.approx(np.full(3 * side**3, -0.01), rel=1e-3)
        assert lines["tangential_force"] == pytest.approx(np.zeros(3 * side**3), abs=1e-9)
        length = lines.compute_cell_sizes()["Length"]  # across the periodic sides as well
        assert length == pytest.approx(np.ones(3 * side**3), rel=1e-3)
        volume = 4 / 3 * np.pi * points["radius"] ** 3
        mean = (volume[:, None] * points["stress"]).sum(axis=0) / side**3
        assert -mean[:3].mean() == pytest.approx(pressure, rel=1e-6)
        assert pressure > 0 and abs(mean[3:]).max() < 1e-9 * pressure


def test_a_contact_of_unequal_spheres_is_nearer_to_the_small_one(tmp_path: Path) -> None:
    """sigma V is arm times force, and the arms are as the radii: 10 to 1."""
    import pyvista as pv

    given = spheres(
        np.array([[0.0, 0.0, 0.0], [1.096, 0.0, 0.0]]), np.array([1.0, 0.1]), density=1.0
    )
    laws = [hertz_mindlin(young=1e3, poisson=0.25, restitution=0.5, friction=0.5)]
    sim = Simulation(given, box=Box((9.0,) * 3, (False,) * 3), laws=laws, time_step=1e-7, comm=SELF)
    sim.run(1)
    (particles,) = write_frame(sim, tmp_path, with_contacts=False)
    points = pv.read(particles)
    big, small = points["stress"][np.argsort(points["id"]), 0] * 4 / 3 * np.pi * np.array([1, 1e-3])
    assert big == pytest.approx(10 * small) and big < 0
    assert big + small == pytest.approx(measure(sim).total_stress[0, 0] * 9.0**3)
    assert (points["coordination"] == 1).all() and not list(tmp_path.glob("contacts*"))
