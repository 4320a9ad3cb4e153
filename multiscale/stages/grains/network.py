"""What the network of particles says to the film model: phi_max, P_y(phi) and k(phi).

The spheres of a dried packing go back to where they lay in the wet film, whose solids fall alike:

    z = z_dry h_wet/h_dry

So the network has the packing's grains where the film carried them and its carbon-binder domain at
the heights where the binder set. Its bonds form after air has entered, when nothing shrinks any
more; what they are of is in the spheres. A plate presses the network slowly until it bears the
pressure p_e at which air enters pores as narrow as they are then. The solid fraction at the end is
phi_max, at which the film of a slow dryer stops shrinking. The pressure of the network at rest,
over p_e at phi_max, is P_y/p_e. On the way the flow of liquid through the pores is solved on
voxels:

    u = -k/mu dp/dz,    p_e = 6 sigma cos(theta) (1 - eps)/(eps d_32)

Grains are hard and these spheres soft: where they bear a pressure they overlap, by a share s of
their distance in the mean. Let go they stand at phi (1 - 3 s), and that is the solid fraction at
which hard spheres bear it; half of the change is kept as error. phi_max may be too small by what
the network, at rest, still lacks to p_e.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from multiscale import particles as dem
from multiscale.coupling.context import Context
from multiscale.particles.perform import perform
from multiscale.particles.protocols import Memory, stop, wall_stress
from multiscale.particles.simulation import Simulation
from multiscale.records import FloatArray, Packing
from multiscale.stages.grains.dry import Plan, at_rest, give, simulation
from multiscale.stages.grains.forces import CARRIER, entry_pressure
from multiscale.stages.grains.protocol import LID, LOOK, Entry
from multiscale.stages.grains.suspension import Content, Suspension, solids_mass
from multiscale.voxels.permeability import permeability
from multiscale.voxels.voxelise import surface_distances

_REST = 1500  # steps for which the plate stands before the pressure is taken
_FIRST, _LAST = 0.02, 0.74  # above the wet film; of all spheres, more than any packing holds
_VOXELS = 6.0  # of a sphere's diameter of carbon-binder domain: the least that resolves a pore


@dataclass(frozen=True)
class Network:
    """Closures for the film model, by solid fraction of all solids without nano-pores.

    Attributes:
        phi: solid fraction, shape (n,).
        pressure: P_y over the pressure of air entry at phi_max, shape (n,).
        pressure_error: standard deviation of it while the plate stands, and what an error of phi
            makes, shape (n,).
        permeability: k along z, m^2, shape (n,).
        permeability_error: numerical, m^2, shape (n,).
        phi_max: where the network bears the pressure of air entry.
        phi_max_error: of it.
        solids: volume of the solids per area, m; the same at all phi and in the film.
        mass: of the spheres per area, kg/m^2.
    """

    phi: FloatArray
    pressure: FloatArray
    pressure_error: FloatArray
    permeability: FloatArray
    permeability_error: FloatArray
    phi_max: float
    phi_max_error: float
    solids: float
    mass: float


@dataclass(frozen=True)
class Squeeze:
    """Lower the plate to a height, the paste going along; end early where air enters.

    Attributes:
        height: at which to end.
        speed: of the plate.
        entry: of air, at whose pressure the plate that moves stops.
    """

    height: float
    speed: float
    entry: Entry
    every: int = LOOK
    most: int = 10_000_000

    def start(self, sim: Simulation, memory: Memory) -> None:
        """Set the plate going."""
        sim.set_wall_velocity(LID, (0.0, 0.0, -self.speed))
        sim.set_law(CARRIER, pull=-self.speed / float(sim.lengths[2]))

    def look(self, sim: Simulation, memory: Memory) -> float:
        """Stop at the height or at the pressure."""
        sim.set_law(CARRIER, pull=-self.speed / float(sim.lengths[2]))
        now = float(sim.lengths[2])
        hard = now / (1 - 3 * give(sim))
        if self.entry.share(wall_stress(sim, LID), hard) >= 1:
            return 1.0
        return 1.0 if now <= self.height else 0.0


@dataclass(frozen=True)
class Stand:
    """Let the plate stand and take its pressure in the second half."""

    steps: int = _REST
    every: int = LOOK
    samples: list[float] = field(default_factory=list, repr=False)

    @property
    def most(self) -> int:
        """Steps after which it has failed."""
        return self.steps + 2 * self.every

    def start(self, sim: Simulation, memory: Memory) -> None:
        """Stop the plate and the paste."""
        stop(sim)
        sim.set_law(CARRIER, pull=0.0)
        memory["looks"] = 0.0

    def look(self, sim: Simulation, memory: Memory) -> float:
        """Take the pressure."""
        memory["looks"] += 1
        share = memory["looks"] * self.every / self.steps
        if share > 0.5:
            self.samples.append(wall_stress(sim, LID))
        return share


def squeeze_network(
    plan: Plan, packing: Packing, content: Content, points: int, ctx: Context
) -> Network:
    """Press what dried to a packing until it bears the pressure of air entry. Collective.

    Args:
        plan: of its drying.
        packing: that it gave, the same on all ranks.
        content: volumes and masses per area.
        points: solid fractions at which it is looked at.
        ctx: ranks and a voice.
    """
    height, unit = plan.course.at(0.0), plan.suspension.unit
    spheres = replace(plan.suspension, radius=packing.radius / unit)
    wet = in_wet_film(packing, spheres, height, alone=ctx.comm.rank == 0)
    sim = simulation(wet, plan, plan.forces, height, ctx.comm)
    bulk = float(np.sum(4 / 3 * np.pi * spheres.radius**3)) / spheres.edge**2
    speed = (height - bulk / _LAST) / (4 * plan.steps)
    rows: list[tuple[float, ...]] = []
    for k, fraction in enumerate(np.linspace(bulk / height + _FIRST, _LAST, 2 * points)):
        stand = Stand()
        down = Squeeze(bulk / fraction, speed, plan.entry)
        perform(sim, [down, stand], sample=1_000_000_000)
        now = float(sim.lengths[2])
        p, scatter = float(np.mean(stand.samples)), float(np.std(stand.samples))
        flow = ctx.on_root(partial(_flow, _gathered(sim), spheres.edge, now, unit))
        phi = plan.solids / now
        rows.append((phi, give(sim), p, scatter, *flow))
        ctx.report(
            (k + 1) / (2 * points), f"phi = {phi:.3f}, P/p_e = {plan.entry.share(p, now):.3g}"
        )
        if now > bulk / fraction * (1 + 1e-3):
            break  # it bore the pressure before it was there
    mass = solids_mass(spheres, content, packing.nanoporosity)
    return network_of(np.array(rows).T, plan.entry, content.solids, mass)


def in_wet_film(
    packing: Packing, spheres: Suspension, height: float, *, alone: bool
) -> dem.Particles:
    """Put the spheres of a packing back to where they lay in the wet film, all on one rank.

    Args:
        packing: from foil to surface.
        spheres: their radii and types, in the same order.
        height: of the wet film over the radius of a sphere of carbon-binder domain.
        alone: whether this rank is the one that holds them.
    """
    ids = np.arange(len(spheres.radius) if alone else 0)
    at = packing.position[ids] / spheres.unit
    at[:, 2] *= height * spheres.unit / packing.thickness
    return at_rest(at, ids, spheres)


def network_of(rows: FloatArray, entry: Entry, solids: float, mass: float) -> Network:
    """Make closures of what was seen.

    Args:
        rows: phi, and s, of soft spheres; pressure at rest and its scatter; k and its error, m^2,
            shape (6, n); the last where the plate bore p_e as it moved.
        entry: of air.
        solids, mass: of all spheres per area, m and kg/m^2.
    """
    soft, s, P, scatter, k, k_error = rows
    phi = np.maximum.accumulate(soft * (1 - 3 * s) + 1e-6 * np.arange(soft.size))
    off = 0.5 * np.abs(soft - phi)
    p_e = entry_pressure(entry.suction, phi[-1])
    stiffness = np.maximum(np.gradient(P, phi), 0.0)
    lacking = max(p_e - P[-1], 0.0) / max(stiffness[-1], 1e-300)
    moved = np.exp(np.interp(phi, soft, np.log(k)))  # the flow saw the pores of soft spheres
    return Network(
        phi,
        P / p_e,
        (scatter + stiffness * off) / p_e,
        moved,
        k_error + 0.5 * np.abs(moved - k),
        phi_max=float(phi[-1]),
        phi_max_error=float(off[-1] + lacking),
        solids=solids,
        mass=mass,
    )


def _gathered(sim: dem.Simulation) -> tuple[FloatArray, FloatArray] | None:
    """Give centres and radii of all spheres on rank 0. Collective."""
    p = sim.particles()
    parts = sim.comm.gather((p.id, p.position, p.radius))
    if parts is None:
        return None
    ids, at, radius = (np.concatenate(a) for a in zip(*parts, strict=True))
    order = np.argsort(ids)
    return at[order], radius[order]


def _flow(
    at: tuple[FloatArray, FloatArray] | None, edge: float, height: float, unit: float
) -> tuple[float, float]:
    """Give k along z and its numerical error, m^2; the domain is taken as tight."""
    assert at is not None
    centre, radius = at
    lateral = 2 * round(edge * _VOXELS / 4)
    size = edge / lateral
    shape = (lateral, lateral, 2 * max(round(height / (2 * size)), 8))
    edges = np.array([size, size, height / shape[2]])
    distance, _ = surface_distances(centre, radius, shape, edges)
    level = distance / np.float32(size)
    found = permeability(level > 0, edges * unit, 2, (True, True, False), level=level)
    return found.value, found.error
