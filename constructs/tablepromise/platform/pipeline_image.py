"""The name of the pipeline's image: a tag derived from everything that the image is built from.

    python -I constructs/tablepromise/platform/pipeline_image.py [REGISTRY]

prints the name for `make image`, so it uses the standard library only and imports nothing of ours.
A change of a source changes the tag, and with it the Promise, the reflector's Deployment and the
Job of the store's keys.
"""

import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

VERSION: Final = "0.1.0"
NAME: Final = "pipeline"

LOCAL_REGISTRY: Final = "localhost/tablepromise"
"""Where `make image` leaves the image: a name that no node pulls from a public registry."""

PACKAGE: Final = Path(__file__).resolve().parents[1]

SOURCES: Final = (
    *("__init__.py", "kubeconfig.py", "reads.py"),
    *("request", "diagnosis", "reflector", "pipeline"),
)
"""What the Dockerfile copies, below the package; the Dockerfile itself is in `pipeline`."""

_DIGITS = 12


def tag(package: Path = PACKAGE) -> str:
    """Return the tag for the sources in `package`: the version, and a digest of their content."""
    digest = hashlib.sha256()
    for file in _files(package):
        content = file.read_bytes()
        digest.update(f"{file.relative_to(package).as_posix()} {len(content)}\n".encode())
        digest.update(content)
    return f"{VERSION}-{digest.hexdigest()[:_DIGITS]}"


def reference(registry: str = LOCAL_REGISTRY, package: Path = PACKAGE) -> str:
    """Return the image's full name in a registry."""
    return f"{registry}/{NAME}:{tag(package)}"


def is_local(image: str) -> bool:
    """Whether nodes have the image by an import only."""
    return image.startswith(f"{LOCAL_REGISTRY}/")


def _files(package: Path) -> Iterator[Path]:
    for name in SOURCES:
        source = package / name
        files = sorted(source.rglob("*")) if source.is_dir() else [source]
        yield from (f for f in files if f.is_file() and "__pycache__" not in f.parts)


if __name__ == "__main__":
    print(reference(sys.argv[1] if sys.argv[1:] else LOCAL_REGISTRY))
