"""Every parameter of every law: its unit, its meaning, and for what it is given.

The engine's laws take plain numbers; this is where a case file's values get their units. A test
compares the table with the laws' own signatures, so that neither can forget a parameter.
"""

from __future__ import annotations

from collections.abc import Mapping

from multiscale.particle_case.law_entry import LawEntry, Parameter, Per
from multiscale.units import Quantity

AT_LEAST_0 = Quantity("1", low=0)
UP_TO_1 = Quantity("1", above=0, high=1)


def _pressure(meaning: str, per: Per = "type") -> Parameter:
    return Parameter(Quantity("Pa", above=0, display="MPa"), per, meaning)


def _share(
    meaning: str, default: float | None = None, quantity: Quantity = AT_LEAST_0
) -> Parameter:
    return Parameter(quantity, "pair", meaning, default)


def _velocity(axis: str) -> Parameter:
    quantity = Quantity("m/s", display="mm/s")
    meaning = f"velocity of the liquid along {axis}, at the origin"
    return Parameter(quantity, "type", meaning, 0.0)


def _gradient(meaning: str) -> Parameter:
    more = "; in a periodic box that of the box at each moment"
    return Parameter(Quantity("1/s"), "law", meaning + more, 0.0, "flow of the box")


YOUNG = _pressure("Young's modulus")
POISSON = Parameter(Quantity("1", above=-1, high=0.5), "type", "Poisson's ratio")
RESTITUTION = Parameter(
    Quantity("1", above=0, high=1), "pair", "restitution: speed after a collision over that before"
)
FRICTION = _share("coefficient of sliding friction")
ADHESION = Parameter(
    Quantity("J/m^2", low=0, display="mJ/m^2"),
    "pair",
    "work of adhesion, 2 gamma between two equal surfaces",
)
ROLLING = _share("rolling friction: lever of the resistance over the reduced radius", 0.0)
ROLLING_STIFFNESS = _share("rolling stiffness over tangential stiffness times R^2", 1.0)
LIMIT = _share(
    "1: the damping never pulls; 0: it may, as the restitution asks",
    0.0,
    Quantity("1", low=0, high=1),
)
LARGEST = Parameter(Quantity("m", above=0, display="um"), "law", "largest radius", filled="radius")
SEED = Parameter(Quantity("1", low=0, below=2**32), "law", "which realisation", filled="seed")
TEMPERATURE = Parameter(Quantity("K", low=0), "type", "temperature of the liquid")
VISCOSITY = Parameter(Quantity("Pa*s", above=0, display="mPa*s"), "type", "viscosity of the liquid")
PAIR_VISCOSITY = Parameter(
    VISCOSITY.quantity, "pair", "viscosity of the liquid between the surfaces"
)
H_MIN = _share("narrowest film (roughness) over the smaller radius", 1e-3, UP_TO_1)
H_MAX = _share("gap over the smaller radius at which the film's force ends", 0.05, UP_TO_1)
TENSION = Quantity("N/m", low=0, display="mN/m")

_HERTZ = {
    "young": YOUNG,
    "poisson": POISSON,
    "restitution": RESTITUTION,
    "friction": FRICTION,
}
_ROLLS = {"rolling_friction": ROLLING, "rolling_stiffness": ROLLING_STIFFNESS}
_FILM = {"viscosity": PAIR_VISCOSITY, "h_min": H_MIN, "h_max": H_MAX, "largest_radius": LARGEST}
_FLOW = {
    "shear_rate": _gradient("shear of the liquid, d u_x/dy"),
    **{f"stretch_{a}": _gradient(f"stretching of the liquid along {a}") for a in "xyz"},
    **{f"u{a}": _velocity(a) for a in "xyz"},
}
_SPRING = {
    "kn": _pressure("normal stiffness, F = sqrt(R delta) kn delta", "pair"),
    "kt": _pressure("tangential stiffness", "pair"),
    "gamma_n": Parameter(Quantity("1/m/s", low=0), "pair", "normal damping"),
    "gamma_t": Parameter(Quantity("1/m/s", low=0), "pair", "tangential damping"),
    "friction": FRICTION,
}

_ATTRACTION = {
    "energy": Parameter(Quantity("J/m", low=0), "type", "depth of the well over the diameter"),
    "cutoff": Parameter(Quantity("1", above=0), "type", "range of centres over the diameter"),
    "sigma": Parameter(
        Quantity("1", above=0), "type", "distance of zero energy over the diameter", 0.89
    ),
    "largest_radius": LARGEST,
}


def _gravity(axis: str, default: float) -> Parameter:
    return Parameter(Quantity("m/s^2"), "type", f"field of gravity along {axis}", default)


LAWS: Mapping[str, LawEntry] = {
    "hertz_mindlin": LawEntry(
        "elastic contact with damping and friction",
        "contact",
        {**_HERTZ, "limit_damping": LIMIT},
    ),
    "hertz_mindlin_rolling": LawEntry(
        "the same with resistance to rolling",
        "contact",
        {
            **_HERTZ,
            "rolling_friction": Parameter(ROLLING.quantity, "pair", ROLLING.meaning),
            "rolling_stiffness": ROLLING_STIFFNESS,
            "limit_damping": LIMIT,
        },
    ),
    "granular_hertz": LawEntry(
        "Hertz contact with given stiffnesses, as gran/hertz/history of LAMMPS", "contact", _SPRING
    ),
    "dmt": LawEntry(
        "adhesive contact of stiff particles (Derjaguin, Muller, Toporov)",
        "contact",
        {**_HERTZ, "work_of_adhesion": ADHESION, **_ROLLS},
    ),
    "jkr": LawEntry(
        "adhesive contact of soft particles (Johnson, Kendall, Roberts)",
        "contact",
        {**_HERTZ, "work_of_adhesion": ADHESION, **_ROLLS, "largest_radius": LARGEST},
    ),
    "thornton_ning": LawEntry(
        "contact that yields, adhesive or not (Thornton, Ning)",
        "contact",
        {
            "young": YOUNG,
            "poisson": POISSON,
            "yield_pressure": _pressure("contact pressure at which a particle yields"),
            "friction": FRICTION,
            "work_of_adhesion": Parameter(ADHESION.quantity, "pair", ADHESION.meaning, 0.0),
            "restitution": Parameter(RESTITUTION.quantity, "pair", RESTITUTION.meaning, 1.0),
            **_ROLLS,
            "largest_radius": LARGEST,
        },
    ),
    "mdr": LawEntry(
        "contact of plastic particles, pressed until they fill the pores (Zunker, Kamrin)",
        "contact",
        {
            "young": _pressure("Young's modulus", "law"),
            "poisson": Parameter(Quantity("1", low=0, below=0.5), "law", POISSON.meaning),
            "yield_stress": _pressure("yield stress of the particles", "law"),
            "tangential_stiffness": Parameter(
                Quantity("N/m", low=0), "law", "stiffness of the spring of friction"
            ),
            "friction": Parameter(FRICTION.quantity, "law", FRICTION.meaning),
            "damping": Parameter(
                AT_LEAST_0, "law", "damping, over the root of mass and stiffness of a contact", 0.0
            ),
            "free_area": Parameter(
                Quantity("1", low=0, high=1),
                "law",
                "share of free surface below which a particle answers as a whole",
                0.5,
            ),
        },
    ),
    "range_adhesion": LawEntry(
        "van der Waals attraction over the gap, as a ramp",
        "range",
        {
            "hamaker": Parameter(Quantity("J", low=0), "pair", "Hamaker's constant"),
            "cutoff": Parameter(
                Quantity("m", above=0, display="nm"), "pair", "shortest distance of the surfaces"
            ),
            "span": Parameter(
                Quantity("m", low=0, display="nm"), "pair", "range; 0: twice the cutoff", 0.0
            ),
        },
    ),
    "cgmd": LawEntry(
        "attraction of coarse-grained slurries, Lennard-Jones with shifted force",
        "range",
        _ATTRACTION,
    ),
    "cgmd_artistic": LawEntry(
        "the force field of the ARTISTIC scripts: that attraction and a Hertz contact",
        "range",
        {
            **_ATTRACTION,
            **_SPRING,
            "swelling": Parameter(
                Quantity("1", low=1), "law", "diameter in contact over the diameter", 1.02
            ),
        },
    ),
    "pendular": LawEntry(
        "small bridges of liquid between touching particles",
        "range",
        {
            "surface_tension": Parameter(TENSION, "pair", "surface tension"),
            "contact_angle": Parameter(
                Quantity("rad", low=0, high=1.5707963267949, display="deg"), "pair", "contact angle"
            ),
            "volume": Parameter(
                Quantity("m^3", low=0, display="um^3"), "either", "volume of a bridge"
            ),
        },
    ),
    "lubrication": LawEntry(
        "film of liquid that resists the relative motion of near surfaces", "range", _FILM
    ),
    "pair_brownian": LawEntry(
        "random forces that belong to lubrication",
        "range",
        {
            **_FILM,
            "temperature": Parameter(TEMPERATURE.quantity, "pair", TEMPERATURE.meaning),
            "seed": SEED,
        },
    ),
    "stokes_drag": LawEntry(
        "drag on a sphere alone in a liquid that flows and shears",
        "body",
        {"viscosity": VISCOSITY, **_FLOW},
    ),
    "dense_drag": LawEntry(
        "drag on a sphere among many",
        "body",
        {
            "viscosity": VISCOSITY,
            "solid_fraction": Parameter(
                Quantity("1", low=0, below=0.75), "type", "solid fraction that the liquid passes"
            ),
            **_FLOW,
        },
    ),
    "brownian": LawEntry(
        "random forces that belong to the drag",
        "body",
        {"temperature": TEMPERATURE, "viscosity": VISCOSITY, "seed": SEED},
    ),
    "gravity": LawEntry(
        "weight less buoyancy",
        "body",
        {
            "density_difference": Parameter(
                Quantity("kg/m^3", display="g/cm^3"),
                "type",
                "density of the solid less the liquid's",
            ),
            "gx": _gravity("x", 0.0),
            "gy": _gravity("y", 0.0),
            "gz": _gravity("z", -9.80665),
        },
    ),
    "meniscus": LawEntry(
        "surface of a drying film, which holds the particles down",
        "body",
        {
            "surface_tension": Parameter(TENSION, "type", "surface tension"),
            "contact_angle": Parameter(
                Quantity("rad", low=0, high=3.1415926535898, display="deg"),
                "type",
                "contact angle, in the liquid",
            ),
            "height": Parameter(
                Quantity("m", display="um"), "type", "height of the surface at t=0"
            ),
            "speed": Parameter(
                Quantity("m/s", display="um/s"),
                "type",
                "velocity of the surface, negative: it sinks",
            ),
        },
    ),
}
