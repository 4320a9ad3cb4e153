"""A law by name: one of the engine's, or one that a user has written in a file of their own."""

from __future__ import annotations

import hashlib
import importlib.util
import inspect
import sys
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

from multiscale.case.problem import did_you_mean, quoted
from multiscale.particle_case.law_entry import Parameter, Per
from multiscale.particles import laws as engine_laws
from multiscale.particles.law import BodyLaw, PairLaw
from multiscale.units import Quantity, UnitError, parse_unit

Kind = PairLaw | BodyLaw
UNITS = "UNITS"  # in the file: unit of each parameter
_KNOWN = {
    "largest_radius": ("radius", "m"),
    "shear_rate": ("flow of the box", "1/s"),
}  # to the case


def find_law(name: str, file: Path | None) -> Kind:
    """Give a law of the engine, or of a user's file.

    Raises:
        ValueError: the file cannot be read, or does not hold such a law.
    """
    if file is None:
        return getattr(engine_laws, name)  # type: ignore[no-any-return]  # the table names them all
    found = vars(_module(file)).get(name)
    if not isinstance(found, PairLaw | BodyLaw):
        known = [k for k, v in vars(_module(file)).items() if isinstance(v, PairLaw | BodyLaw)]
        advice = did_you_mean(name, known) if known else "decorate one with @pair_law or @body_law"
        raise ValueError(f"'{file}' has no law '{name}'; {advice}")
    return found


def user_parameters(name: str, file: Path) -> dict[str, Parameter]:
    """Give the parameters of a user's law with the units that its file states.

    Raises:
        ValueError: the file cannot be read, has no such law, or leaves out a unit.
    """
    kind = find_law(name, file)
    units = vars(_module(file)).get(UNITS, {})
    defaults = defaults_of(kind)
    without = sorted(defaults.keys() - {*units, *_KNOWN})
    if without:
        raise ValueError(
            f"'{file}' states no unit for {quoted(without)}: add "
            f'{UNITS} = {{"{without[0]}": "N/m", ...}}, with "1" for a number without dimension'
        )
    per: Per = "type" if isinstance(kind, BodyLaw) else "either"
    entry = {}
    for parameter, default in defaults.items():
        filled, usual = _KNOWN.get(parameter, ("", ""))
        unit = units.get(parameter, usual)
        try:
            parse_unit(unit)
        except UnitError as error:
            raise ValueError(f"'{file}', {UNITS}, '{parameter}': {error}") from error
        entry[parameter] = Parameter(Quantity(unit), per, f"in {unit}", default, filled)
    return entry


def defaults_of(kind: Kind) -> dict[str, float | None]:
    """Give the names that a law takes, each with its default or None where it is needed."""
    if isinstance(kind, BodyLaw):
        return {name: kind.defaults.get(name) for name in kind.parameters}
    if kind.mix is None:
        found: dict[str, float | None] = dict.fromkeys(kind.parameters)
    else:
        found = _arguments(kind.mix, skip=1)
    for name, default in _arguments(kind.reach_of).items() if kind.reach_of else ():
        found.setdefault(name, default)
    return found


def _arguments(function: Any, skip: int = 0) -> dict[str, float | None]:
    found = list(inspect.signature(function).parameters.items())[skip:]
    return {n: None if p.default is inspect.Parameter.empty else p.default for n, p in found}


@lru_cache
def _module(file: Path) -> ModuleType:
    """Run a user's file."""
    name = f"multiscale_law_{hashlib.sha256(str(file.resolve()).encode()).hexdigest()[:12]}"
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise ValueError(f"'{file}' is not a Python file: its name must end with .py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # where `inspect` looks for the source
    try:
        spec.loader.exec_module(module)
    except Exception as error:  # a user's file may raise anything, which is said with its line
        raise ValueError(
            f"'{file}'{_line(error, file)}: {type(error).__name__}: {error}"
        ) from error
    return module


def _line(error: BaseException, file: Path) -> str:
    if isinstance(error, SyntaxError):
        return f", line {error.lineno}"
    line, trace = None, error.__traceback__
    while trace is not None:
        if Path(trace.tb_frame.f_code.co_filename) == file:
            line = trace.tb_lineno
        trace = trace.tb_next
    return f", line {line}" if line else ""
