"""The strip of web beside the edge as it enters the dryer, and what a state of it means."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from multiscale.errors import StageFailed
from multiscale.records.record import FloatArray
from multiscale.stages.drying.edge.mesh import duals, graded_positions
from multiscale.stages.drying.edge.options import Edge
from multiscale.stages.drying.film import Film
from multiscale.stages.drying.skeleton import Skeleton

BARE_CELLS = 16
LEAST_BARE = 1e-7  # m, where there is no bare foil; it takes no heat worth the name
FIRST_CELL = 0.2  # of an even cell; the edge is that much finer


@dataclass(frozen=True)
class Web:
    """Coating and foil beside the edge; y = 0 at the edge, bare foil at y < 0.

    Attributes:
        film: the film in the middle of the web, as it enters.
        skeleton: what its solids resist with.
        moving: volume of all binder that moves, in the middle, m.
        foil_capacity: heat capacity of the foil, J/(m^2 K).
        foil_conductance: its conductivity times thickness, W/K.
        edge: options.
        y: positions of the columns, m.
        bare: centres of the cells of the bare foil, m; and their widths.
        height: initial height, m.
        wedge: width of the wedge outside the rim, m.
        profile: heat and mass transfer over those in the middle.
        packing: mean solid fraction at which each column ceases to shrink.
        connected: saturation below which its liquid no longer reaches the surface.
        pore_index: n of the pores' size distribution.
    """

    film: Film
    skeleton: Skeleton
    moving: float
    foil_capacity: float
    foil_conductance: float
    edge: Edge
    y: FloatArray
    bare: FloatArray
    bare_width: FloatArray
    height: FloatArray
    wedge: float
    profile: FloatArray
    packing: FloatArray
    connected: FloatArray
    pore_index: float

    @cached_property
    def dual(self) -> FloatArray:
        """Width of each column's cell, m."""
        return duals(self.y)

    @property
    def solids_capacity(self) -> float:
        """Heat capacity of the solids per volume, J/(m^3 K)."""
        return (self.film.heat_capacity - self.foil_capacity) / self.film.solids_volume


@dataclass(frozen=True)
class State:
    """A state of the web; arrays over its columns.

    Attributes:
        S, B, H: thickness of solvent, of mobile binder and of the solids that stay, m.
        h: height, m.
        T: temperature, K.
        T_bare: of the bare foil, K.
        saturation: share of the pores that solvent fills; 1 while the film shrinks.
    """

    S: FloatArray
    B: FloatArray
    H: FloatArray
    h: FloatArray
    T: FloatArray
    T_bare: FloatArray
    saturation: FloatArray

    def of(self, columns: Any) -> State:
        """Give some of the columns, by an index of the arrays."""
        S, B, H, h, T, saturation = (
            row[columns] for row in (self.S, self.B, self.H, self.h, self.T, self.saturation)
        )
        return State(S, B, H, h, T, self.T_bare, saturation)

    @property
    def L(self) -> FloatArray:
        """Thickness of the solution, m."""
        return self.S + self.B

    @property
    def phi(self) -> FloatArray:
        """Solid fraction, all binder counted."""
        return (self.H + self.B) / self.h


def entering_height(film: Film) -> float:
    """Give the wet film's height in the middle of the web, m."""
    return film.solids_volume + film.initial_solvent / film.liquid_density


def make_web(
    film: Film,
    skeleton: Skeleton,
    pore_index: float,
    moving: float,
    foil_capacity: float,
    foil_conductance: float,
    edge: Edge,
) -> Web:
    """Lay the wet film beside its edge.

    h_0(y) = h [1 - (1 - rim) exp(-y/l) + bead (y/l) exp(1 - y/l)],  dh_0/dy(0) = tan(angle)

    Raises:
        StageFailed: the edge's slope does not fit into the strip.
    """
    h = entering_height(film)
    fall = h * (1 - edge.rim + math.e * edge.bead) / math.tan(edge.angle)
    if edge.width < 6 * fall:
        raise StageFailed(
            f"the wet edge slopes over {fall * 1e3:.2g} mm, too far for a strip of "
            f"{edge.width * 1e3:.3g} mm; raise drying.edge.width or drying.edge.angle"
        )
    y = graded_positions(edge.width, FIRST_CELL * edge.width / edge.columns, edge.columns)
    x = y / max(fall, 1e-12)
    shape = 1 - (1 - edge.rim) * np.exp(-x) + edge.bead * x * np.exp(1 - x)
    bare = max(edge.bare_foil, LEAST_BARE)
    faces = -graded_positions(bare, bare / 40, BARE_CELLS)[::-1]
    return Web(
        film,
        skeleton,
        moving,
        foil_capacity,
        foil_conductance,
        edge,
        y,
        0.5 * (faces[1:] + faces[:-1]),
        np.diff(faces),
        h * shape,
        edge.rim * h / math.tan(edge.angle) if edge.rim < 1 else math.inf,
        1
        + edge.air_enhancement * np.exp(-y / edge.air_layer)
        + edge.nozzle_variation * np.cos(2 * np.pi * y / edge.nozzle_pitch),
        np.full(y.size, film.packing),
        np.full(y.size, film.connected),
        pore_index,
    )


def initial_state(web: Web) -> FloatArray:
    """Give the vector of unknowns at the entry: S, B, H, heat of columns and of bare foil, totals.

    Heat counts from the temperature at the entry, so that it is 0.
    """
    film, n = web.film, web.y.size
    share = web.height / entering_height(film)
    solvent = film.initial_solvent / film.liquid_density
    thick = [solvent, web.moving, film.solids_volume - web.moving]
    rest = np.zeros(n + web.bare.size + 3)
    return np.concatenate([*(x * share for x in thick), rest])


def unpack(web: Web, vector: FloatArray) -> State:
    """Read a vector of unknowns, or several of them, shape (..., unknowns)."""
    film, n = web.film, web.y.size
    lead = vector.shape[:-1]
    S, B, H, heat = np.moveaxis(vector[..., : 4 * n].reshape(*lead, 4, n), -2, 0)
    capacity = (
        web.foil_capacity
        + web.solids_capacity * (H + B)
        + film.liquid_density * film.solvent.heat_capacity * np.maximum(S, 0.0)
    )
    return State(
        S,
        B,
        H,
        np.maximum(H + B + S, (H + B) / web.packing),
        film.initial_temperature + heat / capacity,
        film.initial_temperature + vector[..., 4 * n : 4 * n + web.bare.size] / web.foil_capacity,
        # Exactly 1 in a film that shrinks: rounding must not let air in.
        np.minimum(S / ((H + B) * (1 / web.packing - 1)), 1.0),
    )
