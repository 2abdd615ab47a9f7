"""The configs as a package, for `pkg://musicgenre.conf` and `initialize_config_module("musicgenre.conf")`.

In a checkout they are in `conf/` beside `musicgenre/`, which this module puts in its own place. An installed wheel has
them in `musicgenre/conf/`, an ordinary package, instead of this file.
"""

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

_spec = spec_from_file_location(__name__, Path(__file__).parents[1] / "conf" / "__init__.py")
assert _spec is not None
assert _spec.loader is not None
sys.modules[__name__] = module_from_spec(_spec)
_spec.loader.exec_module(sys.modules[__name__])
