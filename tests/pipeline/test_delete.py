"""`delete`: what becomes of the data."""

from pathlib import Path
from typing import Any

import pytest

from tablepromise.pipeline.delete import delete
from tablepromise.pipeline.kratix_files import Folders
from tablepromise.request import deletion_outcome, dump, load


@pytest.mark.parametrize(
    ("spec", "sentence"),
    [
        ({}, "kept with its data: deletionPolicy is Retain"),
        ({"deletionPolicy": "Retain"}, "kept with its data: deletionPolicy is Retain"),
        ({"deletionPolicy": "Delete"}, "deleted with its data: deletionPolicy is Delete"),
        (
            {"deletionPolicy": "Delete", "deletionProtection": True},
            "kept with its data: deletionPolicy is Delete, but deletionProtection is on",
        ),
        ({"deletionPolicy": "delete"}, "kept with its data"),
    ],
)
@pytest.mark.parametrize("status", [None, {}, {"message": "x"}])
def test_it_says_what_becomes_of_the_data(
    tmp_path: Path, spec: dict[str, Any], status: dict[str, Any] | None, sentence: str
) -> None:
    folders = Folders.under(tmp_path)
    Path(folders.input).mkdir()
    document = {
        "metadata": {"name": "x"},
        "spec": {"name": "orders", "region": "eu-west-1", **spec},
        **({} if status is None else {"status": status}),
    }
    (Path(folders.input) / "object.yaml").write_text(dump(document))
    message = delete(folders)
    assert message.startswith("table orders in eu-west-1 is ")
    assert sentence in message
    assert load((Path(folders.metadata) / "status.yaml").read_text()) == [{"message": message}]
    assert not Path(folders.output).exists()


def test_a_request_without_a_spec_can_be_deleted(tmp_path: Path) -> None:
    folders = Folders.under(tmp_path)
    Path(folders.input).mkdir()
    (Path(folders.input) / "object.yaml").write_text("metadata: {name: x}\n")
    assert "kept" in delete(folders)


@pytest.mark.parametrize(
    ("spec", "written", "sentence"),
    [
        ({"deletionPolicy": "Delete"}, "", "is unchanged: no Table was created for this request"),
        ({}, "", "is unchanged"),
        ({"deletionPolicy": "Delete"}, "Retain", "is kept with its data: the Table has an older"),
        ({}, "Delete", "is deleted with its data: the Table has an older"),
        (
            {"deletionPolicy": "Delete", "deletionProtection": True},
            "Delete",
            "is deleted with its data: the Table has an older",
        ),
        ({}, "Retain", "is kept with its data: deletionPolicy is Retain"),
        (
            {"deletionPolicy": "Delete", "deletionProtection": True},
            "Retain",
            "is kept with its data: deletionPolicy is Delete, but deletionProtection is on",
        ),
        ({"deletionPolicy": "Delete"}, "Delete", "is deleted with its data: deletionPolicy is"),
    ],
)
def test_the_effect_is_that_of_the_table_that_was_written(
    spec: dict[str, Any], written: str, sentence: str
) -> None:
    assert sentence in deletion_outcome(spec, {"deletionPolicy": written})
