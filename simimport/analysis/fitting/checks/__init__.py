"""Whether what was seen is like the model: where it lies in what was to be expected, and tests of that."""
