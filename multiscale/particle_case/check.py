"""What only the whole of a particle case can tell: tables that do not fit each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from multiscale.case.problem import Key
from multiscale.case.source import Source
from multiscale.particle_case.bind import bond_material
from multiscale.particle_case.check_laws import check_flow_of_liquid, check_laws
from multiscale.particle_case.options import SpeciesInput
from multiscale.particle_case.protocol import (
    BindInput,
    CompressInput,
    HoldInput,
    NipInput,
    PackInput,
    ShearInput,
    StageInput,
)
from multiscale.particle_case.room import inner_ends, is_upper
from multiscale.particle_case.sizes import radii

if TYPE_CHECKING:
    from multiscale.particle_case.load import ParticleCase

_FULL = 0.9  # no packing of spheres of a few sizes comes near


def check_case(source: Source, case: ParticleCase) -> None:
    """Note what does not fit together."""
    _check_species(source, case)
    _check_walls(source, case)
    _check_binder(source, case)
    check_laws(source, case)
    if len(case.protocol) == len(source.data.get("protocol", [])):
        for k, stage in enumerate(case.protocol):
            _check_stage(source, case, k, stage)
        check_flow_of_liquid(source, case)
    output = case.output
    if output.frames is not None and not (output.particles or output.contacts):
        source.complain(("output", "frames"), "writes nothing; set particles or contacts to true")


def _check_species(source: Source, case: ParticleCase) -> None:
    names = [species.name for species in case.species]
    if len(names) < len(source.data.get("species", [])):
        return
    total = 0.0
    for k, species in enumerate(case.species):
        if species.name in names[:k]:
            source.complain(("species", k, "name"), "is given twice; choose another name")
        try:
            r = radii(species, case.volume)
        except ValueError as error:
            source.complain(_at(k, species), str(error))
            continue
        total += r.volume / case.volume
        widest = 2.0 * float(r.value[0])
        for a in range(3):
            if widest > case.box.lengths[a] / (2 if case.box.periodic[a] else 1):
                source.complain(
                    ("box", "lengths", a),
                    f"is {case.box.lengths[a]:.3g} m, less than "
                    f"{'two diameters' if case.box.periodic[a] else 'the diameter'} of the "
                    f"largest particle ({widest:.3g} m); make the box larger",
                )
    if total > _FULL:
        source.complain(
            ("species",), f"fills {total:.2f} of the box with spheres; equal ones fill 0.64 at most"
        )


def _at(k: int, species: SpeciesInput) -> tuple[str | int, ...]:
    given = next((n for n in ("psd", "d10", "diameter") if getattr(species, n) is not None), None)
    return ("species", k, given) if given else ("species", k)


def _check_walls(source: Source, case: ParticleCase) -> None:
    if len(case.walls) < len(source.data.get("walls", [])):
        return
    for k, wall in enumerate(case.walls):
        a = "xyz".index(wall.axis)
        if (wall.side is None) == (wall.position is None):
            source.complain(("walls", k), "needs either side or position")
        if case.box.periodic[a]:
            source.complain(
                ("walls", k, "axis"),
                f"the box is periodic along {wall.axis}; set box.periodic[{a}] to false",
            )
        if wall.side is not None and any(
            (w.axis, w.side) == (wall.axis, wall.side) for w in case.walls[:k]
        ):
            source.complain(("walls", k, "side"), "has a wall already; keep one of the two")
        if wall.bonded and "binder" not in source.data:
            source.complain(("walls", k, "bonded"), "needs a table [binder]")
        if wall.position is not None and not 0 <= wall.position <= case.box.lengths[a]:
            source.complain(("walls", k, "position"), "lies outside the box")


def _check_binder(source: Source, case: ParticleCase) -> None:
    if case.binder is not None:
        try:
            bond_material(case.binder)
        except ValueError as error:
            source.complain(("binder",), str(error))
    elif "binder" not in source.data:
        for k, stage in enumerate(case.protocol):
            if isinstance(stage, BindInput):
                source.complain(("protocol", k), "binds, but there is no table [binder]")


def _check_stage(source: Source, case: ParticleCase, k: int, stage: StageInput) -> None:
    key: Key = ("protocol", k)
    ends = {
        CompressInput: ("gap", "solid_fraction", "pressure"),
        PackInput: ("solid_fraction", "pressure"),
    }.get(type(stage), ())
    given = [end for end in ends if getattr(stage, end) is not None]
    if ends and len(given) != 1:
        source.complain(key, f"ends at one of {', '.join(ends)}; {len(given)} are given")
    if isinstance(stage, CompressInput | HoldInput | NipInput):
        _check_moved_wall(source, case, key, getattr(stage, "axis", "z"))
    if isinstance(stage, CompressInput) and stage.speed == 0:
        source.complain((*key, "speed"), "must not be zero")
    if k == 0:
        _check_first(source, case, stage)
    if isinstance(stage, ShearInput) and not (case.box.periodic[0] and case.box.periodic[1]):
        source.complain(key, "shears along x across y: the box must be periodic along both")
    if isinstance(stage, PackInput) and not any(case.box.periodic):
        source.complain(key, "shrinks the periodic lengths of the box, and there are none")


def _check_moved_wall(source: Source, case: ParticleCase, key: Key, axis: str) -> None:
    """A wall that moves needs one that it moves towards."""
    if len(case.walls) < len(source.data.get("walls", [])):
        return
    length = case.box.lengths["xyz".index(axis)]
    upper = [is_upper(wall, length) for wall in case.walls if wall.axis == axis]
    for side, there in (("high", any(upper)), ("low", not all(upper))):
        if not there:
            said = "moves the upper wall" if side == "high" else "presses against the lower wall"
            source.complain(
                key, f'{said} along {axis}; add [[walls]] axis = "{axis}", side = "{side}"'
            )


def _check_first(source: Source, case: ParticleCase, stage: StageInput) -> None:
    """The first stage knows where it begins: its end must lie ahead."""
    sides = np.diff(inner_ends(case), axis=0)[0]
    height = float(sides["xyz".index(getattr(stage, "axis", "z"))])
    if isinstance(stage, NipInput) and stage.gap >= height:
        source.complain(
            ("protocol", 0, "gap"),
            f"is not below the {height:.3g} m between the walls at the start",
        )
    if not isinstance(stage, CompressInput | PackInput):
        return
    opens = isinstance(stage, CompressInput) and stage.speed < 0
    gap = getattr(stage, "gap", None)
    if gap is not None and (gap <= height if opens else gap >= height):
        source.complain(
            ("protocol", 0, "gap"), f"is reached at the start, where it is {height:.3g} m"
        )
    end, now = stage.solid_fraction, _solid_volume(case) / float(np.prod(sides))
    if end is not None and now > 0 and (end >= now if opens else end <= now):
        source.complain(
            ("protocol", 0, "solid_fraction"), f"is reached at the start, where it is {now:.4f}"
        )


def _solid_volume(case: ParticleCase) -> float:
    """Give the volume of all particles [m3]; 0 where they cannot be made, which is noted."""
    try:
        return sum(r.volume for r in case.radii())
    except ValueError:
        return 0.0
