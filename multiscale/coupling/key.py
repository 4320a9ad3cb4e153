"""The name of a result: what went into it, and nothing else.

Versions of code and libraries go to provenance, not into the key (every release would otherwise
throw all results away); the rank count neither. A stage whose result changes for the same input
raises its version.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from multiscale.coupling.stage import Options, Stage
from multiscale.records import Record

Recipe = dict[str, Any]


def recipe(stage: Stage, options: Options, inputs: Mapping[str, str], seed: int) -> Recipe:
    """What determines a result: stage, version, resolved options, input digests, and the seed if it
    is used.

    Floats are rounded to 12 significant digits, so that "1.2 g/cm^3" and "1200 kg/m^3" are one.
    """
    return {
        "stage": stage.name,
        "version": stage.version,
        "options": rounded(options.model_dump(mode="json")),
        "inputs": dict(inputs),
        **({"seed": seed} if stage.seeded else {}),
    }


def key(made_from: Recipe) -> str:
    """SHA-256 of the recipe."""
    return hashlib.sha256(
        json.dumps(made_from, sort_keys=True, allow_nan=False).encode()
    ).hexdigest()


def digests(stage: Stage, made: Mapping[type[Record], Record]) -> dict[str, str]:
    """Digest of each input of `stage` by argument name; of those it accepts, the ones there are."""
    there = {name: kind for name, kind in stage.accepts.items() if kind in made}
    return {name: made[kind].digest() for name, kind in (stage.takes | there).items()}


def rounded(value: Any) -> Any:
    """Round every float in a JSON-like value to 12 significant digits."""
    match value:
        case float():
            return float(f"{value:.12g}")
        case Mapping():
            return {k: rounded(v) for k, v in value.items()}
        case list() | tuple():
            return [rounded(v) for v in value]
        case _:
            return value
