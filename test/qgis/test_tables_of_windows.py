"""CSV tables with a byte order mark and line ends of Windows are read like any other."""

from pathlib import Path

import pytest
from qgis.core import QgsProject, QgsVectorFileWriter, QgsVectorLayer

from ..sound_runs import RUNS, demo_layer, sound_run

RESOURCES = Path(__file__).resolve().parents[2] / "resources"
MATRIX = "econ_lvl,land_lvl,zone,zone_lbl\n" + "".join(
    f"{econ},{land},{(econ + land) // 2},“区” {(econ + land) // 2}\n"
    for econ in range(1, 5)
    for land in range(1, 5)
)
BREAKS = "level,lower,upper\n1,,10000\n2,10000,30000\n3,30000,60000\n4,60000,200000\n"
OF_THE_DEMONSTRATION = {
    (algorithm, name): value
    for algorithm, given in RUNS.items()
    for name, value in given.items()
    if name in ("INDEX_SYSTEM", "JUDGEMENTS", "OBJECTIVE", "ENTERPRISES", "PERFORMANCE")
}
SHIPPED = {
    ("planningresponse", "STRATEGY_TABLE"): "planning/strategies.csv",
    ("planningresponse", "DEPARTMENT_TABLE"): "planning/departments.csv",
    ("planningresponse", "FACILITY_TABLE"): "planning/facilities.csv",
    ("accessibilityscore", "RUBRIC"): "rubrics/accessibility.csv",
    ("zonechange", "RULES"): "rules/zone_alerts.csv",
}
WRITTEN = {("crosstabulate", "MATRIX_TABLE"): MATRIX, ("naturalbreaks", "FIXED_BREAKS"): BREAKS}


def text_of(key, folder):
    """Text of the table that is given to a parameter."""
    if key in WRITTEN:
        return WRITTEN[key]
    if key in SHIPPED:
        return (RESOURCES / SHIPPED[key]).read_text(encoding="utf-8-sig")
    path = folder / "exported.csv"
    options = QgsVectorFileWriter.SaveVectorOptions()
    options.driverName = "CSV"
    layer = demo_layer(OF_THE_DEMONSTRATION[key][1:-1])
    error, *_ = QgsVectorFileWriter.writeAsVectorFormatV3(layer, str(path), layer.transformContext(), options)
    assert not error
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize("key", [*OF_THE_DEMONSTRATION, *SHIPPED, *WRITTEN], ids="-".join)
def test_a_byte_order_mark_and_line_ends_change_nothing(run, tmp_path, key):
    algorithm, name = key
    lines = text_of(key, tmp_path).splitlines()
    files = {"plain.csv": "\n".join(lines).encode() + b"\n", "windows.csv": "\ufeff".encode()}
    files["windows.csv"] += "\r\n".join(lines).encode() + b"\r\n"
    made = {}
    for file, content in files.items():
        (tmp_path / file).write_bytes(content)
        folder = tmp_path / file.removesuffix(".csv")
        folder.mkdir()
        parameters = sound_run(algorithm) | {name: str(tmp_path / file)}
        layers = [value for value in parameters.values() if isinstance(value, QgsVectorLayer)]
        QgsProject.instance().addMapLayers(layers, False)
        run(algorithm, **parameters | {"OUTPUT": str(folder / "out.csv")})
        made[file] = (folder / "out.csv").read_bytes()
    assert made["plain.csv"] == made["windows.csv"]
    assert made["plain.csv"].count(b"\n") > 1
