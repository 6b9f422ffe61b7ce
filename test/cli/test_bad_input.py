"""Bad input through the real qgis_process: one sentence, an exit code that is not 0, nothing left behind."""

import pytest

from ..sound_runs import RUNS, ZONED

WITH_INPUT = [name for name, given in RUNS.items() if "INPUT" in given]


@pytest.fixture(scope="module")
def source(qgis_process, demo, tmp_path_factory):
    """Source string of a layer of the sound runs, with its features or none: source(layer, empty)."""
    folder = tmp_path_factory.mktemp("layers")

    def of(layer, empty):
        path = folder / f"{layer.strip('<>')}_{empty}.gpkg"
        if layer != ZONED and not empty:
            return demo(layer.strip("<>"))
        if not path.exists():
            given = {"INPUT": demo(layer.strip("<>")), "EXPRESSION": "false", "OUTPUT": path}
            algorithm = "native:extractbyexpression"
            if layer == ZONED and empty:
                given["INPUT"] = of(layer, False)
            elif layer == ZONED:
                algorithm = "agglomeration:evaluate"
                given = {
                    "INPUT": demo(),
                    "INDEX_SYSTEM": demo("index_system_synthetic_fields"),
                    "PERMUTATIONS": 99,
                    "OUTPUT": path,
                }
            answer = qgis_process(
                "run", algorithm, "--", *(f"{name}={value}" for name, value in given.items())
            )
            assert answer.code == 0, answer.err
        return str(path)

    return of


@pytest.mark.parametrize("algorithm", [name for name in WITH_INPUT if name != "indexsystem"])
def test_no_features(qgis_process, source, tmp_path, algorithm):
    made = tmp_path / "made"
    made.mkdir()
    given = [f"OUTPUT={made / 'out.gpkg'}"]
    for name, value in RUNS[algorithm].items():
        for one in value if isinstance(value, list) else [value]:
            is_layer = isinstance(one, str) and one.startswith("<")
            given.append(f"{name}={source(one, name == 'INPUT') if is_layer else one}")
    answer = qgis_process("run", f"agglomeration:{algorithm}", "--", *given)
    assert answer.code != 0
    assert "has no features" in answer.out + answer.err
    assert "Traceback" not in answer.out + answer.err
    assert list(made.iterdir()) == []
