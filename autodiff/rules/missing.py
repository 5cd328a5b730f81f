"""Reductions that pass over NaN. The numbers are those of numpy's functions, the derivatives those of the plain reductions."""

from __future__ import annotations

import functools

import numpy as np

from autodiff.core.batch_kinds import on_axes
from autodiff.core.registry import also, rule
from autodiff.rules.reductions import (
    around_mean,
    cumprod_vjp,
    cumsum_vjp,
    extreme_vjp,
    mean_vjp,
    prod_vjp,
    std_vjp,
    sum_vjp,
    var_vjp,
)  # fmt: skip

__all__ = ["nancumprod", "nancumsum", "nanmax", "nanmean", "nanmin", "nanprod", "nanstd", "nansum", "nanvar"]


def _passing_over_nan(function, vjp, filler=None, **facts):
    """numpy's nan-function, with the derivative of the plain one: NaN replaced by the `filler`, or left out by `where`."""

    def passing(g, y, x, **params):
        missing = np.isnan(x)
        if filler is None:
            return vjp(g, y, x, **{**params, "where": np.logical_and(~missing, params.get("where", True))})
        return np.where(missing, 0.0, vjp(g, y, np.where(missing, filler, x), **params))

    flat = vjp in (cumsum_vjp, cumprod_vjp)
    return rule(function, functools.wraps(vjp)(passing), batch=on_axes(flat=flat), takes_complex=True, **facts)


nansum = _passing_over_nan(np.nansum, sum_vjp)
nanprod = _passing_over_nan(np.nanprod, prod_vjp, 1)
nanmax = _passing_over_nan(np.nanmax, extreme_vjp)
nanmin = _passing_over_nan(np.nanmin, extreme_vjp)
also(nanmax, (np.fmax, "reduce"))
also(nanmin, (np.fmin, "reduce"))
nancumsum = _passing_over_nan(np.nancumsum, cumsum_vjp, 0)
nancumprod = _passing_over_nan(np.nancumprod, cumprod_vjp, 1)
nanmean = _passing_over_nan(np.nanmean, mean_vjp)
nanvar = _passing_over_nan(np.nanvar, var_vjp, bind=around_mean(np.nanvar))
nanstd = _passing_over_nan(np.nanstd, std_vjp, bind=around_mean(np.nanstd))
