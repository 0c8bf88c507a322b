"""``python -m fastact``."""

import sys

from fastact._command_line.main import main

if __name__ == "__main__":
    sys.exit(main())
