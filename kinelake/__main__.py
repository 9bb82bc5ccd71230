"""`python -m kinelake`: how the supervisor starts its roles, whatever the PATH says."""

from kinelake.cli import main

if __name__ == "__main__":
    main()
