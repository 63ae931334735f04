"""``python -m simimport``: the command `simimport`.

Nothing else.
"""

from simimport.cli import main

if __name__ == "__main__":
    main()
