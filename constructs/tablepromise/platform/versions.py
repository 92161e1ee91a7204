"""Every image and chart version, pinned: the only file that names one."""

from typing import Final

PIPELINE_IMAGE: Final = "tablepromise/pipeline:0.1.0"
"""Our pipeline container, built from `pipeline/Dockerfile`. Its tag is the project's version."""

PYTHON_IMAGE: Final = (
    "python:3.13.7-slim-bookworm"
    "@sha256:adafcc17694d715c905b4c7bebd96907a1fd5cf183395f0ebc4d3428bd22d92d"
)
"""What the pipeline image is built on."""
