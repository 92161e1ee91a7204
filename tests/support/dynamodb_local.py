"""AWS's own DynamoDB engine (DynamoDB Local, Java), fetched by Maven and run on loopback."""

import shutil
import socket
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

VERSION = "2.6.1"
FOLDER = Path(__file__).resolve().parents[2] / ".cache/dynamodb-local" / VERSION
POM = f"""<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>local</groupId><artifactId>fetch</artifactId><version>1</version>
  <dependencies><dependency>
    <groupId>com.amazonaws</groupId><artifactId>DynamoDBLocal</artifactId>
    <version>{VERSION}</version>
  </dependency></dependencies>
</project>
"""


def missing() -> str | None:
    """Why it cannot run here, in words."""
    absent = [tool for tool in ("java", "mvn") if shutil.which(tool) is None]
    return f"{' and '.join(absent)} not found" if absent else None


@contextmanager
def running() -> Generator[str]:
    """The endpoint of an in-memory DynamoDB Local that ends with the block."""
    _fetch()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    command = [
        *("java", f"-Djava.library.path={FOLDER}", "-cp", f"{FOLDER}/*"),
        "com.amazonaws.services.dynamodbv2.local.main.ServerRunner",
        *("-inMemory", "-sharedDb", "-disableTelemetry", "-port", str(port)),
    ]
    log = (FOLDER / "server.log").open("w")
    with log, subprocess.Popen(command, stdout=log, stderr=log) as server:
        try:
            for _ in range(300):
                if server.poll() is not None:
                    raise RuntimeError(
                        f"DynamoDB Local ended: {(FOLDER / 'server.log').read_text()}"
                    )
                with socket.socket() as client:
                    if client.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.1)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


def _fetch() -> None:
    if (FOLDER / "done").exists():
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / "pom.xml").write_text(POM)
    subprocess.run(
        [
            *("mvn", "-q", "-B", "-f", str(FOLDER / "pom.xml"), "dependency:copy-dependencies"),
            *("-DincludeScope=runtime", f"-DoutputDirectory={FOLDER}"),
        ],
        check=True,
    )
    (FOLDER / "done").touch()
