"""Options of the coating stage, one model per kind."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, model_validator

from multiscale.coupling.stage import Options
from multiscale.materials.foil import foil
from multiscale.units import Quantity


class _Coater(Options):
    """What every coater has."""

    web_speed: Annotated[float, Quantity("m/s", low=1e-4, high=3.0, display="m/min")] = 0.05
    """Speed of the web through coater and dryer."""
    width: Annotated[float, Quantity("m", low=5e-3, high=3.0, display="mm")] = 0.3
    """Coated width."""
    foil: Annotated[str, AfterValidator(lambda name: foil(name).name)] = "Al"
    """Current collector, a name known to multiscale.materials."""
    foil_thickness: Annotated[float, Quantity("m", low=4e-6, high=1e-4, display="um")] = 15e-6
    """Thickness of the foil."""


class CommaBar(_Coater):
    """Comma bar: a gap law calibrated at one speed, carried to others by lubrication."""

    kind: Literal["comma-bar"] = "comma-bar"
    """Which coater."""
    gap: Annotated[float, Quantity("m", low=2e-5, high=2e-3, display="um")] = 170.8e-6
    """Gap as set on the gauge."""
    slope: Annotated[float, Quantity("1", low=0.3, high=1.5)] = 0.826
    """Wet thickness per gap at `law_speed`; of public coatings, to be replaced by one's own."""
    offset: Annotated[float, Quantity("m", low=-1e-4, high=2e-4, display="um")] = 21.4e-6
    """Wet thickness at zero gap, of the same law."""
    law_speed: Annotated[float, Quantity("m/s", low=1e-4, high=3.0, display="mm/s")] = 5e-3
    """Web speed at which slope and offset were measured; the law holds as it is there."""
    bar_radius: Annotated[float, Quantity("m", low=1e-4, high=0.5, display="mm")] = 2e-3
    """Radius of the bar's edge at the gap."""
    reservoir_head: Annotated[float, Quantity("m", low=0.0, high=0.5, display="mm")] = 0.03
    """Height of the slurry in front of the bar; it pushes the more, the slower and the thinner."""

    @model_validator(mode="after")
    def _gap_is_open(self) -> Self:
        film = self.slope * self.gap + self.offset
        if film <= 0.0:
            raise ValueError(
                f"a gap of {self.gap * 1e6:.4g} um leaves no film under the gap law: slope * gap + "
                f"offset is {film * 1e6:.4g} um; widen the gap or correct the offset"
            )
        return self


class SlotDie(_Coater):
    """Slot die: the pump sets the film, the bead must carry it."""

    kind: Literal["slot-die"] = "slot-die"
    """Which coater."""
    flow_rate: Annotated[float, Quantity("m^3/s", low=1e-10, high=1e-3, display="mL/min")] = (
        1.9845e-6
    )
    """Slurry pumped to the die over the coated width."""
    gap: Annotated[float, Quantity("m", low=2e-5, high=2e-3, display="um")] = 200e-6
    """Gap between lips and web."""
    downstream_lip: Annotated[float, Quantity("m", low=1e-4, high=1e-2, display="mm")] = 1e-3
    """Length of the lip over the leaving film."""
    upstream_lip: Annotated[float, Quantity("m", low=1e-4, high=1e-2, display="mm")] = 1e-3
    """Length of the lip over the arriving web."""
    dynamic_contact_angle: Annotated[
        float, Quantity("rad", low=0.0, high=3.1416, display="deg")
    ] = 2.1
    """Angle of the slurry on the moving web, 110 to 140 deg when wetting is forced."""
    static_contact_angle: Annotated[float, Quantity("rad", low=0.0, high=3.1416, display="deg")] = (
        1.05
    )
    """Angle of the slurry on the upstream lip."""
    vacuum: Annotated[float, Quantity("Pa", low=0.0, high=2e4)] = 0.0
    """Ambient pressure minus pressure in the box upstream of the bead."""
