"""The numbers a reader looks for first."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from multiscale.report.figures.cell import rate_name
from multiscale.report.html import table
from multiscale.results import RunView, Value, number_text, unit_text

_KEYS = {
    "slurry.solid_fraction": "solids in the slurry, by volume",
    "slurry.yield_stress": "yield stress",
    "slurry.consistency": "Herschel–Bulkley consistency",
    "slurry.flow_index": "Herschel–Bulkley exponent",
    "coating.thickness": "wet film",
    "coating.loading": "dry coat weight",
    "drying.drying_time": "drying time",
    "drying.residual_solvent": "residual solvent",
    "drying.binder_ratio": "binder, top tenth over bottom tenth",
    "drying.thickness": "coating as dried",
    "drying.porosity": "porosity as dried",
    "calendering.thickness": "coating as calendered",
    "calendering.porosity": "porosity as calendered",
    "calendering.density": "coating density",
    "calendering.line_load": "line load",
    "calendering.peak_pressure": "peak pressure in the nip",
    "microstructure.active_fraction": "active material, by volume",
    "microstructure.porosity": "electrolyte fraction, nano-pores included",
    "transport.tortuosity": "tortuosity factor ε D₀/D_eff",
    "transport.conductivity": "electronic conductivity",
    "transport.electrode_tortuosity": "tortuosity factor that impedance sees",
    "transport.permeability": "permeability of the open pores",
    "transport.heat_conductivity": "thermal conductivity, pores filled",
    "transport.active_area": "active surface per volume",
    "cell.nominal_capacity": "nominal capacity, emptied in 1 h at 1C",
    "cell.capacity": "full-cell capacity",
    "cell.energy": "full-cell energy",
    "factory.total_cost": "cost of all steps",
    "factory.total_energy": "energy of all steps per cell energy",
    "factory.total_co2": "CO₂ of that energy",
    "factory.total_yield": "yield of the whole line",
}

_NIP = ("calendering.line_load", "calendering.peak_pressure")
_NOTHING = 1e-9  # in the units people read these numbers in


def key_numbers(run: RunView) -> str:
    """A table: what, value, unit, numerical error, where it comes from."""
    rows = []
    for key, name in _KEYS.items():
        stage, _, field = key.partition(".")
        if stage in run and field in run[stage].record.ports() and not _unpressed(run, key):
            rows += [
                _row(which, value, key) for which, value in _entries(run, name, run.value(key), key)
            ]
    return table(("quantity", "value", "unit", "numerical error", "result"), rows, numbers=(1, 3))


def _unpressed(run: RunView, key: str) -> bool:
    """Whether a key is of the nip, and the film came as measured: nobody knows its press."""
    return key in _NIP and run.calendering.gap == 0


def _entries(run: RunView, name: str, value: Value, key: str) -> list[tuple[str, Value]]:
    """A number as it is; of an array each entry; of a rate series three with their own errors."""
    if isinstance(value.value, float):
        return [(name, value)]
    match value.dims:
        case ("axis",) | ("flow_axis",) if value.value.size:
            wanted = [(2, "along z"), (0, "along x")]
        case ("rate",):
            rates = run.cell.c_rate
            near = [int(np.argmin(np.abs(np.log(rates / wanted)))) for wanted in (0.1, 1.0, 2.0)]
            errors = run.value(f"{key}_error").value
            return [
                (
                    f"{name}, at {rate_name(rates[i])}",
                    replace(value, value=float(value.value[i]), error=float(errors[i])),
                )
                for i in dict.fromkeys(near)
            ]
        case _:
            several = value.value.size > 1
            wanted = [(i, f"{value.dims[0]} {i + 1}" * several) for i in range(value.value.size)]
    return [
        (f"{name}, {which}" if which else name, replace(value, value=float(value.value[i])))
        for i, which in wanted
    ]


def _row(name: str, value: Value, key: str) -> tuple[str, str, str, str, str]:
    shown, error = float(value.shown), value.shown_error
    unit = unit_text(value.display)
    if 0 < abs(shown) < _NOTHING:
        return name, f"< {_NOTHING:g}", unit, "", key
    number, _, told = number_text(shown, error).partition(" ± ")
    return name, number, unit, "closed form" if error == 0 else told, key
