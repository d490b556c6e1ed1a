import sys

from conflict_minerals.command.cli import main

sys.exit(main())
