"""The coupling layer alone: keys, reuse, reasons, balances, files."""

import dataclasses
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from mpi4py import MPI

import h5py
import numpy as np
import pytest
import pyvista
from toy_chain import CHAIN, Image, Layer, Paste, Spreading, image, options, spread

from multiscale.coupling.chain import run_chain
from multiscale.coupling.context import Context
from multiscale.coupling.index import Index, Step, read_index, results, write_index
from multiscale.coupling.key import key, recipe
from multiscale.coupling.plan import changes, check_wiring, plan_chain
from multiscale.coupling.stage import quantity_at
from multiscale.coupling.store import Store, load, meta
from multiscale.errors import FileError, HandoverError, OutOfTime, StageFailed
from multiscale.stages.drying import Film1D, Zone, dry
from multiscale.units import SI

PASTE = {Paste: Paste(solid=0.2)}


def context(seed: int = 1) -> Context:
    return Context(MPI.COMM_SELF, MPI.COMM_SELF.Dup(), seed=seed)


def go(tmp_path: Path, *, given=PASTE, seed: int = 1, **spreading):
    return run_chain(CHAIN, given, options(**spreading), Store(tmp_path), context(seed))


def test_second_run_recomputes_nothing(tmp_path):
    first, ran = go(tmp_path)
    second, again = go(tmp_path)
    assert [s.action for s in ran] == ["run", "run"]
    assert [s.action for s in again] == ["reuse", "reuse"]
    assert {k: r.digest() for k, r in first.items()} == {k: r.digest() for k, r in second.items()}


def test_changed_option_reruns_what_follows_and_plan_says_why(tmp_path):
    _, ran = go(tmp_path)
    steps = plan_chain(CHAIN, PASTE, options(slices=5), 1, Store(tmp_path), ran)
    assert [s.action for s in steps] == ["run", "run"]
    assert steps[0].why == "spreading.slices changed 4 -> 5"
    assert steps[1].why == "spreading runs"


def test_plan_says_values_as_people_write_them():
    dryer = Film1D(zones=(Zone(), Zone(fresh_air=SI(0.1))))
    assert quantity_at(dryer, "zones[1].air_temperature").unit == "K"
    assert quantity_at(dryer, "zones[1].fresh_air").unit == "kg/m^2/s"
    assert quantity_at(dryer, "cells") is None
    assert quantity_at(dryer, "nothing.there") is None
    hotter = Film1D(zones=(Zone(), Zone(fresh_air=SI(0.1), air_temperature=SI(393.15))))
    before = Step("drying", "run", "", recipe=recipe(dry, dryer, {}, 1))
    assert changes(before, recipe(dry, hotter, {}, 1), hotter) == [
        "drying.zones[1].air_temperature changed 80 degC -> 120 degC"
    ]


def test_seed_matters_only_where_it_is_used(tmp_path):
    _, ran = go(tmp_path)
    steps = plan_chain(CHAIN, PASTE, options(), 2, Store(tmp_path), ran)
    assert [s.action for s in steps] == ["reuse", "run"]
    assert steps[1].why == "seed changed 1 -> 2"


def test_twelve_digits_make_one_key():
    def named(lost):
        return key(recipe(spread, Spreading.model_construct(kind="plain", lost=lost), {}, 1))

    assert named(0.1 + 0.2) == named(0.3)
    assert named(0.3) != named(0.30000000001)


def test_planted_violation_is_refused_with_the_quantity_named(tmp_path):
    with pytest.raises(
        HandoverError, match=r"solid mass: 0\.2 in, 0\.18 out.*differs by 1\.00e-01"
    ):
        go(tmp_path, lost=0.1)
    assert not list(tmp_path.glob("*.h5"))


def test_record_refuses_what_breaks_its_port():
    with pytest.raises(HandoverError, match=r"Paste\.solid = -1\.\.-1 kg/m\^2, allowed 0\.\.10"):
        Paste(solid=-1.0)
    with pytest.raises(HandoverError, match="states no numerical error"):
        Layer(solid=1.0, share=np.array([0.5]))
    with pytest.raises(HandoverError, match="0 axes"):
        Layer(solid=1.0, share=0.5, error={"solid": 0.0})
    with pytest.raises(HandoverError, match=r"nan"):
        Paste(solid=float("nan"))


def test_records_are_frozen_to_the_last_element():
    layer = Layer(solid=1.0, share=np.array([0.5]), error={"solid": 0.0})
    with pytest.raises(dataclasses.FrozenInstanceError):
        layer.solid = 2.0
    with pytest.raises(ValueError, match="read-only"):
        layer.share[0] = 1.0


def test_file_reads_back_in_h5py_and_vtk(tmp_path):
    made, steps = go(tmp_path)
    path = Store(tmp_path).path(steps[1].key)
    labels = np.random.default_rng(1).integers(0, 3, (6, 7, 8)).astype(np.uint8)
    np.testing.assert_array_equal(made[Image].label.read(), labels)
    np.testing.assert_array_equal(made[Image].label.read(z=slice(2, 4)), labels[:, :, 2:4])
    picture = pyvista.read(path, force_ext=".vtkhdf")
    assert picture.dimensions == (7, 8, 9)
    assert picture.spacing == (1e-6, 2e-6, 3e-6)
    np.testing.assert_array_equal(
        picture.cell_data["label"].reshape(8, 7, 6).transpose(2, 1, 0), labels
    )
    with h5py.File(path) as file:
        assert file["record/voxel_size"].attrs["units"] == "m"


def test_index_links_results_and_vtk_opens_it(tmp_path):
    _, steps = go(tmp_path / "store")
    index = Index("toy", "case.toml", 1, "test", "now", tuple(steps))
    write_index(tmp_path, index, Store(tmp_path / "store"))
    assert read_index(tmp_path) == index
    assert load(results(tmp_path, index)["spreading"]).solid == 0.2
    with h5py.File(tmp_path / "run.h5") as file:
        assert file["spreading/solid"][()] == 0.2
    assert pyvista.read(tmp_path / "run.h5", force_ext=".vtkhdf").dimensions == (7, 8, 9)


def test_changed_or_broken_file_is_no_result_and_is_made_again(tmp_path):
    first, steps = go(tmp_path)
    path = Store(tmp_path).path(steps[0].key)
    with h5py.File(path, "r+") as file:
        file["record/solid"][()] = 0.3
    with pytest.raises(HandoverError, match="was changed after it was written"):
        load(path)
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(HandoverError, match="cannot be read as a result"):
        load(path)
    planned = plan_chain(CHAIN, PASTE, options(), 1, Store(tmp_path), steps)
    assert planned[0].action == "run" and "cannot be read as a result" in planned[0].why
    again, ran = go(tmp_path)
    assert [s.action for s in ran] == ["run", "reuse"]
    assert again[Layer].digest() == first[Layer].digest()


def test_a_place_that_cannot_be_written_is_named_on_every_rank(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(FileError, match=f"'{tmp_path}/file/out': Not a directory; check that"):
        context().on_root((tmp_path / "file" / "out").mkdir)


@pytest.mark.parametrize("host", ["node", "n1.cluster.local"])
def test_scratch_of_dead_processes_is_swept_and_of_living_ones_kept(tmp_path, host, monkeypatch):
    monkeypatch.setattr(socket, "gethostname", lambda: host)
    done = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True
    )
    dead = tmp_path / f".a.h5.{int(done.stdout)}@{host}.tmp"
    alive = tmp_path / f".b.h5.{os.getpid()}@{host}.tmp"
    for scratch in (dead, alive):
        scratch.write_text("half")
    Store(tmp_path).sweep()
    assert not dead.exists() and alive.exists()


def test_provenance_and_balances_are_kept(tmp_path):
    _, steps = go(tmp_path)
    told = meta(Store(tmp_path).path(steps[0].key))
    assert told["provenance"]["options"]["slices"] == 4
    assert told["provenance"]["package"] and told["provenance"]["version"] == 1
    (balance,) = told["conservation"]
    assert balance["quantity"] == "solid mass" and balance["relative"] == 0


def test_wiring_is_checked_before_anything_runs():
    with pytest.raises(
        HandoverError, match="'imaging' takes layer: Layer, which no earlier stage gives"
    ):
        check_wiring([image, spread], [Paste])
    with pytest.raises(HandoverError, match="both 'spreading' and 'spreading' give Layer"):
        check_wiring([spread, spread], [Paste])


def test_failure_blocks_what_follows_and_keeps_what_is_done(tmp_path):
    told = []
    with pytest.raises(HandoverError, match="stage 'imaging' stopped: too much solid"):
        run_chain(
            CHAIN,
            {Paste: Paste(solid=9.5)},
            options(),
            Store(tmp_path),
            context(),
            tell=lambda steps: told.append(list(steps)),
        )
    assert [s.status for s in told[-1]] == ["ok", "failed"]
    with pytest.raises(StageFailed, match="FloatingPointError: no convergence"):
        run_chain(
            CHAIN,
            PASTE,
            options(fail_on=0),
            Store(tmp_path),
            context(),
            tell=lambda steps: told.append(list(steps)),
        )
    assert [s.status for s in told[-1]] == ["failed", "blocked"]


def test_out_of_time_is_no_failure(tmp_path, monkeypatch):
    told = []
    monkeypatch.setattr("multiscale.coupling.context._stop_asked", True)
    with pytest.raises(OutOfTime, match="run the same command again"):
        run_chain(
            CHAIN,
            PASTE,
            options(),
            Store(tmp_path),
            context(),
            tell=lambda steps: told.append(list(steps)),
        )
    assert [s.status for s in told[-1]] == ["stopped", "planned"]
    monkeypatch.undo()
    _, again = go(tmp_path)
    assert [s.action for s in again] == ["run", "run"]


def test_sigterm_ends_at_the_next_report_with_75():
    code = (
        "import sys, time; from mpi4py import MPI\n"
        "from multiscale.coupling.context import Context, stop_on_sigterm\n"
        "from multiscale.errors import OutOfTime\n"
        "ctx = Context(MPI.COMM_SELF, MPI.COMM_SELF)\n"
        "try:\n"
        "    with stop_on_sigterm():\n"
        "        print('up', flush=True)\n"
        "        while True: time.sleep(0.01); ctx.report(0.5)\n"
        "except OutOfTime as stop: sys.exit(stop.exit_code)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "up\n"
        process.send_signal(signal.SIGTERM)
        begin = time.monotonic()
        assert process.wait(timeout=20) == 75
        assert time.monotonic() - begin < 5
