"""Where forces are held during a sweep: no two particles that bear one at a time share a row."""

import numpy as np
import pytest
from particle_packings import benchmark_law, loose

from multiscale import particles as dem
from multiscale.particles.layout import HOME, IMAGE_SHIFT, B
from multiscale.particles.live import find_rows, row_of
from multiscale.particles.state import State, to_state

N, GHOSTS = 1000, 50


def _pairs(across: int) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of near indices, some with ghosts, and of the first with the last `across`."""
    rng = np.random.default_rng(0)
    first = np.sort(rng.integers(0, N - 1, 3000))
    second = np.minimum(first + rng.integers(1, 80, len(first)), N - 1)
    ghost = rng.random(len(first)) < 0.1
    second[ghost] = N + rng.integers(0, GHOSTS, ghost.sum())
    wrap = (first < across) & (rng.random(len(first)) < 0.3)
    second[wrap] = N - across + rng.integers(0, across, wrap.sum()) if across else 0
    return first.astype(np.int32), (second | (HOME << IMAGE_SHIFT)).astype(np.int32)


@pytest.mark.parametrize("across", [0, 90])
def test_live_particles_have_rows_of_their_own(across: int):
    """The sweep is walked through block by block, as `sweep_text` does it."""
    first, second = _pairs(across)
    state = to_state(dem.spheres(np.zeros((N, 3)), 1.0), np.zeros(N, np.int8))
    state.hold_forces(*find_rows(N, len(first), first, second))
    rest = N - state.tail
    ring = len(state.F) - 1 - rest
    assert len(state.F) < N / 2, "the window is no window"
    assert (state.tail < N) == bool(across)
    done, turn, live = 0, 0, set()
    for k in range(0, len(first), B):
        live |= set(first[k : k + B]) | set(second[k : k + B] & ((1 << IMAGE_SHIFT) - 1))
        ghosts = {i for i in live if i >= N}
        rows = [row_of.py_func(int(i), turn, ring, state.tail, rest) for i in live - ghosts]
        assert len(set(rows)) == len(rows)
        assert min(rows) >= 0 and max(rows) < len(state.F) - 1
        for i in ghosts:
            assert row_of.py_func(int(i), turn, ring, state.tail, rest) == len(state.F) - 1
        done = int(first[k + B]) if k + B < len(first) else N
        live = {i for i in live - ghosts if i >= done}
        while done - turn >= ring:
            turn += ring


def test_few_rows_give_the_same_as_one_for_each(monkeypatch: pytest.MonkeyPatch):
    """Bit for bit, between plates, across periodic faces and through rebuilds."""
    x, r, edge = loose(1500, 0.5, seed=2, spread=0.3)
    x[:, 2] = x[:, 2].clip(r, edge - r)
    rows, found = [], []
    hold = State.hold_forces
    for whole in (False, True):
        if whole:
            monkeypatch.setattr(State, "hold_forces", lambda s, ring, tail: hold(s, s.n, s.n))
        sim = dem.Simulation(
            dem.spheres(x, r, velocity=np.random.default_rng(3).normal(size=x.shape) * 0.2),
            box=dem.Box((edge,) * 3, periodic=(True, True, False)),
            walls=[dem.Wall("z", 0.0), dem.Wall("z", edge, velocity=-0.2)],
            laws=[benchmark_law()],
            time_step=5e-3,
            overlap=2.0,
        )
        sim.run(300)
        assert sim.lists.builds > 2
        rows.append(len(sim.state.F))
        now = sim.particles()
        found.append(np.hstack([now.position, now.velocity, now.spin]))
    assert rows[0] < rows[1] == 1501
    assert (found[0] == found[1]).all()
