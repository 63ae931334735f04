"""For analysts: sweeps, what a poller sees, estimates of the time left, calibration, plots, a dashboard.

The highest wing: nothing of the package but the command imports it.
"""

__all__ = ["plots"]
