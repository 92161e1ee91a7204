"""What the Dockerfile copies and locks is all that the pipeline and the reflector import."""

import os
import re
import subprocess
import sys
from pathlib import Path

import image

IMPORT_ALL = """
import sys
before = set(sys.modules)
import pkgutil
from importlib import import_module, metadata
import tablepromise
for module in pkgutil.walk_packages(tablepromise.__path__, "tablepromise."):
    import_module(module.name)
packages = metadata.packages_distributions()
print(tablepromise.__file__)
for name in {name.partition(".")[0] for name in sys.modules.keys() - before} & packages.keys():
    print(*(package.lower().replace("_", "-") for package in packages[name]))
"""


def test_it_imports_what_is_in_it_and_no_more(tmp_path: Path) -> None:
    image.application(tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", IMPORT_ALL],
        env={**os.environ, "PYTHONPATH": str(tmp_path / "app")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    where, *imported = done.stdout.split()
    assert Path(where).is_relative_to(tmp_path)
    lock = (image.PACKAGE / "pipeline/requirements.lock").read_text()
    locked = set(re.findall(r"^([a-z0-9-]+)==", lock, re.MULTILINE))
    assert {"lightkube", "msgspec"} <= set(imported) <= locked | {"tablepromise"}
    folders = {path.name for path in (tmp_path / "app/tablepromise").iterdir() if path.is_dir()}
    assert folders == {"diagnosis", "pipeline", "reflector", "request"}
