"""For testers: traces and their linter, fixture packs, pollers on trial, a pytest plugin.

Above the model and the service; knows nothing of the analysis.
"""
