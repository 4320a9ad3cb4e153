"""Calendering as a stage: the dry coating in, the pressed electrode out."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from multiscale.coupling.context import Context
from multiscale.coupling.stage import Balance, stage
from multiscale.errors import HandoverError, StageFailed
from multiscale.log import logger
from multiscale.records import DryCoating, Electrode, Formulation, Powder
from multiscale.stages.calendering.calender import Calendered, calendered
from multiscale.stages.calendering.measured import given_electrode
from multiscale.stages.calendering.nip_curve import nip_curve
from multiscale.stages.calendering.options import LineLoad, Measured
from multiscale.stages.calendering.roll_gap import POINTS

# Between the coating's stated porosity and the one from its masses and thickness.
POROSITY_GAP = 0.02
# Measured spring-back is 2 to 10 %; far above, a linear law of release has no ground.
PLAUSIBLE_SPRINGBACK = 0.15


def solid_thickness(powder: Powder, formulation: Formulation, coating: DryCoating) -> float:
    """Thickness of the solid alone, H_s = sum_i m_i/rho_i, m, one side."""
    binders = float(np.sum(coating.binder_mass / formulation.binder_density))
    return (
        coating.active_mass / powder.density
        + coating.additive_mass / formulation.additive_density
        + binders
    )


def _solids_in(inputs: Mapping[str, Any]) -> float:
    return solid_thickness(inputs["powder"], inputs["formulation"], inputs["coating"])


def _mass(record: DryCoating | Electrode) -> float:
    return record.active_mass + record.additive_mass + float(np.sum(record.binder_mass))


# Per area of the unstretched web: stretching by lambda divides every areal mass by lambda.
# The first two hold only if the mechanics kept the solid: thickness, porosity and density come from
# them, the masses compared with do not. The others check that the masses are handed on.
_PRESSED = ("line-load",)  # of these kinds; a measured film has nothing to compare with
CONSERVES = [
    Balance(
        "solid volume",
        "m^3/m^2",
        _solids_in,
        lambda after: after.thickness * (1 - after.porosity) * after.elongation,
        kinds=_PRESSED,
    ),
    Balance(
        "dry coating mass",
        "kg/m^2",
        lambda inputs: _mass(inputs["coating"]),
        lambda after: after.density * after.thickness * after.elongation,
        kinds=_PRESSED,
    ),
    Balance(
        "active mass",
        "kg/m^2",
        lambda inputs: inputs["coating"].active_mass,
        lambda after: after.active_mass * after.elongation,
        kinds=_PRESSED,
    ),
    Balance(
        "additive mass",
        "kg/m^2",
        lambda inputs: inputs["coating"].additive_mass,
        lambda after: after.additive_mass * after.elongation,
        kinds=_PRESSED,
    ),
    Balance(
        "binder mass",
        "kg/m^2",
        lambda inputs: float(np.sum(inputs["coating"].binder_mass)),
        lambda after: float(np.sum(after.binder_mass)) * after.elongation,
        kinds=_PRESSED,
    ),
]


@stage("calendering", version=3, kinds=[LineLoad, Measured], conserves=CONSERVES)
def calender(
    powder: Powder,
    formulation: Formulation,
    coating: DryCoating | None,
    options: LineLoad | Measured,
    ctx: Context,
) -> Electrode:
    """Press the coating between two rolls and let it spring back, or take a film as measured.

    Raises:
        StageFailed: there is no coating to press, or a coating and a measured film.
    """
    if isinstance(options, Measured):
        if coating is not None:
            raise StageFailed(
                'calendering.kind = "measured" is for a dry mix; the coating of this recipe was '
                "dried, and is pressed by line-load"
            )
        return given_electrode(powder, formulation, options)
    if coating is None:
        raise StageFailed(
            'no stage makes a film of a dry mix: set calendering.kind = "measured" with its '
            "loading and porosity"
        )
    solid = solid_thickness(powder, formulation, coating)
    porosity = 1 - solid / coating.thickness
    if abs(porosity - coating.porosity) > POROSITY_GAP:
        raise HandoverError(
            f"the dry coating states a porosity of {coating.porosity:.4f}, but its masses and its "
            f"thickness of {coating.thickness * 1e6:.2f} um make"
            f" {porosity:.4f}; check the densities"
        )
    ctx.report(0.0, f"dry porosity {porosity:.3f}")
    fine, coarse = ctx.on_root(
        lambda: (
            _solve(solid, porosity, coating, options, POINTS),
            _solve(solid, porosity, coating, options, POINTS // 2),
        )
    )
    electrode = _pack(_mass(coating) / solid, coating, options, fine, coarse)
    if electrode.springback > PLAUSIBLE_SPRINGBACK:
        logger.warning(
            "the coating springs back by %.0f %%, measured ones by 2 to 10 %%: the linear law of "
            "release is outside what it was made for; raise calendering.unloading_modulus or press "
            "less",
            100 * electrode.springback,
        )
    ctx.report(1.0, f"porosity {electrode.porosity:.3f} at {electrode.line_load / 1e3:.0f} N/mm")
    return electrode


def _solve(
    solid: float, porosity: float, coating: DryCoating, options: LineLoad, points: int
) -> Calendered:
    # The foil stretches ahead of the nip: the layer keeps its thickness and opens its pores.
    web_solid = options.coated_sides * solid / options.elongation
    return calendered(
        web_solid, 1 - (1 - porosity) / options.elongation, coating.width, options, points
    )


def _values(
    solid_density: float, width: float, options: LineLoad, done: Calendered
) -> dict[str, Any]:
    """The computed fields of the record; `solid_density` is that of the solids together, kg/m^3."""
    nip, thickness = done.last, done.thickness / options.coated_sides
    nip_thickness, nip_pressure = nip_curve(done.law, done.entered, nip)
    return {
        "thickness": thickness,
        "porosity": done.porosity,
        "density": (1 - done.porosity) * solid_density,
        "line_load": nip.line_load,
        "gap": nip.gap,
        "set_gap": nip.gap - nip.line_load * width / options.mill_stiffness,
        "peak_pressure": nip.peak_stress,
        "springback": done.thickness / nip.gap - 1,
        "roll_flattening": nip.flattening,
        "nip_length": nip.length,
        "roll_work": done.work / options.coated_sides,
        "nip_thickness": nip_thickness / options.coated_sides,
        "nip_pressure": nip_pressure,
    }


def _pack(
    solid_density: float,
    coating: DryCoating,
    options: LineLoad,
    fine: Calendered,
    coarse: Calendered,
) -> Electrode:
    values = _values(solid_density, coating.width, options, fine)
    check = _values(solid_density, coating.width, options, coarse)
    # Half the points against all, and the brackets' tolerance of 1e-12.
    error = {
        name: float(np.max(np.abs(values[name] - check[name]) + 1e-12 * np.abs(values[name])))
        for name in values
    }
    stretch = options.elongation
    return Electrode(
        **values,
        active_mass=coating.active_mass / stretch,
        additive_mass=coating.additive_mass / stretch,
        binder_mass=coating.binder_mass / stretch,
        solvent_mass=coating.solvent_mass / stretch,
        elongation=stretch,
        z=coating.z,
        binder=coating.binder,
        roll_temperature=options.roll_temperature,
        web_speed=options.web_speed,
        width=coating.width,
        foil=coating.foil,
        foil_thickness=coating.foil_thickness / stretch,
        coated_sides=options.coated_sides,
        error=error,
    )
