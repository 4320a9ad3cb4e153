"""What only the whole of a particle case can tell: tables that do not fit each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multiscale.case.problem import quoted
from multiscale.case.source import Source
from multiscale.particle_case.bind import bond_material
from multiscale.particle_case.law_table import LAWS
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
from multiscale.particle_case.sizes import radii

if TYPE_CHECKING:
    from multiscale.particle_case.load import ParticleCase

_FULL = 0.9  # no packing of spheres of a few sizes comes near


def check_case(source: Source, case: ParticleCase) -> None:
    """Note what does not fit together."""
    _check_species(source, case)
    _check_walls(source, case)
    _check_binder(source, case)
    _check_compaction(source, case)
    if len(case.protocol) == len(source.data.get("protocol", [])):
        for k, stage in enumerate(case.protocol):
            _check_stage(source, case, k, stage)
        _check_flow_of_liquid(source, case)
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
        total += float((r**3).sum()) * 4.18879 / case.volume
        widest = 2.0 * float(r[0])
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


def _check_compaction(source: Source, case: ParticleCase) -> None:
    """The law mdr is the whole contact of particles whose radii grow; nothing else knows that."""
    here = [k for k, c in enumerate(case.laws) if c.file is None and c.name == "mdr"]
    if not here:
        return
    contact = [c.name for c in case.laws if c.file is None and LAWS[c.name].kind == "contact"]
    beside = [f"another contact law, {quoted(contact)}"] if len(contact) > 1 else []
    beside += ["a [binder]"] if "binder" in source.data else []
    if beside:
        source.complain(
            ("laws", here[0], "law"), f"does not go with {' and '.join(beside)}: keep one of them"
        )


def _check_stage(source: Source, case: ParticleCase, k: int, stage: StageInput) -> None:
    key = ("protocol", k)
    ends = {
        CompressInput: ("gap", "solid_fraction", "pressure"),
        PackInput: ("solid_fraction", "pressure"),
    }.get(type(stage), ())
    given = [end for end in ends if getattr(stage, end) is not None]
    if ends and len(given) != 1:
        source.complain(key, f"ends at one of {', '.join(ends)}; {len(given)} are given")
    if isinstance(stage, CompressInput | HoldInput | NipInput):
        axis = getattr(stage, "axis", "z")
        top = case.box.lengths["xyz".index(axis)]
        upper = [
            w for w in case.walls
            if w.axis == axis and (w.side == "high" or (w.position or 0.0) > top / 2)
        ]  # fmt: skip
        if not upper and len(case.walls) == len(source.data.get("walls", [])):
            source.complain(
                key,
                f'moves the upper wall along {axis}; add [[walls]] axis = "{axis}", side = "high"',
            )
    if isinstance(stage, CompressInput) and stage.speed == 0:
        source.complain((*key, "speed"), "must not be zero")
    if isinstance(stage, ShearInput) and not (case.box.periodic[0] and case.box.periodic[1]):
        source.complain(key, "shears along x across y: the box must be periodic along both")
    if isinstance(stage, PackInput) and not any(case.box.periodic):
        source.complain(key, "shrinks the periodic lengths of the box, and there are none")


def _check_flow_of_liquid(source: Source, case: ParticleCase) -> None:
    """The liquid moves with the box, stage by stage: a flow of its own would not be kept."""
    stages = [stage for stage in case.protocol if isinstance(stage, ShearInput)]
    rates = {s.shear_rate for s in stages} | {s.shear_rate_before or s.shear_rate for s in stages}
    of_box = {"shear_rate": sorted(rates or {0.0})} | {f"stretch_{a}": [0.0] for a in "xyz"}
    for k, choice in enumerate(case.laws):
        for name in of_box.keys() & choice.given.keys():
            if [choice.given[name]] != of_box[name]:
                said = " to ".join(f"{rate:g}" for rate in of_box[name])
                source.complain(
                    ("laws", k, name), f"differs from that of the box, {said} 1/s; leave it out"
                )
