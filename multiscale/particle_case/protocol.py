"""The stages of a protocol as a case file gives them, and what they mean to the engine."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from multiscale.coupling.stage import Options
from multiscale.particle_case.options import Axis, Fraction, Glue, Length, Positive, Pressure
from multiscale.units import Quantity

if TYPE_CHECKING:
    from multiscale.particles.protocols import Stage

Lengths = Sequence[float]
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

    def seconds(self, lengths: Lengths, solid_fraction: float) -> float | None:
        """Give how long it will take [s]; None where that is not known before."""
        return None

    def rate(self, lengths: Lengths) -> float:
        """Give the rate of strain that it imposes [1/s]."""
        return 0.0

    def solid_fraction_after(self, lengths: Lengths, solid_fraction: float) -> float:
        """Give about what the solid fraction will be at its end."""
        return solid_fraction

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

    def seconds(self, lengths: Lengths, solid_fraction: float) -> float | None:
        if self.speed < 0 and self.pressure is not None:
            return None
        height = lengths["xyz".index(self.axis)]
        end = height * solid_fraction / self.solid_fraction_after(lengths, solid_fraction)
        return max(0.0, (height - end) / self.speed)

    def solid_fraction_after(self, lengths: Lengths, solid_fraction: float) -> float:
        if self.gap is not None:
            return solid_fraction * lengths["xyz".index(self.axis)] / self.gap
        met = min(solid_fraction, DENSEST) if self.speed < 0 else max(solid_fraction, DENSEST)
        return self.solid_fraction or met

    def rate(self, lengths: Lengths) -> float:
        return abs(self.speed) / lengths["xyz".index(self.axis)]


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

    def seconds(self, lengths: Lengths, solid_fraction: float) -> float | None:
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

    def seconds(self, lengths: Lengths, solid_fraction: float) -> float | None:
        return 2 * math.sqrt(self.roll_radius * max(lengths[2] - self.gap, 0.0)) / self.web_speed

    def rate(self, lengths: Lengths) -> float:
        entry = math.sqrt(self.roll_radius * max(lengths[2] - self.gap, 0.0))
        return 2 * entry * self.web_speed / self.roll_radius / lengths[2]


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

    def seconds(self, lengths: Lengths, solid_fraction: float) -> float | None:
        end = self.solid_fraction_after(lengths, solid_fraction)
        return max(0.0, math.log(end / solid_fraction) / 3 / self.rate_of_length)

    def solid_fraction_after(self, lengths: Lengths, solid_fraction: float) -> float:
        return self.solid_fraction or max(DENSEST, solid_fraction)

    def rate(self, lengths: Lengths) -> float:
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

    def seconds(self, lengths: Lengths, solid_fraction: float) -> float | None:
        before, after = self.shear_rate_before or self.shear_rate, self.shear_rate
        if math.isclose(before, after):
            return self.strain / after
        return self.strain * math.log(after / before) / (after - before)  # it grows with the strain

    def rate(self, lengths: Lengths) -> float:
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

    def seconds(self, lengths: Lengths, solid_fraction: float) -> float | None:
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
