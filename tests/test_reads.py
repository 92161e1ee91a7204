"""What a diagnosis may ask for."""

from tablepromise.diagnosis import READS


def test_it_reads_and_no_more() -> None:
    assert {verb for read in READS for verb in read.verbs} == {"get", "list", "watch"}
    assert not [read for read in READS if read.plural == "secrets"]


def test_every_read_says_why() -> None:
    assert all(read.why for read in READS)


def test_what_may_be_long_is_narrowed() -> None:
    for read in READS:
        if read.kind in {"Pod", "Event", "Job", "Deployment"}:
            assert read.labels or read.fields or read.namespace, read
        if read.kind == "CustomResourceDefinition":
            assert read.names
            assert read.verbs == ("get",)
