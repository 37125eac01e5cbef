"""`python -m farthing` is the command `farthing`."""

from farthing._command import main

main()
