"""Calibrate yield pressure p_y and strength sigma_b of the pressed cathode by least squares.

Steps of Gauss and Newton from porosities phi that `pressed_cathode.press` gave. With the misses
r = phi - phi_measured, and J = d phi / d ln(p_y, sigma_b) from the same packings pressed with other
parameters, the calibrated loads c ask for

    J_c d = -r_c,    cov d = J_c^-1 C J_c^-T,    r' = r + J d

C is diagonal: the measured values scatter about a smooth curve, and packings differ. What the other
loads are predicted to miss is r' +- the root of the diagonal of J (cov d) J^T.

Run: python tests/press_calibration.py
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
from pressed_cathode import BINDER_SHARE

# Plate press, NMC111, 4 % carbon black, 4 % PVDF, after release [Sangros2020].
LOADS = np.array([19.82, 42.71, 79.13, 159.37]) * 1e6
DRY = 0.522
LISTED = np.array([0.417, 0.368, 0.305, 0.270])
DENSITIES = [2.61, 2.80, 3.15, 3.49]  # of the coating [g/cm3]; dry 2.13
BY_DENSITY = 1 - (1 - DRY) * np.array(DENSITIES) / 2.13  # mass is kept
Runs = dict[tuple[float, float], list[list[float]]]
SCATTER = 0.0091  # of LISTED about phi_min + (DRY - phi_min) exp(-sigma/sigma_c)

# Porosities after release by (p_y, sigma_b), the start first; rows: packings of 2237 particles,
# seeds 1, 2, ...
START, PRESSED_AT = (3.7e9, 100e6), (3.6e9, 100.7e6)  # from the start to the calibrated ones
RUNS = {
    START: [
        [0.4157, 0.3616, 0.3296, 0.2774],
        [0.4210, 0.3496, 0.3142, 0.2673],
        [0.4181, 0.3574, 0.3248, 0.2738],
        [0.4136, 0.3553, 0.3166, 0.2705],
        [0.4177, 0.3601, 0.3209, 0.2695],
        [0.4173, 0.3593, 0.3247, 0.2724],
        [0.4047, 0.3584, 0.3180, 0.2702],
        [0.4203, 0.3520, 0.3224, 0.2689],
        [0.4178, 0.3679, 0.3203, 0.2769],
        [0.4218, 0.3582, 0.3232, 0.2742],
        [0.4156, 0.3525, 0.3171, 0.2741],
        [0.4168, 0.3558, 0.3169, 0.2684],
    ],
    PRESSED_AT: [
        [0.4169, 0.3521, 0.3150, 0.2694],
        [0.4171, 0.3592, 0.3141, 0.2706],
        [0.4190, 0.3583, 0.3224, 0.2719],
        [0.4288, 0.3576, 0.3192, 0.2712],
        [0.4136, 0.3592, 0.3197, 0.2679],
        [0.4144, 0.3620, 0.3140, 0.2715],
        [0.4051, 0.3534, 0.3167, 0.2710],
        [0.4075, 0.3562, 0.3165, 0.2694],
        [0.4160, 0.3569, 0.3204, 0.2738],
        [0.4196, 0.3527, 0.3171, 0.2705],
        [0.4100, 0.3556, 0.3175, 0.2682],
        [0.4083, 0.3576, 0.3135, 0.2724],
    ],
}

# On foil, with the yield stress of PVDF alone, 50 MPa, for the binder that has carbon black in it.
UNFILLED = {
    (3.7e9, 103e6): [
        [0.4264, 0.3584, 0.3147, 0.2668],
        [0.4049, 0.3493, 0.3172, 0.2710],
        [0.4088, 0.3564, 0.3171, 0.2742],
        [0.4216, 0.3544, 0.3177, 0.2698],
        [0.4161, 0.3517, 0.3151, 0.2705],
        [0.4228, 0.3458, 0.3133, 0.2673],
        [0.3987, 0.3467, 0.3149, 0.2707],
        [0.4002, 0.3522, 0.3123, 0.2672],
        [0.4033, 0.3519, 0.3151, 0.2727],
        [0.4256, 0.3422, 0.3142, 0.2697],
        [0.4187, 0.3427, 0.3099, 0.2651],
        [0.4011, 0.3457, 0.3151, 0.2676],
    ]
}

# PVDF alone, between two plates of the particles' material, to which nothing sticks, with twice the
# time step. In packings of the start, and in seed 2 at 3.0 GPa, p_c was 1 kPa larger.
PLATES = {
    (3.3e9, 105e6): [
        [0.4314, 0.3589, 0.3181, 0.2700],
        [0.4126, 0.3533, 0.3156, 0.2687],
        [0.4285, 0.3602, 0.3232, 0.2703],
        [0.4202, 0.3549, 0.3185, 0.2681],
        [0.4185, 0.3506, 0.3131, 0.2709],
        [0.4106, 0.3601, 0.3135, 0.2718],
    ],
    (3.31e9, 103e6): [
        [0.4231, 0.3414, 0.3110, 0.2672],
        [0.4149, 0.3606, 0.3104, 0.2675],
        [0.4173, 0.3552, 0.3191, 0.2735],
        [0.4161, 0.3599, 0.3145, 0.2709],
        [0.4109, 0.3565, 0.3177, 0.2717],
        [0.4096, 0.3592, 0.3142, 0.2679],
    ],
    (3.0e9, 105e6): [[0.4250, 0.3453, 0.3149, 0.2645], [0.4123, 0.3503, 0.3131, 0.2607]],
    (3.3e9, 120e6): [[0.4374, 0.3565, 0.3192, 0.2706], [0.4559, 0.3646, 0.3159, 0.2705]],
}

# The same with the time step of the others.
PLATES_FINE = {
    (3.31e9, 103e6): [
        [0.4328, 0.3565, 0.3168, 0.2674],
        [0.4168, 0.3431, 0.3115, 0.2651],
        [0.4093, 0.3560, 0.3183, 0.2706],
        [0.4112, 0.3536, 0.3241, 0.2720],
        [0.3998, 0.3523, 0.3086, 0.2681],
        [0.4069, 0.3548, 0.3186, 0.2678],
    ]
}

# Solid necks, which carry nothing once they are broken.
SOLID = {
    (3.2e9, 218e6): [
        [0.4095, 0.3525, 0.3185, 0.2617],
        [0.4095, 0.3560, 0.3205, 0.2687],
        [0.4083, 0.3602, 0.3233, 0.2662],
        [0.4131, 0.3576, 0.3212, 0.2689],
        [0.4055, 0.3616, 0.3224, 0.2698],
        [0.3939, 0.3620, 0.3184, 0.2716],
    ],
    (3.17e9, 227e6): [
        [0.4331, 0.3592, 0.3242, 0.2726],
        [0.4170, 0.3590, 0.3270, 0.2695],
        [0.4152, 0.3610, 0.3227, 0.2703],
        [0.4179, 0.3591, 0.3195, 0.2675],
        [0.4180, 0.3635, 0.3217, 0.2682],
        [0.4265, 0.3663, 0.3183, 0.2701],
    ],
    (3.2e9, 260e6): [[0.4518, 0.3755, 0.3372, 0.2835], [0.4561, 0.3705, 0.3275, 0.2758]],
    (2.7e9, 218e6): [[0.4045, 0.3585, 0.3185, 0.2474], [0.4270, 0.3577, 0.3112, 0.2499]],
    (1.97e9, 209e6): [[0.3966, 0.3474, 0.2922, 0.2207], [0.3923, 0.3466, 0.2934, 0.2123]],
    (1.78e9, 230e6): [
        [0.4248, 0.3544, 0.2899, 0.2044],
        [0.3983, 0.3406, 0.2870, 0.2086],
        [0.4168, 0.3472, 0.2925, 0.2111],
    ],
}

# Solid necks that are squeezed once they are broken, with friction 0.5.
SQUEEZED = {
    (2.0e9, 190e6): [
        [0.4168, 0.3718, 0.3231, 0.2720],
        [0.4164, 0.3562, 0.3219, 0.2647],
        [0.4007, 0.3655, 0.3259, 0.2645],
        [0.4100, 0.3643, 0.3264, 0.2651],
    ],
    (1.85e9, 205e6): [[0.4229, 0.3635, 0.3302, 0.2678], [0.4254, 0.3677, 0.3276, 0.2674]],
}


def steps(runs: Runs) -> tuple[np.ndarray, np.ndarray]:
    """Give ln(parameters) and mean change of porosity from the start, over the packings of both."""
    (start, first), *others = ((np.log(at), np.array(rows)) for at, rows in runs.items())
    changes = [(rows - first[: len(rows)]).mean(axis=0) for _, rows in others]
    return np.array([at - start for at, _ in others]), np.array(changes)


def jacobian(runs: Runs = PLATES) -> np.ndarray:
    """Give d phi / d ln(p_y, sigma_b) by regression, shape (loads, 2).

    Those between plates stand for those on foil too, where only one step was taken.
    """
    return np.linalg.lstsq(*steps(runs), rcond=None)[0].T


def calibrate(
    loads: list[int], runs: Runs = RUNS, slopes_of: Runs = PLATES
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Solve for two loads.

    Args:
        loads: which two.
        runs: porosities; the first ones are where the step begins.
        slopes_of: those whose J is taken.

    Returns:
        (p_y, sigma_b) [Pa], their relative standard errors, the misses expected at all loads, and
        the standard errors of these.
    """
    start, rows = next(iter(runs.items()))
    first, J = np.array(rows), jacobian(slopes_of)
    r = first.mean(axis=0) - LISTED
    packings = first.std(axis=0, ddof=1) / np.sqrt(len(first))
    inverse = np.linalg.inv(J[loads])
    d = -inverse @ r[loads]
    covariance = inverse @ np.diag(SCATTER**2 + packings[loads] ** 2) @ inverse.T
    error = np.sqrt(np.einsum("ka,ab,kb->k", J, covariance, J))
    return start * np.exp(d), np.sqrt(np.diag(covariance)), r + J @ d, error


def slopes(porosity: np.ndarray) -> np.ndarray:
    """Give d sigma/d phi between the loads [Pa], phi the share of the volume that spheres fill.

    Where spheres move with the mean strain, Z contacts of each, in all directions and with
    F = pi p_y R* delta, carry (3/20) Z p_y.
    """
    return np.diff(LOADS) / np.diff((1 - BINDER_SHARE) * (1 - np.asarray(porosity)))


def main() -> None:
    """Print what each pair of loads gives, and how far the runs are off."""
    np.set_printoptions(precision=4, suppress=True)
    every = {
        "foil": RUNS,
        "foil, PVDF alone": UNFILLED,
        "plates": PLATES,
        "plates, half the step": PLATES_FINE,
        "solid": SOLID,
        "solid, squeezed": SQUEEZED,
    }
    for name, slopes_of in (
        ("foil", PLATES),
        ("foil, PVDF alone", PLATES),
        ("plates", PLATES),
        ("solid", SOLID),
    ):
        print(f"{name}: d phi / d ln(p_y, sigma_b)", *jacobian(slopes_of), sep="\n")
        for pair in combinations(range(4), 2):
            (p_y, strength), (e_p, e_s), off, error = calibrate(list(pair), every[name], slopes_of)
            print(
                f"{LOADS[list(pair)] / 1e6} MPa: p_y {p_y / 1e9:.2f} GPa +- {e_p:.0%}, sigma_b "
                f"{strength / 1e6:.1f} MPa +- {e_s:.0%}, off {off} +- {error}"
            )
    model = np.mean(RUNS[PRESSED_AT], axis=0)
    for name, porosity in (("listed", LISTED), ("by density", BY_DENSITY), ("model", model)):
        print(f"d sigma/d phi, {name}: {slopes(porosity) / 1e9} GPa")
    for name, runs in every.items():
        for (p_y, strength), rows in runs.items():
            mean = np.mean(rows, axis=0)
            print(
                f"{name}, {p_y / 1e9:.2f} GPa, {strength / 1e6:.0f} MPa, {len(rows)} packings: "
                f"off {mean - LISTED}, by density {mean - BY_DENSITY}"
            )


if __name__ == "__main__":
    main()
