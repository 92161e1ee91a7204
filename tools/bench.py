"""Benchmark: start-up and throughput, as ratios to a peer in the same run.

    make bench

Processes are timed from outside, alternating with their peer; each number is a median.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from infra.app import build
from infra.settings import PROJECT, as_text, configured, defaults, targets
from tablepromise.request import admit, load, render

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = ROOT / "examples/requests"
RUNS = 11

BARE_APP = """
import cdk8s, sys
app = cdk8s.App(outdir=sys.argv[1])
cdk8s.ApiObject(cdk8s.Chart(app, "c"), "o", api_version="v1", kind="ConfigMap")
app.synth()
"""


def seconds(action: Callable[[], object]) -> float:
    """Return how long a call takes, without the seconds that it returns."""
    started = time.perf_counter()
    others = action()
    return time.perf_counter() - started - (others if isinstance(others, float) else 0)


def process(
    *arguments: str, **environment: str
) -> Callable[[], subprocess.CompletedProcess[bytes]]:
    """Return a call that runs Python with `arguments`."""
    command = [sys.executable, *arguments]
    variables = {**os.environ, **environment}
    return lambda: subprocess.run(command, check=True, capture_output=True, cwd=ROOT, env=variables)


def compare(
    what: str, ours: Callable[[], object], peer: str, theirs: Callable[[], object], bound: float
) -> bool:
    """Print the ratio of the two medians; return whether it is within `bound`."""
    pairs = [(seconds(ours), seconds(theirs)) for _ in range(RUNS + 1)][1:]  # one to warm up
    mine = statistics.median(pair[0] for pair in pairs)
    other = statistics.median(pair[1] for pair in pairs)
    ratio = mine / other
    print(f"{what:<34} / {peer:<34} {ratio:6.2f}   (bound {bound})   {mine:.3f} s / {other:.3f} s")
    return ratio <= bound


# a stack's program on Pulumi's mocks; it prints the time of the mocks, which is the engine's
STACK = """
import json, os, time, pulumi
from pulumi.runtime import Mocks, mocks, set_all_config, set_mocks, test
class Nothing(Mocks):
    def new_resource(self, args): return args.name, args.inputs
    def call(self, args): return {}
class Engine(mocks.MockMonitor):
    seconds = 0
    def RegisterResource(self, request):
        started = time.perf_counter()
        try:
            return super().RegisterResource(request)
        finally:
            Engine.seconds += time.perf_counter() - started
set_all_config(json.loads(os.environ["STACK_CONFIG"]), [])
set_mocks(Nothing(), "tablepromise", os.environ["STACK"], preview=True, monitor=Engine(Nothing()))
"""
EMPTY_STACK = f"""{STACK}
test(lambda: pulumi.export("answer", 42))()
print(Engine.seconds)
"""
OUR_STACK = f"""{STACK}
from infra.stack.program import main
test(main)()
print(Engine.seconds)
"""


def stack() -> bool:
    """Compare the program of the largest stack with one without resources."""
    name = "localstack"
    values = defaults(ROOT) | configured(ROOT, name)
    config = {f"{PROJECT}:{key}": as_text(value) for key, value in values.items()}
    environment = {"STACK": name, "STACK_CONFIG": json.dumps(config)}

    def program(text: str) -> Callable[[], float]:
        run = process("-c", text, **environment)
        return lambda: float(run().stdout)

    return compare(
        f"program of stack {name}",
        program(OUR_STACK),
        "a Pulumi program without resources",
        program(EMPTY_STACK),
        2.5,
    )


def synth(root: Path) -> bool:
    """Compare the largest target with an app of one object, plus a millisecond for each object."""
    name, objects = max(
        (
            (name, sum(len(folder.documents()) for folder in build(target).folders))
            for name, target in targets().items()
        ),
        key=lambda pair: pair[1],
    )
    ours = process("-m", "infra.app", name, CDK8S_OUTDIR=str(root / "manifests"))
    bare = process(str(root / "app.py"), str(root / "out"))
    pairs = [(seconds(ours), seconds(bare)) for _ in range(RUNS + 1)][1:]
    mine = statistics.median(pair[0] for pair in pairs)
    peer = statistics.median(pair[1] for pair in pairs)
    bound = 1.5 * peer + 0.001 * objects
    print(
        f"synth of {name}, {objects} objects: {mine:.3f} s, bound 1.5 x {peer:.3f} s (a cdk8s app "
        f"with one ConfigMap) + {objects} ms = {bound:.3f} s"
    )
    return mine <= bound


def throughput() -> bool:
    """Measure admission and rendering; the cost of a request must not grow with their number."""
    documents = [load(path.read_text())[0] for path in sorted(EXAMPLES.glob("*.yaml"))]

    def judge_and_render(count: int) -> None:
        for number in range(count):
            render(admit(documents[number % len(documents)]))

    judge_and_render(100)
    costs = {
        count: statistics.median(seconds(partial(judge_and_render, count)) for _ in range(5))
        / count
        for count in (100, 1_000, 10_000)
    }
    print(f"admission and rendering of 1,000 requests: {costs[1_000] * 1_000:.2f} s")
    flat = costs[10_000] / costs[100]
    print(f"cost of one in 10,000 / cost of one in 100: {flat:.2f}   (bound 1.25)")
    return flat <= 1.25


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "input").mkdir()
        request = EXAMPLES / "production-orders-table.yaml"
        (root / "input/object.yaml").write_text(request.read_text())
        (root / "app.py").write_text(BARE_APP)
        configure = process("-m", "tablepromise.pipeline", "configure", str(root))
        within = [
            synth(root),
            stack(),
            compare(
                "pipeline configure",
                configure,
                'python -c "import yaml"',
                process("-c", "import yaml"),
                2.5,
            ),
            compare(
                'python -c "import kratix_sdk"',
                process("-c", "import kratix_sdk"),
                "pipeline configure",
                configure,
                float("inf"),
            ),
        ]
        tries = [
            seconds(process("-c", "from tablepromise.cli.main import main; main(['try'])"))
            for _ in range(6)
        ]
        again = statistics.median(tries[1:])
        print(f"try, five requests, warm: {again:.2f} s   (bound 3 s)")
        within += [again <= 3, throughput()]
    return 0 if all(within) else 1


if __name__ == "__main__":
    sys.exit(main())
