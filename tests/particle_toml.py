"""A tiny particle case that every test of the case files starts from."""

from pathlib import Path

TINY = """
title = "tiny"
seed = 3
time_step = "4 ns"

[box]
lengths = ["40 um", "40 um", "40 um"]
periodic = [true, true, false]

[[species]]
name = "AM"
density = "4750 kg/m^3"
diameter = "10 um"
count = 24

[[species]]
name = "CBD"
density = "1.8 g/cm^3"
diameter = "5 um"
count = 60

[[walls]]
axis = "z"
side = "low"
material = "foil"

[[walls]]
axis = "z"
side = "high"

[[laws]]
law = "hertz_mindlin"
young = { AM = "50 MPa", CBD = "20 MPa", foil = "1 GPa" }
poisson = 0.3
restitution = 0.4
friction = { AM-AM = 0.3, AM-CBD = 0.4, CBD-CBD = 0.5, AM-foil = 0.3, CBD-foil = 0.3 }

[[protocol]]
do = "compress"
speed = "1 m/s"
solid_fraction = 0.62

[output]
sample = 200
checkpoint = 1000
"""

PLASTIC = """
[[laws]]
law = "mdr"
young = "50 MPa"
poisson = 0.3
yield_stress = "2 MPa"
tangential_stiffness = "70 N/m"
friction = 0.3
damping = 0.3

"""


def of_plastic_particles() -> str:
    """Give the tiny case with a contact law that feels its neighbours in place of its own."""
    head, tail = TINY.split("[[laws]]", 1)
    return head + PLASTIC + tail[tail.index("[[protocol]]") :]


def write(folder: Path, *changes: tuple[str, str], text: str = TINY) -> Path:
    """Write the case with some texts replaced, each of which must be there."""
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "case.toml"
    path.write_text(text, encoding="utf-8")
    return path
