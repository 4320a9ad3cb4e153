"""Compare rates in rounds: one run after the other, never at once, in alternating order.

On a machine that others use, only runs that follow one another can be compared, and by the wall
clock only those that had their cores for themselves. A run waits for idle cores; one that was
disturbed is repeated; where it stays disturbed the whole round is dropped. By the CPU clock every
run counts: on one rank that is the time a free core would take; on several, time spent waiting for
a rank that lost its core counts too.
"""

import dataclasses
import os
import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.benchmarks.compaction_job import Engine, run

UNDISTURBED = 0.9  # share of its core that each rank must have had
TRIES = 4
PATIENCE = 20.0  # [s] to wait for idle cores before a run starts all the same


@dataclasses.dataclass(frozen=True)
class Contest:
    """One side of a comparison: an engine, a job of so many particles, on so many ranks."""

    engine: Engine
    ranks: int
    job: dict[str, Any]
    particles: int
    clock: str  # "wall" or "cpu"

    @property
    def label(self) -> str:
        return " ".join(f"{key}={value}" for key, value in self.engine.settings.items())


@dataclasses.dataclass(frozen=True)
class Heat:
    """What one run gave: its contest, particle-steps per second, and the engine's own report."""

    contest: Contest
    rate: float
    report: dict[str, Any]


def undisturbed(contest: Contest) -> Heat | None:
    """Run until every rank had its core to itself; None where that never happened."""
    work = contest.particles * contest.job["steps"] * contest.job["laps"]
    for _ in range(TRIES):
        if contest.clock == "wall":
            await_idle(contest.ranks)
        report = run(contest.engine, contest.ranks, contest.job)
        wall, cpu = report["seconds"], report["cpu_seconds"]
        if contest.clock == "cpu":
            return Heat(contest, work / max(cpu), report)
        if min(cpu) >= UNDISTURBED * wall:
            return Heat(contest, work / wall, report)
    return None


def await_idle(cores: int) -> None:
    """Wait until so many cores are idle, but not longer than PATIENCE."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        idle, total = _ticks()
        time.sleep(0.5)
        idle, total = (b - a for a, b in zip((idle, total), _ticks(), strict=True))
        if idle >= UNDISTURBED * total * cores / (os.cpu_count() or 1):
            return


def _ticks() -> tuple[int, int]:
    """Idle time and total time of all cores since the machine started (kernel ticks)."""
    words = Path("/proc/stat").read_text().splitlines()[0].split()[1:]
    return int(words[3]), sum(map(int, words[:8]))


def fastest(contests: Sequence[Contest], keep: int) -> list[Contest]:
    """Run each once and keep the fastest, so that the rounds need not try them all."""
    heats = [heat for heat in map(undisturbed, contests) if heat]
    heats.sort(key=lambda heat: -heat.rate)
    return [heat.contest for heat in heats[:keep]] or list(contests[:keep])


def paired(
    mine: Contest, others: Sequence[Contest], rounds: int, against: str
) -> dict[str, Any] | None:
    """Give the median over rounds of my rate over the best of the others in the same round.

    Args:
        against: what the others are called in the result.

    Returns None where every round was disturbed.
    """
    won: list[tuple[Heat, Heat | None]] = []
    for k in range(rounds):
        order = [mine, *others] if k % 2 == 0 else [*others, mine]
        heats = [heat for heat in map(undisturbed, order) if heat]
        if len(heats) == len(order):
            own = heats.pop(order.index(mine))
            won.append((own, max(heats, key=lambda heat: heat.rate, default=None)))
    if not won:
        return None
    row = {
        "rate": statistics.median(own.rate for own, _ in won),
        "final_ours": won[-1][0].report["final"],
        "bytes_per_particle": extra_memory(won[-1][0].report) / mine.particles,
        "rounds": rounds,
        "rounds_kept": len(won),
    }
    pairs = [(own, best) for own, best in won if best]
    if not pairs:
        return row
    ratios = [own.rate / best.rate for own, best in pairs]
    return row | {
        "ratio": statistics.median(ratios),
        "ratios": [round(ratio, 3) for ratio in ratios],
        f"rate_{against}": statistics.median(best.rate for _, best in pairs),
        f"settings_{against}": statistics.mode(best.contest.label for _, best in pairs),
        f"final_{against}": pairs[-1][1].report["final"],
    }


def extra_memory(report: dict[str, Any]) -> float:
    """Peak memory of all ranks above what the runtime and the compiled code take (bytes)."""
    return float(sum(report["memory"]) - sum(report["floor"]))
