"""The file contract, held against the SDK that Kratix publishes."""

import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kratix_sdk
import pytest
import yaml
from corpus import CASES
from kratix_sdk import kratix_sdk as sdk_module

from tablepromise.pipeline import kratix_files
from tablepromise.pipeline.kratix_files import Folders
from tablepromise.request import dump


@pytest.fixture
def sdk(tmp_path: Path) -> Iterator[kratix_sdk.KratixSDK]:
    root = tmp_path / "sdk"
    for folder in ("input", "output", "metadata"):
        (root / folder).mkdir(parents=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sdk_module, "INPUT_DIR", root / "input")
        patch.setattr(sdk_module, "OUTPUT_DIR", root / "output")
        patch.setattr(sdk_module, "METADATA_DIR", root / "metadata")
        yield kratix_sdk.KratixSDK()


def files(root: Path) -> dict[str, Any]:
    return {
        str(path.relative_to(root)): yaml.safe_load(path.read_text())
        for path in root.rglob("*")
        if path.is_file() and path.parent.name != "input"
    }


def test_what_is_written_equals_what_the_sdk_writes(
    sdk: kratix_sdk.KratixSDK, tmp_path: Path
) -> None:
    folders = Folders.under(tmp_path / "ours")
    status: dict[str, Any] = {"message": "N", "warnings": [], "tableName": "x"}
    labels = {"cloud": "aws", "ack-enabled": "true"}
    table = {"kind": "Table", "spec": {"attributeType": "N"}}

    kratix_files.write_output(folders, "table.yaml", table)
    sdk.write_output("table.yaml", dump(table).encode())
    kratix_files.write_status(folders, status)
    sdk.write_status(kratix_sdk.Status(dict(status)))
    kratix_files.write_destination_labels(folders, labels)
    sdk.write_destination_selectors([kratix_sdk.DestinationSelector(match_labels=labels)])
    kratix_files.write_suspend(folders, "stop")
    sdk.write_suspend("stop")
    assert files(tmp_path / "ours") == files(tmp_path / "sdk")

    kratix_files.write_retry(folders, "later", 90)
    sdk.write_retry_after(datetime.timedelta(seconds=90), "later")
    ours, theirs = files(tmp_path / "ours"), files(tmp_path / "sdk")
    # "90s" and "1m30s" are one duration to Go
    assert ours["metadata/workflow-control.yaml"].pop("retryAfter") == "90s"
    assert theirs["metadata/workflow-control.yaml"].pop("retryAfter") == "1m30s"
    assert ours == theirs


def test_what_is_read_equals_what_the_sdk_reads(sdk: kratix_sdk.KratixSDK, tmp_path: Path) -> None:
    for document, _ in CASES.values():
        for root in (tmp_path / "ours", tmp_path / "sdk"):
            (root / "input").mkdir(parents=True, exist_ok=True)
            (root / "input/object.yaml").write_text(dump(document))
        ours = kratix_files.read_object(Folders.under(tmp_path / "ours"))
        assert ours == sdk.read_resource_input().data == document
