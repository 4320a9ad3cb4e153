"""The particle engine side by side with LAMMPS: speed, physics, memory, scaling.

    python tests/benchmarks/particles.py --peer lammps --peer-python PYTHON --json particles.jsonl
    python tests/benchmarks/particles.py --physics --sizes 4096 32768 --peer lammps
    python tests/benchmarks/particles.py --mixed --weak --memory --user-law
    python tests/benchmarks/particles.py --shear --ranks 1 2 --peer lammps --peer-python PYTHON

Spheres are compacted by a piston (see compaction.py). Speed is that of the dense phase, solid
fraction 0.605 to 0.62, in particle-steps per second of wall time; the ratio is the median over
rounds of ours over the best of LAMMPS' settings in the same round (see compaction_rounds.py).
`--peer-python` is the interpreter of an environment with numpy, mpi4py and `lammps[mpi]`; without
one that can import them the peer is skipped. Run from the repository's root with PYTHONPATH=. set.
"""

import argparse
import dataclasses
import itertools
import json
import os
import platform
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from tests.benchmarks.compaction import (
    DENSE,
    LAST,
    TIME_STEP,
    Start,
    mixture_start,
    random_start,
    tiled,
)
from tests.benchmarks.compaction_job import Engine, lammps, lammps_version, ours, run
from tests.benchmarks.compaction_laws import PARAMETERS
from tests.benchmarks.compaction_rounds import Contest, extra_memory, fastest, paired
from tests.benchmarks.shear_bench import sheared

Row = dict[str, Any]
BARS = {("hertz", 1): 2.0, ("hertz", 2): 1.8, ("cohesive", 1): 3.0, ("cohesive", 2): 3.0}
WARM = 50
CHECKED = (0.597, 0.600, 0.605, 0.610, 0.615, 0.619)
SAME_PRESSURE, SAME_COORDINATION = 0.03, 0.01
WEAK_BAR, MIXED_BAR, USER_LAW_BAR, BYTES_BAR = 0.85, 0.5, 0.95, 1200.0
MILLION_BAR = 8 * 2.0**30  # peak resident memory of 10^6 particles (bytes)


@dataclasses.dataclass(frozen=True)
class Bench:
    """What all measurements share: where starts are kept, which law, which peer, how often."""

    scratch: Path
    law: str
    ranks: tuple[int, ...]
    rounds: int
    peer: str | None
    clock: str

    def contest(self, engine: Engine, ranks: int, job: Row) -> Contest:
        particles = len(Start.load(Path(job["start"])).radius)
        return Contest(engine, ranks, job, particles, self.clock)

    def job(self, start: Path, steps: int, **changes: Any) -> Row:
        law = {"name": self.law, "parameters": PARAMETERS[self.law]}
        job = {"start": str(start), "law": law, "time_step": TIME_STEP, "warm": WARM}
        return job | {"steps": steps, "laps": 1, "every": 0, "save": None} | changes

    def kept(self, name: str, start: Start) -> Path:
        """Keep a start in the scratch folder."""
        path = self.scratch / f"{name}.npz"
        if not path.exists():
            start.save(path)
        return path

    def loose(self, particles: int, seed: int = 0) -> Path:
        path = self.scratch / f"loose-{particles}-{seed}.npz"
        return path if path.exists() else self.kept(path.stem, random_start(particles, seed))

    def dense(self, particles: int) -> Path:
        """Compact once with our engine to where the particles carry load; what is there, stays."""
        path = self.scratch / f"dense-{self.law}-{particles}.npz"
        if not path.exists():
            loose = self.loose(particles)
            steps = Start.load(loose).steps_to(DENSE)
            run(ours(), max(self.ranks), self.job(loose, steps, warm=0, save=str(path)))
        return path

    def timed(self, start: Path) -> Row:
        """Make a job of the dense phase that lasts a second or more at any size."""
        particles = len(Start.load(start).radius)
        steps = min(600, max(100, 20_000_000 // particles))
        return self.job(start, steps, laps=max(1, 10_000_000 // (particles * steps)))


def peers(bench: Bench, ranks: int, job: Row) -> list[Contest]:
    """Give the settings of LAMMPS that are worth a round, the fastest three of all."""
    assert bench.peer is not None
    accelerated = (False, True) if bench.law == "hertz" else (False,)  # no omp for pair granular
    every = itertools.product(("on", "off"), accelerated, (0.1, 0.2, 0.3))
    contests = [bench.contest(lammps(bench.peer, *s), ranks, job) for s in every]
    return fastest(contests, 3)


def speed(bench: Bench, sizes: list[int]) -> Iterator[Row]:
    """Compare the rate of the dense phase with the peer's."""
    for particles, ranks in itertools.product(sizes, bench.ranks):
        job = bench.timed(bench.dense(particles))
        others = [] if bench.peer is None else peers(bench, ranks, job)
        found = paired(bench.contest(ours(), ranks, job), others, bench.rounds, "peer")
        row = {"what": "speed", "law": bench.law, "size": particles, "ranks": ranks}
        yield row | judged(found, BARS[bench.law, min(ranks, 2)])


def judged(found: Row | None, bar: float) -> Row:
    """Hold the ratio against its bar, or say that the machine was too busy."""
    if found is None:
        return {"disturbed": "no round in which every rank had its core to itself"}
    return found | {"bar": bar} | ({"met": found["ratio"] >= bar} if "ratio" in found else {})


def physics(bench: Bench, sizes: list[int], starts: int) -> Iterator[Row]:
    """Compare pressure and coordination over the whole compaction, averaged over starts.

    Two runs of one start drift apart as any two packings do; the scatter says by how much.
    """
    ranks = max(bench.ranks)
    for particles in sizes:
        curves: dict[str, list[Any]] = {"ours": [], "peer": []}
        for seed in range(starts):
            loose = bench.loose(particles, seed)
            start = Start.load(loose)
            before = start.steps_to(CHECKED[0] - 0.002)
            job = bench.job(loose, start.steps_to(LAST) - before, warm=before, every=25)
            curves["ours"].append(at_checked(run(ours(), ranks, job)))
            if bench.peer is not None:
                peer = lammps(bench.peer, "off", False, 0.1)
                curves["peer"].append(at_checked(run(peer, ranks, job)))
        row = {"what": "physics", "law": bench.law, "size": particles, "ranks": ranks}
        row |= {"starts": starts, "solid_fraction": CHECKED}
        for k, name in enumerate(("pressure", "coordination")):
            for side, found in curves.items():
                if found:
                    row[f"{name}_{side}"] = np.mean(found, axis=0)[k].round(4).tolist()
        yield row | (difference(curves["ours"], curves["peer"]) if bench.peer else {})


def difference(mine: list[Any], theirs: list[Any]) -> Row:
    """Relative difference of the means at its worst, and the scatter of single starts."""
    off = np.abs(np.mean(mine, axis=0) / np.mean(theirs, axis=0) - 1).max(axis=1)
    scatter = (np.array(mine) / np.array(theirs)).std(axis=0).max(axis=1)
    row = {"pressure_off": off[0], "coordination_off": off[1]}
    row |= {"pressure_scatter": scatter[0], "coordination_scatter": scatter[1]}
    return row | {"met": bool(off[0] <= SAME_PRESSURE and off[1] <= SAME_COORDINATION)}


def at_checked(report: Row) -> list[Any]:
    """Interpolate pressure and coordination at the checked solid fractions."""
    samples = report["samples"]
    phi = [sample["phi"] for sample in samples]
    return [
        np.interp(CHECKED, phi, [sample[name] for sample in samples])
        for name in ("pressure", "coordination")
    ]


def mixed(bench: Bench) -> Row:
    """1,000 particles of 10 um among 77,000 of 1.3 um, against as many of one size."""
    starts = mixture_start(1_000, 77_000, 10 / 1.3, 0.5), mixture_start(0, 78_000, 1.0, 0.5)
    kept = [bench.kept(n, s) for n, s in zip(("mixture", "one-size"), starts, strict=True)]
    mine, other = (bench.contest(ours(), 1, bench.job(path, 300)) for path in kept)
    found = paired(mine, [other], bench.rounds, "one_size")
    return {"what": "mixed", "size": 78_000} | judged(found, MIXED_BAR)


def weak(bench: Bench, particles: int) -> Row:
    """Twice the particles on twice the ranks: the efficiency is half the ratio of the rates."""
    once = bench.dense(particles)
    twice = bench.kept(f"twice-{once.stem}", tiled(Start.load(once), 2, 1))
    job = bench.timed(once)
    mine = bench.contest(ours(), 2, job | {"start": str(twice)})
    found = paired(mine, [bench.contest(ours(), 1, job)], bench.rounds, "one_rank")
    row = judged(found, 2 * WEAK_BAR)
    return {"what": "weak", "size": particles} | row | {"efficiency": row.get("ratio", 0.0) / 2}


def memory(bench: Bench) -> Iterator[Row]:
    """Bytes per particle at 262,144 in the dense phase; peak memory of 10^6 for 1,000 steps."""
    part = Start.load(bench.dense(32_768))
    for tiles, steps, bar in (((4, 2), 200, BYTES_BAR), ((8, 4), 1000, MILLION_BAR)):
        many = tiled(part, *tiles)
        start = bench.kept(f"tiled-{bench.law}-{len(many.radius)}", many)
        report = run(ours(), 1, bench.job(start, steps, warm=0))
        found = extra_memory(report) / len(many.radius) if bar == BYTES_BAR else report["memory"][0]
        name = "bytes_per_particle" if bar == BYTES_BAR else "peak_bytes"
        row = {"what": "memory", "size": len(many.radius), "steps": steps, name: found}
        yield row | {"seconds": report["seconds"], "bar": bar, "met": found <= bar}


def user_law(bench: Bench, particles: int) -> Row:
    """The ten lines of docs/howto/write_a_contact_law.md against the built-in law."""
    job = bench.timed(bench.dense(particles))
    laws = ({"name": name, "parameters": PARAMETERS["hertz"]} for name in ("user", "hertz"))
    mine, other = (bench.contest(ours(), 1, job | {"law": law}) for law in laws)
    found = paired(mine, [other], bench.rounds, "built_in")
    return {"what": "user law", "size": particles} | judged(found, USER_LAW_BAR)


def card(bench: Bench) -> Row:
    """Say on what and with what the figures were made."""
    cpu = [w for w in Path("/proc/cpuinfo").read_text().splitlines() if w.startswith("model name")]
    packages = {name: version(name) for name in ("numba", "numpy", "mpi4py")}
    return {
        "processor": cpu[0].split(": ")[1] if cpu else platform.processor(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        **packages,
        "clock": bench.clock,
        "peer": bench.peer and f"LAMMPS {lammps_version(bench.peer)}",
        "parameters": PARAMETERS[bench.law],
        "time_step": TIME_STEP,
        "warm_steps": WARM,
        "dense_from": DENSE,
    }


def rows(bench: Bench, options: argparse.Namespace) -> Iterator[Row]:
    """Yield the measurements asked for; speed where none was."""
    smallest = min(options.sizes)
    if options.physics:
        yield from physics(bench, options.sizes, options.starts)
    if options.mixed:
        yield mixed(bench)
    if options.weak:
        yield from (weak(bench, size) for size in options.sizes)
    if options.memory:
        yield from memory(bench)
    if options.user_law:
        yield user_law(bench, smallest)
    if options.shear:
        settings = bench.rounds, bench.clock
        yield from (sheared(bench.scratch, bench.peer, ranks, *settings) for ranks in bench.ranks)
    asked = ("physics", "mixed", "weak", "memory", "user_law", "shear")
    if not any(getattr(options, name) for name in asked):
        yield from speed(bench, options.sizes)


def interpreter(options: argparse.Namespace) -> str | None:
    """Give the peer's interpreter, or say why it is skipped."""
    if options.peer is None:
        print("peer skipped: --peer lammps was not asked for")
        return None
    try:
        print(f"peer: LAMMPS {lammps_version(options.peer_python)}")
    except RuntimeError as reason:
        print(f"peer skipped: {reason}")
        return None
    return str(options.peer_python)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peer", choices=["lammps"], default=None)
    parser.add_argument("--peer-python", default=sys.executable)
    parser.add_argument("--sizes", type=int, nargs="+", default=[4096, 32768, 262144])
    parser.add_argument("--ranks", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--clock", choices=["wall", "cpu"], default="wall", help="cpu: where busy")
    parser.add_argument("--law", choices=["hertz", "cohesive"], default="hertz")
    parser.add_argument("--physics", action="store_true", help=physics.__doc__)
    parser.add_argument("--starts", type=int, default=1, help="random starts for --physics")
    parser.add_argument("--mixed", action="store_true", help=mixed.__doc__)
    parser.add_argument("--weak", action="store_true", help=weak.__doc__)
    parser.add_argument("--memory", action="store_true", help=memory.__doc__)
    parser.add_argument("--user-law", action="store_true", help=user_law.__doc__)
    parser.add_argument("--shear", action="store_true", help=sheared.__doc__)
    parser.add_argument("--scratch", type=Path, default=None, help="keeps the starts for next time")
    parser.add_argument("--json", type=Path, default=None, help="one JSON object per line")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as passing:
        scratch = options.scratch or Path(passing)
        scratch.mkdir(parents=True, exist_ok=True)
        peer = interpreter(options)
        bench = Bench(
            scratch, options.law, tuple(options.ranks), options.rounds, peer, options.clock
        )
        for row in rows(bench, options):
            print(json.dumps(row, indent=1), flush=True)
            if options.json:
                with options.json.open("a") as file:
                    file.write(json.dumps(row | {"card": card(bench)}) + "\n")


if __name__ == "__main__":
    main()
