"""For analysts: pictures of runs and of frames, and a dashboard to play with; see `plots`."""

__all__ = ["plots"]
