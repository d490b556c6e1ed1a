import os
import sys

# What lies in the folder where the command is given is a stranger's: no module is taken from there,
# by this program or by the kernels and readers that it starts.
if sys.path[0] in ("", os.getcwd()):
    del sys.path[0]
os.environ["PYTHONSAFEPATH"] = "1"

from conflict_minerals.command.cli import main

sys.exit(main())
