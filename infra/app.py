"""`python -m infra.app`: writes the manifests; `cdk8s synth` runs it.

Next, with the platform: one folder per target, in Flux's order.
"""

from infra.node import use_bundled_node

use_bundled_node()

import os  # noqa: E402  cdk8s may only be imported once its Node.js is chosen
from pathlib import Path  # noqa: E402

import cdk8s  # noqa: E402

from infra.charts import PromisesChart  # noqa: E402


def build(outdir: Path) -> cdk8s.App:
    """The app with everything that is deployed; it writes to `outdir` when synthesized."""
    app = cdk8s.App(outdir=str(outdir))
    PromisesChart(app, "promises")
    return app


if __name__ == "__main__":
    build(Path(os.environ.get("CDK8S_OUTDIR", "manifests"))).synth()
