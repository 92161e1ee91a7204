"""Programs in place of k3d and docker, which behave as the real ones were seen to.

k3d logs in colour, ends an import that failed with 0, and gives a cluster that is made again
another certificate. A cluster can vanish behind the stack's back.
"""

import sys
from ast import literal_eval
from pathlib import Path
from typing import Any

from infra.stack.k3d_command import TOOLS

_PROGRAM = """#!{python} -IS
import sys  # and no other module where it can be avoided: most tests start some of these

folder, _, tool = __file__.rpartition("/bin/")
arguments = sys.argv[1:]
with open(folder + "/state") as file:
    state = eval(file.read())
clusters = state["clusters"]
command = " ".join(arguments[:2]) if tool == "k3d" else "docker " + arguments[0]
answer, error, code = "", "", 0

def log(level, text):
    global error
    colour = {{"INFO": 36, "WARN": 33, "ERRO": 31, "FATA": 31}}[level]
    error += f"\\x1b[{{colour}}m{{level}}\\x1b[0m[0001] {{text}}\\n"

def option(name):
    return arguments[arguments.index(name) + 1]

if command in state["fails"]:
    code = 1
    if tool == "docker":
        error = state["fails"][command] + "\\n"
    else:
        log("INFO", "Prep: Network")
        log("ERRO", state["fails"][command])
        log("WARN", "Failed to create cluster, rolling back")
        log("FATA", "Cluster creation FAILED, all changes have been rolled back!")
elif command == "docker info":
    answer = state["engine"]
elif command == "docker ps":
    label = option("--filter").removeprefix("label=")
    answer = "\\n".join(n for c in clusters.values() if label == c["label"] for n in c["nodes"])
elif command == "docker port":
    [port] = [c["registry"] for c in clusters.values() if c["name"] == arguments[1]]
    answer = port
elif command == "docker exec":
    assert arguments[2:3] + arguments[4:] == ["ctr", "ls", "-q"]
    [cluster] = [c for c in clusters.values() if arguments[1] in c["nodes"]]
    answer = "\\n".join(cluster["nodes"][arguments[1]])
elif command == "version":
    answer = "k3d version v5.9.0\\nk3s version v1.35.5-k3s1 (default)"
elif command == "cluster list":
    import json

    assert arguments[2:] == ["-o", "json"]
    answer = json.dumps([{{"name": name}} for name in clusters])
elif command == "cluster create":
    import json, os

    with open(arguments[-1]) as file:
        config = json.load(file)
    arguments[-1] = "FILE"
    name = config["metadata"]["name"]
    agents = [f"k3d-{{name}}-agent-{{number}}" for number in range(config["agents"])]
    nodes = [f"k3d-{{name}}-server-0", *agents]
    [label] = config["options"].pop("runtime")["labels"]
    state["made"] += 1
    create = config.get("registries", {{}}).get("create", {{}})
    clusters[name] = {{
        "config": config, "label": label["label"], "filters": label["nodeFilters"],
        "nodes": {{node: [] for node in nodes}}, "certificate": state["made"],
        "name": create.get("name"), "registry": f"{{create.get('host')}}:40123",
        "images": {{k: v for k, v in os.environ.items() if k.startswith("K3D_IMAGE")}},
    }}
elif command == "cluster delete":
    del clusters[arguments[2]]
elif command == "image import":
    import json, tarfile

    cluster = clusters[option("--cluster")]
    log("INFO", "Importing image(s) into cluster")
    for node in cluster["nodes"]:
        if [node, option("--mode")] in state["loses"]:
            log("ERRO", f"failed to import images in node '{{node}}': exit code 1")
            continue
        with tarfile.open(arguments[2]) as archive:
            [image] = json.load(archive.extractfile("manifest.json"))
        cluster["nodes"][node] += ["sha256:" + image["Config"].split(".")[0]]
        cluster["nodes"][node] += image["RepoTags"]
    log("INFO", "Successfully imported 1 image(s) into 1 cluster(s)")
elif command == "kubeconfig get":
    answer = f"kubeconfig of {{arguments[2]}} {{clusters[arguments[2]]['certificate']}}"
else:
    sys.exit("unknown: " + command)
state["calls"].append(" ".join([tool, *arguments]))
with open(folder + "/state", "w") as file:
    file.write(repr(state))
sys.stderr.write(error)
print(answer)
sys.exit(code)
"""

_ASKS = ("k3d cluster list -o json", "docker info", "docker ps", "docker exec", "docker port")


class FakeK3d:
    """Programs in `bin`, and their state in a file.

    Args:
        folder: empty.
    """

    def __init__(self, folder: Path) -> None:
        self.bin = folder / "bin"
        self.bin.mkdir()
        for tool in TOOLS:
            file = self.bin / tool
            file.write_text(_PROGRAM.format(python=sys.executable))
            file.chmod(0o755)
        self._file = folder / "state"
        empty: dict[str, Any] = {"clusters": {}, "calls": [], "fails": {}, "loses": [], "made": 0}
        self._file.write_text(repr({**empty, "engine": "ENGINE"}))

    @property
    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = literal_eval(self._file.read_text())
        return found

    @property
    def clusters(self) -> dict[str, Any]:
        found: dict[str, Any] = self.state["clusters"]
        return found

    @property
    def calls(self) -> list[str]:
        """In the order they came, without those that only ask what there is."""
        return [call for call in self.state["calls"] if not call.startswith(_ASKS)]

    def add(self, name: str) -> None:
        """A cluster that somebody made by hand."""
        other: dict[str, Any] = {"label": None, "nodes": {}, "name": None, "certificate": 0}
        self.set(clusters=self.clusters | {name: other})

    def vanish(self, name: str) -> None:
        """Somebody deletes a cluster by hand."""
        clusters = self.clusters
        del clusters[name]
        self.set(clusters=clusters)

    def set(self, **changes: object) -> None:
        self._file.write_text(repr(self.state | changes))

    def without(self, *tools: str) -> None:
        for tool in tools:
            (self.bin / tool).unlink()
