"""Binder in the cross-section of a film beside its edge: cases C6, C10, C20 and a moving mesh."""

import functools
from dataclasses import dataclass

from mpi4py import MPI

import numpy as np
import pytest
import sympy
from strip_motion import Even, Waved

from multiscale.fem.interval import graded_points
from multiscale.stages.drying.binding import FLOOR, Binding
from multiscale.stages.drying.edge.mesh import duals, graded_positions
from multiscale.stages.drying.edge.transport import Section, carry

# Case C6: two independent solves that agree to 1e-4.
C6 = (
    (0.1, 1.06719, 0.96754), (0.5, 1.36315, 0.84645), (1.0, 1.79801, 0.71200),
    (2.0, 2.86206, 0.50492), (5.0, 6.69652, 0.30522), (10.0, 13.59818, 0.28597),
)  # fmt: skip


@pytest.mark.parametrize(("Pe", "top", "foil"), C6)
def test_c6_a_uniform_film_dries_as_through_the_thickness(Pe, top, foil) -> None:
    y, xi = np.linspace(0, 10, 4), graded_points(120)
    section = carry(MPI.COMM_SELF, Even(y, xi, Pe), np.linspace(0, 0.5, 241), y, xi, 1.0)
    assert section.c[:, -1] / 3.5 == pytest.approx(top, rel=1e-3)
    assert section.c[:, 0] / 3.5 == pytest.approx(foil, rel=1e-3)
    assert np.ptp(section.c, axis=0).max() < 1e-10 * top


def waved(columns: int, layers: int, steps: int, end: float = 1.0, **more) -> Section:
    y, xi = graded_positions(1.0, 0.4 / columns, columns), graded_points(layers)
    motion = Waved(y, xi, more.pop("peclet", 5.0), **more)
    return carry(MPI.COMM_WORLD, motion, np.linspace(0, end, steps + 1), y, xi, 1.0)


def test_a_uniform_concentration_stays_uniform_on_a_moving_mesh() -> None:
    """The liquid shrinks with the film: nothing but the geometry moves, so that c = 1 stays."""

    class Still(Waved):
        def solution(self, t: float) -> np.ndarray:
            return (0.7 + self.wave(t))[:, None]

        def height(self, t: float) -> np.ndarray:
            return 1.0 + 3 * self.wave(t)

        def wave(self, t: float) -> np.ndarray:
            # Column by column what flows in is what raises the liquid: no evaporation.
            Q = self.lateral(1.0)[:, 0] / self.xi_flow
            return -t * np.diff(np.concatenate([[0.0], Q, [0.0]])) / duals(self.y)

        def lateral(self, t: float) -> np.ndarray:
            middle = 0.5 * (self.y[1:] + self.y[:-1])
            return np.outer(0.05 * np.sin(np.pi * middle), self.profile)

        @property
        def profile(self) -> np.ndarray:
            rising = 0.2 + self.xi
            return rising / (rising @ duals(self.xi))

        @property
        def xi_flow(self) -> float:
            return float(self.profile[0])

    y, xi = graded_positions(1.0, 0.02, 24), graded_points(16)
    section = carry(MPI.COMM_SELF, Still(y, xi, 5.0), np.linspace(0, 1, 31), y, xi, 1.0)
    assert np.abs(section.c - 1).max() < 1e-12


@pytest.mark.parametrize("room", [np.inf, 3.0])
def test_c10_binder_mass_is_kept(room: float) -> None:
    y = graded_positions(1.0, 0.4 / 24, 24)
    section = waved(24, 24, 60, peclet=40.0, room=room, dispersion=0.02)
    start = (0.7 + 0.15 * np.cos(np.pi * y)) @ duals(y)
    assert section.mass() == pytest.approx(start, rel=1e-11)
    assert section.c.max() < room
    assert section.c.min() > 0


class Sloped(Waved):
    """Columns of unlike height that all shrink, whose layers slope by 0.12."""

    def height(self, t: float) -> np.ndarray:
        return (1 + 0.15 * np.cos(np.pi * self.y / 4)) * (1 - t)

    def solution(self, t: float) -> np.ndarray:
        return self.height(t)[:, None]


@pytest.mark.parametrize("rate", [1.0, 1e4])
def test_c12_layer_packed_with_gel_is_as_thick_in_columns_that_slope(rate: float) -> None:
    """As in one film, whose layer is delta = c_0 E t/(c_max - c_0); no solution flows along y.

    Packed binder pushes some of it along the layers. Crowding that also acted across the slope of
    the layers once left Newton's method no solution.
    """
    y, xi, c_max, end = graded_positions(4.0, 0.3, 8), graded_points(40), 3.0, 0.5
    motion = Sloped(y, xi, 3000.0, flow=0.0, room=c_max)
    gels = Binding(1.5, lambda t: rate)
    section = carry(MPI.COMM_SELF, motion, np.linspace(0, end, 31), y, xi, 1.0, binding=gels)
    first, room = motion.solution(0.0), motion.capacity(end)
    assert section.mass() == pytest.approx(first[:, 0] @ duals(y), rel=1e-12)
    assert (section.total < room).all() and section.c.min() >= 0
    assert section.gelled.max() > 0.05 * room.max()
    delta = end / (c_max - 1) / (1 - end)
    middles = [
        np.interp(0.5 * (1 - end + c_max * (1 - end)), row / h, xi)
        for row, h in zip(section.total, first[:, 0], strict=True)
    ]
    np.testing.assert_allclose(1 - np.array(middles), delta, rtol=0.06)
    assert 1 - np.array(middles) @ duals(y) / 4 == pytest.approx(delta, rel=0.01)


@pytest.mark.mpi(2)
def test_two_ranks_agree_with_one() -> None:
    _agree_with_one()


@pytest.mark.mpi(3)
def test_three_ranks_agree_with_one() -> None:
    _agree_with_one()


def _agree_with_one() -> None:
    y, xi = graded_positions(1.0, 0.02, 17), graded_points(20)
    motion = Waved(y, xi, 1.0, room=40.0, dispersion=0.01)
    binding = Binding(1.5, lambda t: 2.0 + y, 0.5, 3.0, np.full(xi.size, 0.1))
    together, alone = (
        carry(comm, motion, np.linspace(0, 0.8, 9), y, xi, 1.0, binding=binding)
        for comm in (MPI.COMM_WORLD, MPI.COMM_SELF)
    )
    assert alone.gelled.max() > 0.05
    for name in ("c", "gelled", "adsorbed"):
        np.testing.assert_allclose(
            getattr(together, name), getattr(alone, name), rtol=1e-10, atol=1e-12
        )


@dataclass(frozen=True)
class Varied(Waved):
    """Binder spreads as fast as the place tells."""

    def diffusivity(self, t: float) -> np.ndarray:
        across, upright = 1 + 0.3 * np.cos(np.pi * self.y), 1 + 0.4 * self.xi
        return np.outer(across, upright) / self.peclet


@dataclass(frozen=True)
class Case:
    """A manufactured solution: what spreads and holds the binder."""

    motion: type[Waved]
    room: float = np.inf
    gel_concentration: float = np.inf
    gel_rate: float = 0.0
    slows: bool = False

    @property
    def binding(self) -> Binding | None:
        if self.gel_concentration == np.inf:
            return None
        return Binding(self.gel_concentration, lambda t: self.gel_rate, slows=self.slows)


K = 0.2  # of the manufactured solutions
PLAIN = Case(Waved)
GELS = Case(Varied, room=3.0, gel_concentration=0.3, gel_rate=0.3)
SLOWS = Case(Varied, room=3.0, gel_concentration=2.0, slows=True)


@functools.cache
def manufactured(case: Case, swings: bool) -> tuple:
    """c = 1 + f(t) cos(pi xi) (2 + cos(pi y))/6 in the waved film, and what must be added.

    L c_t + F c_y + w c_xi = div(K q grad c) h + crowding - gel + source, w from the balance of the
    liquid, gel = k_g L (c - c_g), crowding along the lines of the mesh as it is solved,
    (h K q c mu_y)_y + (K q c mu_xi/h)_xi. What flows through the surface is added there.
    f falls as exp(-t), or swings as cos(3 t) where the error in time shall be the larger.
    """
    y, xi, t = sympy.symbols("y xi t")
    h = 1 - 0.3 * t + 0.15 * (1 - 0.5 * t) * sympy.cos(sympy.pi * y)
    L = h - 0.3
    F = 0.2 * (1 + t) * sympy.sin(sympy.pi * y) * 3 * (xi - xi**2 / 2)
    w = -sympy.integrate(sympy.diff(L, t) + sympy.diff(F, y), (xi, 0, xi))
    f = sympy.cos(3 * t) if swings else sympy.exp(-t)
    c = 1 + f * sympy.cos(sympy.pi * xi) * (2 + sympy.cos(sympy.pi * y)) / 6
    gel, spread, mu = sympy.Integer(0), sympy.Float(K), sympy.Integer(0)
    if case.motion is Varied:
        spread *= (1 + 0.3 * sympy.cos(sympy.pi * y)) * (1 + 0.4 * xi)
    if case.gel_rate:
        gel = case.gel_rate * L * (c - case.gel_concentration)
    if case.slows:
        x = 1 - c / case.gel_concentration
        spread *= FLOOR + (1 - FLOOR) * (x + sympy.sqrt(x**2 + 4 * FLOOR**2)) / 2
    if np.isfinite(case.room):
        gelled = sympy.integrate(sympy.expand(gel), (t, 0, t))
        theta = (c + gelled / L) / case.room
        mu = 1 / (1 - theta) - sympy.log(1 - theta)

    def in_y(f):
        return sympy.diff(f, y) - xi * sympy.diff(h, y) / h * sympy.diff(f, xi)

    def in_z(f):
        return sympy.diff(f, xi) / h

    driven = [spread * along(c) for along in (in_y, in_z)]
    crowding = [h * spread * c * sympy.diff(mu, y), spread * c * sympy.diff(mu, xi) / h]
    rate = L * sympy.diff(c, t) + F * sympy.diff(c, y) + w * sympy.diff(c, xi)
    # The surface loses no binder: what the liquid leaves behind is in the balance of L c itself.
    source = rate - h * (in_y(driven[0]) + in_z(driven[1])) + gel
    source -= sympy.diff(crowding[0], y) + sympy.diff(crowding[1], xi)
    through = driven[1] - sympy.diff(h, y) * driven[0] - w * c
    return tuple(sympy.lambdify((y, xi, t), f, "numpy", cse=True) for f in (c, source, through))


def manufactured_error(
    case: Case, cells: int, steps: int, swings: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Error at the nodes against the manufactured solution at t = 1, and the nodes' areas."""
    y, xi = np.linspace(0, 1, cells + 1), graded_points(cells, 1.5)
    exact, inside, through = manufactured(case, swings)
    grid = np.meshgrid(y, xi, indexing="ij")
    area = duals(y)[:, None] * duals(xi)

    def source(t: float) -> np.ndarray:
        nodal = area * inside(*grid, t)
        nodal[:, -1] += duals(y) * through(y, 1.0, t)
        return nodal

    motion = case.motion(y, xi, 1 / K, room=case.room)
    times = np.linspace(0, 1, steps + 1)
    start = exact(*grid, 0.0)
    found = carry(MPI.COMM_SELF, motion, times, y, xi, start, source, binding=case.binding)
    return found.c - exact(*grid, 1.0), area


def error_in_space(case: Case, cells: int) -> float:
    """L2 error of steps so short that they do not count."""
    error, area = manufactured_error(case, cells, 20)
    return float(np.sqrt(np.sum(area * error**2)))


def error_in_time(case: Case, steps: int) -> float:
    """L2 error without that of the mesh, by Richardson's extrapolation from 16 to 32 cells."""
    (coarse, area), (fine, _) = (manufactured_error(case, n, steps, swings=True) for n in (16, 32))
    return float(np.sqrt(np.sum(area * ((4 * fine[::2, ::2] - coarse) / 3) ** 2)))


def order(errors: list[float]) -> float:
    """Slope of log error over log of a resolution that doubles."""
    return float(-np.polyfit(np.arange(len(errors)), np.log2(errors), 1)[0])


EVERY = pytest.mark.parametrize("case", [PLAIN, GELS, SLOWS], ids=["plain", "gels", "slows"])


@EVERY
def test_c20_second_order_in_space_on_a_moving_mesh(case: Case) -> None:
    errors = [error_in_space(case, cells) for cells in (12, 24, 48)]
    assert order(errors) == pytest.approx(2.0, abs=0.1), errors


@EVERY
def test_c20_second_order_in_time_on_a_moving_mesh(case: Case) -> None:
    errors = [error_in_time(case, steps) for steps in (8, 16, 32)]
    assert order(errors) == pytest.approx(2.0, abs=0.1), errors
