"""Random numbers that are the same on every computer and with every numpy.

Knows numpy's PCG64 bit generator and nothing else of `numpy.random`: numpy promises that a bit generator's
stream of integers never changes, but not that `normal` or `integers` always turn it into the same numbers. So
uniform and normal numbers are made here. Must not know what is drawn.
"""

from __future__ import annotations

import numpy as np

_DECIMALS = 9
"""Normals are rounded to this, so that the last bit of another processor's arithmetic changes nothing."""


class Draws:
    """A stream of numbers for one purpose; equal `seed` and `purpose` give equal numbers."""

    def __init__(self, seed: int, purpose: int) -> None:
        self._bits = np.random.PCG64(np.random.SeedSequence([seed, purpose]))

    def uniform(self, *shape: int) -> np.ndarray:
        """Return numbers between 0 and 1, both excluded."""
        raw = self._bits.random_raw(int(np.prod(shape)))
        return ((raw >> np.uint64(11)).astype("float64") + 0.5).reshape(shape) * 2.0**-53

    def normal(self, *shape: int) -> np.ndarray:
        """Return standard normal numbers."""
        return np.round(normal_quantile(self.uniform(*shape)), _DECIMALS)

    def choose(self, weights: np.ndarray, n: int) -> np.ndarray:
        """Return `n` positions in `weights`, each as often as its weight says."""
        edges = np.cumsum(weights) / np.sum(weights)
        return np.minimum(np.searchsorted(edges, self.uniform(n), side="right"), len(edges) - 1)

    def order(self, n: int) -> np.ndarray:
        """Return 0 to n-1 in random order."""
        return np.argsort(self.uniform(n), kind="stable")


# Wichura's AS 241, PPND16 (Applied Statistics 37, 1988): relative error below 1e-15.
_CENTRAL = (
    (
        2.5090809287301226727e3,
        3.3430575583588128105e4,
        6.7265770927008700853e4,
        4.5921953931549871457e4,
        1.3731693765509461125e4,
        1.9715909503065514427e3,
        1.3314166789178437745e2,
        3.3871328727963666080e0,
    ),
    (
        5.2264952788528545610e3,
        2.8729085735721942674e4,
        3.9307895800092710610e4,
        2.1213794301586595867e4,
        5.3941960214247511077e3,
        6.8718700749205790830e2,
        4.2313330701600911252e1,
        1.0,
    ),
)
_MIDDLE = (
    (
        7.74545014278341407640e-4,
        2.27238449892691845833e-2,
        2.41780725177450611770e-1,
        1.27045825245236838258e0,
        3.64784832476320460504e0,
        5.76949722146069140550e0,
        4.63033784615654529590e0,
        1.42343711074968357734e0,
    ),
    (
        1.05075007164441684324e-9,
        5.47593808499534494600e-4,
        1.51986665636164571966e-2,
        1.48103976427480074590e-1,
        6.89767334985100004550e-1,
        1.67638483018380384940e0,
        2.05319162663775882187e0,
        1.0,
    ),
)
_FAR = (
    (
        2.01033439929228813265e-7,
        2.71155556874348757815e-5,
        1.24266094738807843860e-3,
        2.65321895265761230930e-2,
        2.96560571828504891230e-1,
        1.78482653991729133580e0,
        5.46378491116411436990e0,
        6.65790464350110377720e0,
    ),
    (
        2.04426310338993978564e-15,
        1.42151175831644588870e-7,
        1.84631831751005468180e-5,
        7.86869131145613259100e-4,
        1.48753612908506148525e-2,
        1.36929880922735805310e-1,
        5.99832206555887937690e-1,
        1.0,
    ),
)


def normal_quantile(p: np.ndarray | float) -> np.ndarray:
    """Return the standard normal value below which a share `p` (between 0 and 1) lies."""
    p = np.asarray(p, dtype="float64")
    q = p - 0.5
    central = q * _ratio(_CENTRAL, 0.180625 - np.clip(q, -0.425, 0.425) ** 2)
    r = np.sqrt(-np.log(np.minimum(p, 1 - p)))
    outer = np.where(r <= 5, _ratio(_MIDDLE, r - 1.6), _ratio(_FAR, r - 5))
    return np.where(np.abs(q) <= 0.425, central, np.sign(q) * outer)


def _ratio(pair: tuple[tuple[float, ...], tuple[float, ...]], x: np.ndarray) -> np.ndarray:
    return np.polyval(pair[0], x) / np.polyval(pair[1], x)
