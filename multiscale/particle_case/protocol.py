"""The stages of a protocol as a case file gives them, and what they mean to the engine."""

from __future__ import annotations

import math
from abc import abstractmethod
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from multiscale.coupling.stage import Options
from multiscale.particle_case.extent import Extent
from multiscale.particle_case.options import Axis, Fraction, Glue, Length, Positive, Pressure
from multiscale.units import Quantity

if TYPE_CHECKING:
    from multiscale.particles.protocols import Stage

DENSEST = 0.64  # of equal spheres at random: where a pressure is met, if nothing else is known
Speed = Annotated[float, Quantity("m/s", display="mm/s")]
Rate = Annotated[float, Quantity("1/s", above=0)]


class StageInput(Options):
    """Base of all stages."""

    do: str
    """What is done."""
    most: Annotated[int, Field(ge=1)] | None = None
    """Steps after which the stage has failed."""

    @property
    def steady(self) -> bool:
        """Whether means over the stage say more than its end."""
        return False

    @abstractmethod
    def engine(self, glue: Glue | None) -> Stage:
        """Give the stage that the engine carries out; only `bind` needs the glue."""

    def seconds(self, room: Extent) -> float | None:
        """Give how long it will take [s]; None where that is not known before."""
        return None

    def rate(self, room: Extent) -> float:
        """Give the rate of strain that it imposes [1/s]."""
        return 0.0

    def after(self, room: Extent) -> Extent:
        """Give about what the room will be at its end."""
        return room

    def _limits(self) -> dict[str, int]:
        return {} if self.most is None else {"most": self.most}


class CompressInput(StageInput):
    """Move the upper wall until a gap, a solid fraction or a pressure is reached; give one."""

    do: Literal["compress"]
    speed: Speed
    """Speed of the wall; negative: it is lifted."""
    gap: Length | None = None
    """Distance of the walls at which to end."""
    solid_fraction: Fraction | None = None
    """At which to end."""
    pressure: Annotated[float, Quantity("Pa", low=0, display="MPa")] | None = None
    """On the moving wall at which to end."""
    axis: Axis = "z"
    """Along which the wall moves."""

    def engine(self, glue: Glue | None) -> Stage:
        from multiscale.particles.protocols import Compress

        return Compress(
            self.speed, self.gap, self.solid_fraction, self.pressure, self.axis, **self._limits()
        )

    def seconds(self, room: Extent) -> float | None:
        if self.speed < 0 and self.pressure is not None:
            return None
        return max(0.0, (room.along(self.axis) - self.after(room).along(self.axis)) / self.speed)

    def after(self, room: Extent) -> Extent:
        phi = room.solid_fraction
        met = min(phi, DENSEST) if self.speed < 0 else max(phi, DENSEST)
        if self.gap is not None:
            met = phi * room.along(self.axis) / self.gap
        end = room.filled(self.solid_fraction or met, self.axis)
        shrinks = end.along(self.axis) < room.along(self.axis)
        return end if shrinks == (self.speed > 0) else room  # beyond its end it is over at once

    def rate(self, room: Extent) -> float:
        return abs(self.speed) / room.along(self.axis)


class HoldInput(StageInput):
    """Let the upper wall follow a pressure for a time."""

    do: Literal["hold"]
    pressure: Pressure
    """To be held on the upper wall."""
    duration: Annotated[float, Quantity("s", above=0)]
    """How long."""
    pace: Annotated[float, Quantity("m/s", above=0, display="mm/s")]
    """Fastest speed of the wall."""
    axis: Axis = "z"
    """Along which the wall moves."""

    def engine(self, glue: Glue | None) -> Stage:
        from multiscale.particles.protocols import Hold

        return Hold(self.pressure, self.duration, self.pace, self.axis, **self._limits())

    def seconds(self, room: Extent) -> float | None:
        return self.duration


class NipInput(StageInput):
    """Carry the packing through the gap of two rolls."""

    do: Literal["nip"]
    gap: Length
    """Narrowest gap."""
    roll_radius: Annotated[float, Quantity("m", above=0, display="mm")]
    """Radius of the rolls, flattened."""
    web_speed: Annotated[float, Quantity("m/s", above=0, display="m/min")]
    """Speed of the web."""

    def engine(self, glue: Glue | None) -> Stage:
        from multiscale.particles.protocols import Nip

        return Nip(self.gap, self.roll_radius, self.web_speed, **self._limits())

    def seconds(self, room: Extent) -> float | None:
        return 2 * self._entry(room) / self.web_speed

    def after(self, room: Extent) -> Extent:
        height = room.along("z")
        return room.filled(room.solid_fraction * max(height / self.gap, 1.0), "z")

    def rate(self, room: Extent) -> float:
        return 2 * self._entry(room) * self.web_speed / self.roll_radius / room.along("z")

    def _entry(self, room: Extent) -> float:
        """Give how far before the narrowest gap the rolls touch the packing [m]."""
        return math.sqrt(self.roll_radius * max(room.along("z") - self.gap, 0.0))


class PackInput(StageInput):
    """Shrink a periodic box alike along its axes until a solid fraction or a pressure; give one."""

    do: Literal["pack"]
    rate_of_length: Rate
    """Of each length over its present value; positive: it shrinks."""
    solid_fraction: Fraction | None = None
    """At which to end."""
    pressure: Pressure | None = None
    """At which to end."""

    def engine(self, glue: Glue | None) -> Stage:
        from multiscale.particles.protocols import Pack

        return Pack(self.rate_of_length, self.solid_fraction, self.pressure, **self._limits())

    def seconds(self, room: Extent) -> float | None:
        ratio = math.prod(room.lengths) / math.prod(self.after(room).lengths)
        return max(0.0, math.log(ratio) / sum(room.periodic) / self.rate_of_length)

    def after(self, room: Extent) -> Extent:
        end = self.solid_fraction or max(DENSEST, room.solid_fraction)
        return room.filled(end, [a for a, p in zip("xyz", room.periodic, strict=True) if p])

    def rate(self, room: Extent) -> float:
        return self.rate_of_length


class ShearInput(StageInput):
    """Shear a periodic box, and the liquid in it, u = rate y e_x, up to a strain."""

    do: Literal["shear"]
    shear_rate: Rate
    """At the end of the stage."""
    strain: Positive
    """To reach in this stage."""
    shear_rate_before: Rate | None = None
    """At its begin, for a ramp linear in the strain; by default the rate at once."""

    @property
    def steady(self) -> bool:
        return self.shear_rate_before in (None, self.shear_rate)

    def engine(self, glue: Glue | None) -> Stage:
        from multiscale.particles.protocols import Shear

        return Shear(self.shear_rate, self.strain, self.shear_rate_before, **self._limits())

    def seconds(self, room: Extent) -> float | None:
        before, after = self.shear_rate_before or self.shear_rate, self.shear_rate
        if math.isclose(before, after):
            return self.strain / after
        return self.strain * math.log(after / before) / (after - before)  # it grows with the strain

    def rate(self, room: Extent) -> float:
        return max(self.shear_rate, self.shear_rate_before or 0.0)


class RelaxInput(StageInput):
    """Let the particles come to rest between walls that stand still."""

    do: Literal["relax"]
    balance: Positive = 1e-3
    """Largest unbalanced force over the mean contact force at which to end."""
    quench: bool = True
    """Whether all particles are stopped each time their kinetic energy has passed a maximum."""

    def engine(self, glue: Glue | None) -> Stage:
        from multiscale.particles.rest import Relax

        return Relax(self.balance, self.quench, **self._limits())


class SettleInput(StageInput):
    """Let the particles come to rest under the body laws."""

    do: Literal["settle"]
    calm: Positive = 1e-6
    """Kinetic energy over its largest value at which to end."""

    def engine(self, glue: Glue | None) -> Stage:
        from multiscale.particles.rest import Settle

        return Settle(self.calm, **self._limits())


class BindInput(StageInput):
    """Bind near particles by the [binder]; without this stage they are bound at the start."""

    do: Literal["bind"]

    def engine(self, glue: Glue | None) -> Stage:
        from multiscale.particle_case.bind import Bind

        assert glue is not None  # the case was checked
        return Bind(*glue)

    def seconds(self, room: Extent) -> float | None:
        return 0.0


STAGES: dict[str, type[StageInput]] = {
    "compress": CompressInput,
    "hold": HoldInput,
    "nip": NipInput,
    "pack": PackInput,
    "shear": ShearInput,
    "relax": RelaxInput,
    "settle": SettleInput,
    "bind": BindInput,
}
