"""The tables of a particle case, except the laws: box, species, walls, binder and output."""

from __future__ import annotations

from typing import Annotated, Literal, NamedTuple

from pydantic import Field

from multiscale.coupling.stage import Options
from multiscale.particle_case.interval import Interval
from multiscale.units import Quantity

Length = Annotated[float, Quantity("m", above=0, display="um")]
Pressure = Annotated[float, Quantity("Pa", above=0, display="MPa")]
Fraction = Annotated[float, Quantity("1", above=0, below=1)]
Positive = Annotated[float, Quantity("1", above=0)]
Time = Annotated[float, Quantity("s", low=0)]
Axis = Literal["x", "y", "z"]


class BoxInput(Options):
    """The box at the start. Web direction x, cross-web y, thickness z."""

    lengths: tuple[Length, Length, Length]
    """Lengths along x, y and z."""
    periodic: tuple[bool, bool, bool] = (True, True, True)
    """Whether the box repeats itself along x, y and z."""


class SpeciesInput(Options):
    """One kind of particle: its material, its sizes and how many there are."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")]
    """Name, as the tables of the laws use it: "AM", "CBD"."""
    density: Annotated[float, Quantity("kg/m^3", above=0, display="g/cm^3")]
    """Density of the particles."""
    mass_scaling: Positive = 1.0
    """Factor on the mass, for a longer time step where inertia does not count."""
    diameter: Length | None = None
    """Diameter, where all are alike; or d10, d50 and d90, or psd."""
    d10: Length | None = None
    """Diameter below which 10 % of the volume lies."""
    d50: Length | None = None
    """Diameter below which 50 % of the volume lies."""
    d90: Length | None = None
    """Diameter below which 90 % of the volume lies."""
    psd: str | None = None
    """CSV file, columns `diameter [um]` and `volume fraction [1]`."""
    count: Annotated[int, Field(ge=1)] | None = None
    """Number of particles; or solid_fraction."""
    solid_fraction: Fraction | None = None
    """Volume of these particles over that of the box at the start."""


class WallInput(Options):
    """A plane wall across an axis."""

    axis: Axis
    """Axis that the wall is across."""
    side: Literal["low", "high"] | None = None
    """Side of the box where the wall is; or position."""
    position: Annotated[float, Quantity("m", display="um")] | None = None
    """Where the wall is along the axis; it faces the middle of the box."""
    material: str | None = None
    """Name in the tables of the laws: that of a species or one of its own; by default the first
    species."""
    bonded: bool = False
    """Whether the binder joins it to near particles too: a foil."""


class BinderInput(Options):
    """Breakable visco-elastic bonds between near particles: the binder of a dried electrode."""

    volume_ratio: Annotated[float, Quantity("1", above=0, high=1)]
    """Volume of the binder, without its own pores, over that of the particles."""
    gap: Length
    """Largest distance of the surfaces of a bound pair."""
    young: Pressure
    """Instantaneous Young's modulus, of binder without pores."""
    poisson: Annotated[float, Quantity("1", above=-1, high=0.5)]
    """Poisson's ratio."""
    tensile_strength: Pressure | None = None
    """Tensile strength; by default the bonds do not break."""
    shear_strength: Pressure | None = None
    """Shear strength; by default the bonds do not break."""
    shares: tuple[Annotated[float, Quantity("1", low=0, below=1)], ...] = ()
    """Share of the modulus that each branch relaxes."""
    times: tuple[Annotated[float, Quantity("s", above=0)], ...] = ()
    """Relaxation time of each branch."""
    damping: Time = 0.0
    """Time t_d of a damping force, stiffness times t_d times speed."""
    friction: Annotated[float, Quantity("1", low=0)] | None = None
    """Of broken necks, which then stay between their particles and carry pressure; by default they
    carry nothing."""
    porosity: Annotated[float, Quantity("1", low=0, below=1)] = 0.0
    """Of the binder itself: its necks are softer and larger, and pressing shuts their pores. Needs
    a yield stress, and no relaxation."""
    yield_stress: Pressure | None = None
    """At which solid binder flows, where it has pores."""


class Glue(NamedTuple):
    """The binder, and the walls that it joins to near particles, by their place in the case."""

    binder: BinderInput
    walls: tuple[int, ...]


class OutputInput(Options):
    """What is written and how often: after a number of steps, `1000`, or a time, `"1 us"`."""

    sample: Interval = Interval(steps=1000)
    """Between two rows of samples.csv."""
    frames: Interval | None = None
    """Between two frames for ParaView, rounded to samples; by default none."""
    particles: bool = True
    """Whether frames of the particles are written."""
    contacts: bool = False
    """Whether frames of the contacts are written."""
    checkpoint: Interval = Interval(steps=20_000)
    """Between two checkpoints, from which a run goes on."""
    picture: bool = True
    """Whether samples.png is drawn at the end."""
