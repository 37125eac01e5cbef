"""The command `farthing`."""

import signal
import sys

from farthing._farthing import main as run


def main() -> None:
    """Runs the command line, and ends the process with its exit code."""
    # While the command runs, nobody asks Python whether it was interrupted.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    sys.exit(run(["farthing", *sys.argv[1:]]))


if __name__ == "__main__":
    main()
