"""Does the reference adapter keep the promises that it is the reference for?"""

import uuid
from pathlib import Path

import pytest

from mooring.core.artifact import Opaque
from mooring.ports import Adapter, Options
from mooring.testing.conformance import AdapterConformance, Bench
from mooring_memory import connect, platform


def bench_at(url: str, folder: str, extra: dict[str, str]) -> Bench:
    def open_it() -> Adapter:
        return connect(Options("test", url, {}, folder, extra=extra))

    here = platform(url, folder)
    return Bench(
        open_it, lambda _: open_it(), here, lambda prompt: here.save(prompt, Opaque({"type": "image"}, "an image"))
    )


def dead_end(tmp_path: Path) -> Adapter:
    """A platform whose file is damaged answers nothing."""
    (tmp_path / "torn.json").write_text('{"prompts": {')
    return connect(Options("test", "memory:///torn.json", {}, str(tmp_path)))


class TestMemory(AdapterConformance):
    @pytest.fixture
    def bench(self, tmp_path: Path) -> Bench:
        return bench_at(f"memory://{uuid.uuid4()}", str(tmp_path), {})

    @pytest.fixture
    def unreachable(self, tmp_path: Path) -> Adapter:
        return dead_end(tmp_path)


class TestMemoryInAFile(TestMemory):
    @pytest.fixture
    def bench(self, tmp_path: Path) -> Bench:
        return bench_at("memory:///sub/state.json", str(tmp_path), {})


class TestMemoryWithImmutableVersions(TestMemory):
    @pytest.fixture
    def bench(self, tmp_path: Path) -> Bench:
        extra = {"immutable_versions": "true", "removes_labels": "false", "labels_on_create": "false"}
        return bench_at(f"memory://{uuid.uuid4()}", str(tmp_path), extra)
