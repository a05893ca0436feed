"""Does the adapter keep its promises over a registry in a file, through the mlflow package?"""

from collections.abc import Callable
from pathlib import Path

import pytest

from mooring.ports import Adapter, Options
from mooring.testing.bench import Bench
from mooring.testing.conformance import AdapterConformance
from mooring_mlflow import connect


class TestEmbedded(AdapterConformance):
    @pytest.fixture
    def bench(self, mlflow_file: Path, mlflow_bench: Callable[[str], Bench]) -> Bench:
        return mlflow_bench(f"sqlite:///{mlflow_file}")

    @pytest.fixture
    def unreachable(self, mlflow_template: Path, tmp_path: Path) -> Adapter:
        damaged = tmp_path / "damaged.db"
        damaged.write_bytes(mlflow_template.read_bytes())
        adapter = connect(Options("test", f"sqlite:///{damaged}", {}, "/"))
        damaged.write_bytes(b"This is not a database any more. " * 4096)
        return adapter
