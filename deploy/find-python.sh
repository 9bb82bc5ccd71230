#!/bin/sh
# Prints the first Python that the lock was made for; says what to install where there is none.
for candidate in "${PYTHON:-python3.11}" python3.11 python3.12 python3 python; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info[:2] not in ((3, 11), (3, 12)))' 2>/dev/null; then
        if ! "$candidate" -c 'import ensurepip, venv' 2>/dev/null; then
            echo "$candidate has no venv module: install python3-venv (Debian, Ubuntu) and try again." >&2
            exit 1
        fi
        echo "$candidate"
        exit 0
    fi
done
echo "Kinelake needs Python 3.11 or 3.12 and found neither; install one, or name it: make setup PYTHON=/path/to/python3.12" >&2
exit 1
