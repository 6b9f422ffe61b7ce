"""Building coverage by parcel against QGIS' overlap analysis: python -m benchmarks.building_coverage --help.

Both run in one process, in turn, through QGIS' algorithm classes. To be called with QGIS' Python in the
environment of `make env`; `make benchmark-coverage` does.
"""

import argparse
import csv
import statistics
import time

from qgis.analysis import QgsNativeAlgorithms
from qgis.core import (
    QgsApplication,
    QgsFeatureRequest,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsVectorLayer,
)

from algorithms.provider import AgglomerationProvider
from benchmarks import data, report

OURS, BASELINE = "agglomeration:parcelindicators", "native:calculatevectoroverlaps"
LIMIT = 2
PER_CENT = 0.01
CASES = {
    "117 parcels, 18,046 buildings, Moscow": ("parcels_osm_moscow_sw", "landuse.shp", "buildings.shp"),
    "5,030 parcels, 4,197 buildings, Bavaria": (
        "parcels_ebelsbach_de",
        "ebelsbach.gpkg|layername=parcels",
        "ebelsbach.gpkg|layername=buildings",
    ),
}
HEAD = ["data", "seconds", f"seconds of {BASELINE}", "times", "target", "parcels that differ"]


def layers(folder, parcels, buildings):
    """Layers of a case; of the land use of a town, only the parcels that its reference names."""
    read = [QgsVectorLayer(f"{folder / 'data' / name}", "layer", "ogr") for name in (parcels, buildings)]
    if "osm" in folder.name:
        with (folder / "expected" / "building_coverage.csv").open(encoding="utf-8", newline="") as stream:
            ids = ", ".join(repr(row["id"]) for row in csv.DictReader(stream))
        read[0].setSubsetString(f"osm_id IN ({ids})")
    return read


def timed(algorithm, parameters):
    """Seconds of a run, and the layer that it made."""
    context = QgsProcessingContext()
    context.setInvalidGeometryCheck(QgsFeatureRequest.InvalidGeometryCheck.GeometryNoCheck)
    runnable = QgsApplication.processingRegistry().createAlgorithmById(algorithm)
    start = time.perf_counter()
    results, fine = runnable.run(parameters, context, QgsProcessingFeedback(False))
    seconds = time.perf_counter() - start
    if not fine:
        raise SystemExit(f"{algorithm} failed.")
    return seconds, context.takeResultLayer(results["OUTPUT"])


def compared(parcels, buildings, rounds):
    """Seconds of both sides, and in how many parcels their shares differ.

    Where a parcel or one of its buildings is invalid, QGIS' analysis may leave it out.
    """
    runs = []
    for _ in range(rounds + 1):
        ours, covered = timed(OURS, {"INPUT": parcels, "BUILDINGS": buildings, "OUTPUT": "memory:"})
        theirs, overlaps = timed(BASELINE, {"INPUT": parcels, "LAYERS": [buildings], "OUTPUT": "memory:"})
        runs.append((ours, theirs))
    pairs = zip(covered.getFeatures(), overlaps.getFeatures(), strict=True)
    differing = sum(abs(ours["bld_coef"] - theirs.attributes()[-1]) > PER_CENT for ours, theirs in pairs)
    # The first round reads the disk and imports.
    return [statistics.median(side) for side in zip(*runs[1:], strict=True)], differing


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="runs of each side")
    rounds = parser.parse_args().rounds
    if data.real_data() is None:
        raise SystemExit("No real data: ../shared/cases is absent; set PARCEL_CASES to its folder.")
    application = QgsApplication([], False)
    application.initQgis()
    providers = QgsNativeAlgorithms(), AgglomerationProvider()
    for provider in providers:
        QgsApplication.processingRegistry().addProvider(provider)
    lines = []
    for title, (folder, *names) in CASES.items():
        (ours, theirs), differing = compared(*layers(data.real_data() / folder, *names), rounds)
        verdict = "met" if ours <= LIMIT * theirs else "missed"
        lines.append(
            [
                title,
                f"{ours:.2f}",
                f"{theirs:.2f}",
                f"{ours / theirs:.2f}",
                f"at most {LIMIT}: {verdict}",
                str(differing),
            ]
        )
    print(f"{report.machine()}.\n\n{report.markdown_table(HEAD, lines)}")


if __name__ == "__main__":
    main()
