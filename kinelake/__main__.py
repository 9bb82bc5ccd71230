"""`python -m kinelake`: how the supervisor starts its roles, whatever the PATH says."""

import sys

if __name__ == "__main__":
    if not sys.flags.safe_path:
        # `-m` puts the working folder first, whose `jobs.py` or `json.py` is somebody else's
        here = sys.path.pop(0)
        if __file__ == f"{here}/kinelake/__main__.py":
            # a checkout that is not installed: its rooms are found there and nowhere else
            sys.path.append(here)

    from kinelake.cli import main

    main()
