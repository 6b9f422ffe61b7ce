"""Bad input through the real qgis_process: one sentence, an exit code that is not 0, nothing left behind.

Each row of the table with at least one algorithm, and each algorithm with at least one row; all pairs
with the environment variable BAD_INPUT=all (`make test-bad-input`).
"""

import hashlib
import json
import os

import pytest
from qgis.core import QgsVectorFileWriter, QgsVectorLayer

from ..bad_parcels import REFUSED, ROWS, WITH_INPUT
from ..sound_runs import RUNS, ZONED, in_memory

SYSTEM_HEAD = "indicator,layer,dimension,field,direction,target,lower,upper,weight\n"
SYSTEMS = {
    "a system without its columns": "name,share\na,1\n",
    "a system without rows": SYSTEM_HEAD,
    "a system of unknown fields": f"{SYSTEM_HEAD}a,econ,d,no_such,benefit,1,,,1\n",
    "an indicator twice": SYSTEM_HEAD + 2 * "a,econ,d,syn_output,benefit,1,,,0.5\n",
    "a negative weight": f"{SYSTEM_HEAD}a,econ,d,syn_output,benefit,1,,,-1\nb,econ,d,syn_tax,benefit,1,,,2\n",
    "an unknown direction": f"{SYSTEM_HEAD}a,econ,d,syn_output,upwards,1,,,1\n",
    "a weight in words": f"{SYSTEM_HEAD}a,econ,d,syn_output,benefit,1,,,much\n",
    "a target of nought": f"{SYSTEM_HEAD}a,econ,d,syn_output,benefit,0,,,1\n",
}
PAIR = "parent,a,b,value\n"
JUDGEMENTS = {
    "no judgements": PAIR,
    "judgements without their columns": "x,y\n1,2\n",
    "a judgement of nought": f"{PAIR}goal,x,y,0\n",
    "a judgement in words": f"{PAIR}goal,x,y,strong\n",
    "a judgement that contradicts itself": f"{PAIR}goal,x,y,3\ngoal,y,x,3\n",
    "judgements that do not connect": f"{PAIR}goal,x,y,3\ngoal,v,w,3\n",
    "sixteen elements": PAIR + "".join(f"goal,e{i},e{j},1\n" for i in range(16) for j in range(i)),
}
WITH_SYSTEM = [name for name, given in RUNS.items() if "INDEX_SYSTEM" in given]
# Which finds or takes it in its stride: a system without weights, fields or targets is no fault there.
SYSTEM_REFUSED = {
    "a system without its columns",
    "a system without rows",
    "an indicator twice",
    "an unknown direction",
    "a weight in words",
}
PARAMETERS = {
    "no such layer": lambda given, folder: given | {"INPUT": str(folder / "nothing.gpkg")},
    "no such folder": lambda given, folder: given | {"OUTPUT": str(folder / "absent" / "out.gpkg")},
    "an output over its input": lambda given, folder: given | {"OUTPUT": given["INPUT"].split("|")[0]},
    "an output that is a folder": lambda given, folder: given | {"OUTPUT": str(folder)},
}


def with_chinese_districts(layer):
    """Districts named in Chinese."""
    position = layer.fields().lookupField("syn_distr")
    if position >= 0:
        changes = {f.id(): {position: f"高新区{k % 3}"} for k, f in enumerate(layer.getFeatures())}
        assert layer.dataProvider().changeAttributeValues(changes)
    return layer


# A GeoPackage holds no fid twice; a shapefile without .cpg does not say that its texts are GBK.
STORES = {"a fid that stands twice": "shp", "GBK without .cpg": "shp"}
STORED_ROWS = ROWS | {"GBK without .cpg": with_chinese_districts}
WITH_NEIGHBOURS = [
    "spatialweights",
    "globalmoran",
    "joincounts",
    "localmoran",
    "localgeary",
    "hotspots",
    "evaluate",
]


def pairs(algorithms, rows):
    """All pairs where they are asked for, else as many as name each algorithm and each row once."""
    if os.environ.get("BAD_INPUT") == "all":
        return [(algorithm, row) for algorithm in algorithms for row in rows]
    rows = list(rows)
    return [
        (algorithms[k % len(algorithms)], rows[k % len(rows)]) for k in range(max(len(algorithms), len(rows)))
    ]


def digest(path):
    """Digest of the bytes of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def the_sentence(said):
    """The one sentence with which a run was refused, before it began or in its course."""
    lines = [line for line in said.splitlines() if line.strip()]
    if "while checking parameter values" in said:
        (sentence,) = {line.strip() for line in lines if line.startswith("\t")}
    else:
        sentence = lines[-1].removeprefix("ERROR:").strip()
        assert {line for line in lines if line.startswith("ERROR:")} <= {f"ERROR:\t{sentence}"}, said
    assert sentence[-1] in ".?!…”)" or sentence[-1].isalnum(), said
    return sentence


@pytest.fixture(scope="module")
def stored(qgis_app, qgis_process, demo, tmp_path_factory):
    """Source string of a layer of the sound runs, made into a row of the table: stored("<name>", row)."""
    folder = tmp_path_factory.mktemp("layers")
    files = {}

    def zoned():
        path = folder / "zoned.gpkg"
        if not path.exists():
            answer = qgis_process(
                "run", "agglomeration:evaluate", "--", f"INPUT={demo()}",
                f"INDEX_SYSTEM={demo('index_system_synthetic_fields')}", "ID_FIELD=parcel_id",
                "PERMUTATIONS=99", f"OUTPUT={path}",
            )  # fmt: skip
            assert answer.code == 0, answer.err
        return str(path)

    def of(name, row=None):
        source = zoned() if name == ZONED else demo(name.strip("<>"))
        if row is None:
            return source
        if (name, row) not in files:
            ending = STORES.get(row, "gpkg")
            path = files[name, row] = folder / f"row_{len(files)}.{ending}"
            layer = QgsVectorLayer(source, "parcels", "ogr")
            made = STORED_ROWS[row](in_memory(layer))
            options = QgsVectorFileWriter.SaveVectorOptions()
            options.driverName = QgsVectorFileWriter.driverForExtension(ending)
            if row == "GBK without .cpg":
                options.fileEncoding = "GBK"
            error, *_ = QgsVectorFileWriter.writeAsVectorFormatV3(
                made, str(path), made.transformContext(), options
            )
            assert not error
            if row == "GBK without .cpg":
                path.with_suffix(".cpg").unlink()
        return str(files[name, row])

    return of


@pytest.fixture
def outcome(qgis_process, tmp_path):
    """Run with every destination in a folder: "" where it succeeded, else the sentence that was said."""

    def run(algorithm, given):
        folder = tmp_path / "made"
        folder.mkdir()
        given = {"OUTPUT": str(folder / ("out.pdf" if algorithm == "mapsheet" else "out.gpkg"))} | given
        read = [
            text.split("|")[0] for name, text in given.items() if name != "OUTPUT" and isinstance(text, str)
        ]
        files = [path for path in map(type(tmp_path), read) if path.is_file()]
        before = [digest(path) for path in files]
        answer = qgis_process("run", f"agglomeration:{algorithm}", "-", given=json.dumps({"inputs": given}))
        said = answer.out + answer.err
        assert "Traceback" not in said
        assert [digest(path) for path in files] == before, "the sources are as they were"
        if answer.code == 0:
            assert list(folder.iterdir())
            return ""
        sentence = the_sentence(answer.err)
        assert list(folder.iterdir()) == [], "a failed run leaves nothing behind"
        return sentence

    return run


@pytest.fixture
def given(stored):
    """Parameters of a sound run as texts and numbers: given(algorithm, row of the parcels)."""

    def of(algorithm, row=None):
        return {
            name: stored(value, row if name == "INPUT" else None)
            if isinstance(value, str) and value.startswith("<")
            else value
            for name, value in RUNS[algorithm].items()
        }

    return of


@pytest.mark.parametrize(("algorithm", "row"), pairs(WITH_INPUT, STORED_ROWS))
def test_parcels(outcome, given, algorithm, row):
    said = outcome(algorithm, given(algorithm, row))
    if algorithm in REFUSED.get(row, ()):
        assert said


@pytest.mark.parametrize(("algorithm", "row"), pairs(WITH_INPUT, PARAMETERS))
def test_parameters(outcome, given, tmp_path, algorithm, row):
    assert outcome(algorithm, PARAMETERS[row](given(algorithm), tmp_path))


@pytest.mark.parametrize(("algorithm", "row"), pairs(WITH_NEIGHBOURS, ["as many neighbours as parcels"]))
def test_neighbours(outcome, given, algorithm, row):
    assert "choose fewer neighbours than sites" in outcome(
        algorithm, given(algorithm) | {"NEIGHBOURS": 0, "K": 117}
    )


@pytest.mark.parametrize(("algorithm", "row"), pairs(WITH_SYSTEM, SYSTEMS))
def test_index_systems(outcome, given, tmp_path, algorithm, row):
    table = tmp_path / "system.csv"
    table.write_text(SYSTEMS[row], encoding="utf-8")
    said = outcome(algorithm, given(algorithm) | {"INDEX_SYSTEM": str(table)})
    if row in SYSTEM_REFUSED:
        assert said


@pytest.mark.parametrize(
    ("algorithm", "row"), pairs(["ahpweights", "weightsensitivity", "evaluate"], JUDGEMENTS)
)
def test_judgements(outcome, given, tmp_path, algorithm, row):
    table = tmp_path / "judgements.csv"
    table.write_text(JUDGEMENTS[row], encoding="utf-8")
    assert outcome(algorithm, given(algorithm) | {"JUDGEMENTS": str(table)})
