import sys

from leap_core.cli import main

sys.exit(main())
