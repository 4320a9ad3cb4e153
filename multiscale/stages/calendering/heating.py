"""How far heated rolls warm the coating while it passes the nip."""

from math import exp, pi, sqrt

SHORT = 0.05  # Fo below which the far face feels nothing (to 1e-10)
TERMS = 12  # of the series; above SHORT the next one is below 1e-30


def mean_heating(time: float, thickness: float, diffusivity: float) -> float:
    """Mean over the thickness of (T - T_web)/(T_roll - T_web) after a contact.

    One face jumps to the roll's temperature and the foil's face loses no heat (a foil of two coated
    sides is a plane of symmetry; a bare face meets a roll too, which the model leaves out):
    theta = 1 - sum_k 2/b_k^2 exp(-b_k^2 Fo), b_k = (k + 1/2) pi, Fo = alpha t/h^2 [Carslaw1959],
    which is 2 sqrt(Fo/pi) while the contact is short.

    Args:
        time: contact time t, s.
        thickness: coating thickness h, m.
        diffusivity: thermal diffusivity alpha, m^2/s.

    Returns:
        theta, 0 (cold) to 1 (at the roll's temperature).
    """
    fourier = diffusivity * time / thickness**2
    if fourier < SHORT:
        return 2 * sqrt(fourier / pi)
    roots = [((k + 0.5) * pi) ** 2 for k in range(TERMS)]
    return 1 - sum(2 / b * exp(-b * fourier) for b in roots)


def softened(sigma_c: float, softening: float, temperature: float, reference: float) -> float:
    """sigma_c(T) = sigma_c(T_ref) exp[-beta (T - T_ref)], Pa; beta in 1/K."""
    return sigma_c * exp(-softening * (temperature - reference))
