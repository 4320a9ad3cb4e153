"""What makes one simulation another one: it must be the same at a restart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from multiscale.particles.law import PairLaw

if TYPE_CHECKING:
    from multiscale.particles.simulation import Simulation


def settings(simulation: Simulation) -> dict[str, Any]:
    """Give laws with their parameters, types, sides, skins and time step, as JSON knows them.

    Positions, velocities and what a protocol may change (walls, rates of the box) are state, and
    not settings.
    """
    return {
        "laws": [
            {
                "name": law.name,
                "parameters": dict(law.given),
                "history": law.kind.history if isinstance(law.kind, PairLaw) else 0,
            }
            for law in simulation.laws
        ],
        "types": list(simulation.types),
        "periodic": list(simulation.box.periodic),
        "walls": len(simulation.walls),
        "bonds": simulation.bonds is not None,
        "skin": simulation.lists.skin,
        "inner_skin": simulation.lists.inner_skin,
        "time_step": simulation.time_step,
    }
