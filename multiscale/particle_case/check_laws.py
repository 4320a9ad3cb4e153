"""Laws of a particle case that do not fit each other, or the stages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multiscale.case.problem import quoted
from multiscale.case.source import Source
from multiscale.particle_case.law_table import LAWS
from multiscale.particle_case.laws import LawChoice
from multiscale.particle_case.protocol import ShearInput

if TYPE_CHECKING:
    from multiscale.particle_case.load import ParticleCase

# Random forces, and the resistance whose heat they give back: with other values than its
# own they heat or cool the particles.
_PARTNERS = {
    "pair_brownian": ("lubrication", ("viscosity", "h_min", "h_max")),
    "brownian": ("stokes_drag", ("viscosity",)),
}


def check_laws(source: Source, case: ParticleCase) -> None:
    """Note laws that do not go together."""
    _check_compaction(source, case)
    if len(case.laws) < len(source.data.get("laws", [])) or any(c.file for c in case.laws):
        return  # a law of one's own may be the partner
    for k, choice in enumerate(case.laws):
        if choice.name in _PARTNERS:
            _check_noise(source, k, choice, case.laws)


def remarks(case: ParticleCase) -> list[str]:
    """Say what may be meant but seldom is: laws whose forces count something twice."""
    names = [choice.name for choice in case.laws if choice.file is None]
    touch = [name for name in names if LAWS[name].kind == "contact" or name == "cgmd_artistic"]
    found = []
    if len(touch) > 1:
        found.append(f"{quoted(touch)} both act where particles touch: their forces add")
    if {"lubrication", "dense_drag"} <= set(names):
        found.append("lubrication and dense_drag both hold the near films, if the bed deforms")
    return found


def _check_noise(source: Source, k: int, choice: LawChoice, laws: tuple[LawChoice, ...]) -> None:
    partner, same = _PARTNERS[choice.name]
    others = [law for law in laws if law.name == partner]
    if not others:
        source.complain(
            ("laws", k, "law"), f"needs {partner} beside it, which takes up the heat of its forces"
        )
    for name in same:
        if others and any(law.given[name] != choice.given[name] for law in others):
            source.complain(
                ("laws", k, name), f"differs from that of {partner}: give both the same"
            )


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


def check_flow_of_liquid(source: Source, case: ParticleCase) -> None:
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
