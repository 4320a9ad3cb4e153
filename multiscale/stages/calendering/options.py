"""Settings of the calender and the coating's answer to it."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, model_validator

from multiscale.coupling.stage import Options
from multiscale.materials.foil import foil
from multiscale.units import Quantity


class Measured(Options):
    """A film that came as it is, its loading and porosity measured: a dry mix has no other."""

    kind: Literal["measured"] = "measured"
    """Loading and porosity as measured; what pressed the film is not modelled, and the rolls'
    numbers are 0."""
    loading: Annotated[float, Quantity("kg/m^2", low=1e-3, high=2, display="mg/cm^2")]
    """Mass of the coating per area and side."""
    porosity: Annotated[float, Quantity("1", low=0.05, high=0.8)]
    """Pore fraction, all pores; the thickness follows from it and the densities."""
    foil: Annotated[str, AfterValidator(lambda name: foil(name).name)] = "Al"
    """Foil material: "Al" or "Cu"."""
    foil_thickness: Annotated[float, Quantity("m", low=2e-6, high=1e-4, display="um")] = 15e-6
    """Thickness of the foil."""
    coated_sides: Literal[1, 2] = 2
    """Sides of the foil that are coated; both carry the same film."""
    width: Annotated[float, Quantity("m", low=0.01, high=3, display="mm")] = 0.3
    """Coated width."""
    web_speed: Annotated[float, Quantity("m/s", low=1e-3, high=5, display="m/min")] = 0.25
    """Web speed."""


class LineLoad(Options):
    """Roll-gap slab model, driven by the line load or by the gap set on the machine.

    The compaction and release parameters are priors for an NMC cathode 96/2/2 with PVDF and carbon
    black; docs/explanation/calendering.md tells how they were chosen and how to fit them. For a
    graphite anode start from sigma_c = "40 MPa", porosity_min = 0.2, unloading_modulus = "600 MPa".
    """

    kind: Literal["line-load"] = "line-load"
    line_load: Annotated[float, Quantity("N/m", low=1e2, high=3e6, display="N/mm")] | None = None
    """Roll force per coated width. Give this or `gap`; 500 N/mm where neither is given."""
    gap: Annotated[float, Quantity("m", low=-2e-3, high=5e-3, display="um")] | None = None
    """Gap set on the unloaded machine, foil subtracted; the mill's stretch opens it under load."""
    passes: int = 1
    """Passes at this setting, one right after the other."""
    coated_sides: Literal[1, 2] = 2
    """Sides of the foil that are coated and pressed together; both carry the same coating."""
    roll_radius: Annotated[float, Quantity("m", low=0.02, high=1.0, display="mm")] = 0.25
    """Radius of each of the two steel rolls."""
    mill_stiffness: Annotated[float, Quantity("N/m", low=1e7, high=1e12, display="kN/mm")] = 1e9
    """Roll force per opening of the gap: frame, bearings and roll bending."""
    web_speed: Annotated[float, Quantity("m/s", low=1e-3, high=5, display="m/min")] = 0.25
    """Web speed in the calender."""
    roll_temperature: Annotated[float, Quantity("K", low=273.15, high=473.15, display="degC")] = (
        333.15
    )
    """Surface temperature of the rolls."""
    web_temperature: Annotated[float, Quantity("K", low=273.15, high=473.15, display="degC")] = (
        298.15
    )
    """Temperature of the web as it enters the nip, after any preheating."""
    porosity_min: Annotated[float, Quantity("1", low=0.03, high=0.6)] = 0.265
    """Porosity, after all recovery, that no load gets below."""
    sigma_c: Annotated[float, Quantity("Pa", low=1e5, high=2e9, display="MPa")] = 80e6
    """Stress scale of compaction at `reference_temperature`."""
    unloading_modulus: Annotated[float, Quantity("Pa", low=5e7, high=5e10, display="GPa")] = 2.5e9
    """Uniaxial-strain modulus of release, M_u."""
    softening: Annotated[float, Quantity("1/K", low=0, high=0.05)] = 0.003
    """Relative fall of sigma_c per kelvin, beta."""
    reference_temperature: Annotated[
        float, Quantity("K", low=273.15, high=473.15, display="degC")
    ] = 298.15
    """Temperature at which `sigma_c` is stated."""
    thermal_diffusivity: Annotated[
        float, Quantity("m^2/s", low=1e-8, high=1e-4, display="mm^2/s")
    ] = 3.7e-7
    """Thermal diffusivity of the coating, through its thickness."""
    recovery_shares: tuple[Annotated[float, Quantity("1", low=0, high=2)], ...] = (0.13, 0.11)
    """Slow recovery after the nip, each mode over the elastic one (Prony)."""
    recovery_times: tuple[Annotated[float, Quantity("s", low=1e-3, high=1e8, display="h")], ...] = (
        211.0,
        4807.0,
    )
    """Time constant of each mode."""
    rest_time: Annotated[float, Quantity("s", low=0, high=1e9, display="h")] = 86400.0
    """Time between the nip and the next step, over which the coating recovers."""
    elongation: Annotated[float, Quantity("1", low=1.0, high=1.1)] = 1.0
    """Web length after over before, read between two marks; near 1.01 on aluminium, 1 on copper."""

    @model_validator(mode="after")
    def _one_control(self) -> Self:
        if self.line_load is not None and self.gap is not None:
            raise ValueError("give either line_load or gap, not both: one follows from the other")
        if len(self.recovery_shares) != len(self.recovery_times):
            raise ValueError(
                f"recovery_shares has {len(self.recovery_shares)} modes and recovery_times "
                f"{len(self.recovery_times)}; give one time per share"
            )
        if not 1 <= self.passes <= 20:
            raise ValueError(f"passes is {self.passes}; allowed 1 to 20")
        return self

    @property
    def load(self) -> float:
        """Line load that drives the calender where no gap is set, N/m."""
        return 500e3 if self.line_load is None else self.line_load
