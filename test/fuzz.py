"""Feed random parcels, tables and settings to every algorithm: make fuzz MINUTES=10 SEED=1.

A run may succeed or end with one sentence of ours. A traceback, a hang or a message of several lines is
a finding: it is printed with the number that repeats it, fuzz.py --case NUMBER.
"""

import argparse
import collections
import faulthandler
import math
import os
import random
import re
import sys
import time
import traceback
from pathlib import Path

from qgis import utils
from qgis.core import (
    Qgis,
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsFeature,
    QgsField,
    QgsGeometry,
    QgsPointXY,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterEnum,
    QgsProcessingParameterField,
    QgsProcessingParameterFile,
    QgsProcessingParameterMatrix,
    QgsProcessingParameterNumber,
    QgsProcessingParameterString,
    QgsProject,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QMetaType
from sound_runs import RUNS, sound_run

ROOT = Path(__file__).resolve().parents[1]
PLUGIN = "parcel_agglomeration"
LAST = ROOT / "build" / "fuzz.case"
"""Holds the number of the case that runs: after a crash, that of the crash."""
LONGEST = 120
"""Seconds without a sign of progress after which a run counts as hanging."""

TEXTS = (
    "",
    " ",
    "0",
    "１２",
    "1,5",
    "12 %",
    "-",
    "=1+1",
    "高新区",
    "a" * 300,
    "<b>&</b>",
    "'; DROP TABLE x; --",
    "{}",
    "{0}",
    "%s",
    "\u202e\ufffd",
    "\n",
)
NUMBERS = (0.0, -0.0, 1.0, -1.0, 1e-300, 1e300, 1e9, math.nan, math.inf, -math.inf, 0.1, 3.0)
SYSTEMS = ("EPSG:32637", "EPSG:4326", "EPSG:3857", "EPSG:4490", "EPSG:4547", "EPSG:4526", "")
KINDS = (
    QMetaType.Type.Int,
    QMetaType.Type.LongLong,
    QMetaType.Type.Double,
    QMetaType.Type.QString,
    QMetaType.Type.Bool,
    QMetaType.Type.QDate,
)


def value_of(dice, old):
    """A value in place of another one."""
    chance = dice.random()
    if chance < 0.3:
        return None
    if chance < 0.6:
        return dice.choice(NUMBERS)
    if chance < 0.8:
        return dice.choice(TEXTS)
    return old if not isinstance(old, float) else old * dice.choice((-1, 1e-6, 1e6, 1))


def shape_of(dice, old):
    """A geometry in place of another one."""
    x, y = 398000 + 1000 * dice.random(), 6168000 + 1000 * dice.random()
    size = dice.choice((0, 1e-9, 1, 100, 1e7))
    right, top = x + size, y + size
    return dice.choice((
        QgsGeometry(),
        QgsGeometry.fromWkt("MultiPolygon EMPTY"),
        QgsGeometry.fromWkt(f"MultiPolygon ((({x} {y}, {right} {top}, {right} {y}, {x} {top}, {x} {y})))"),
        QgsGeometry.fromWkt(f"MultiPolygon ((({x} {y}, {right} {y}, {right} {top}, {x} {y})))"),
        QgsGeometry.fromPointXY(QgsPointXY(x, y)).buffer(size, 8),
        QgsGeometry(old),
        old.buffer(-5, 4) if not old.isNull() else old,
    ))  # fmt: skip


def changed(dice, layer):
    """A copy of a layer with some of it changed."""
    features = list(layer.getFeatures())
    if dice.random() < 0.8:
        features = features[: dice.choice((0, 1, 2, 8, 30, 60, 90, 110))]
    fields = [QgsField(field) for field in layer.fields()]
    for field in fields:
        if dice.random() < 0.01:
            field.setType(dice.choice(KINDS))
    if dice.random() < 0.05 and fields:
        dice.choice(fields).setName(dice.choice(("zone", "composite", "a b", "区", "=x", "select", "x" * 40)))
    kind = Qgis.WkbType(layer.wkbType()) if dice.random() < 0.9 else dice.choice(
        (Qgis.WkbType.Point, Qgis.WkbType.LineString, Qgis.WkbType.NoGeometry, Qgis.WkbType.MultiPolygonZ)
    )  # fmt: skip
    made = QgsVectorLayer(_definition(kind), layer.name(), "memory")
    made.setCrs(layer.crs() if dice.random() < 0.7 else QgsCoordinateReferenceSystem(dice.choice(SYSTEMS)))
    provider = made.dataProvider()
    provider.addAttributes(fields)
    made.updateFields()
    rate, shapes = dice.choice((0, 0, 0, 0.005, 0.3)), dice.choice((0, 0, 0, 0.02, 0.5))
    copies = []
    for feature in features:
        copy = QgsFeature(made.fields())
        values = [value_of(dice, v) if dice.random() < rate else v for v in feature.attributes()]
        copy.setAttributes(values[: len(made.fields())])
        geometry = feature.geometry()
        copy.setGeometry(shape_of(dice, geometry) if dice.random() < shapes else geometry)
        copies.append(copy)
        if dice.random() < 0.02:
            copies.append(QgsFeature(copy))
    provider.addFeatures(copies)
    return made


def _definition(kind):
    from qgis.core import QgsWkbTypes

    return "NoGeometry" if kind == Qgis.WkbType.NoGeometry else QgsWkbTypes.displayString(kind)


def setting(dice, definition, parameters, layers):  # noqa: PLR0911
    """A value for a parameter that is no layer, or None to leave it."""
    if isinstance(definition, QgsProcessingParameterField):
        parent = parameters.get(definition.parentLayerParameterName())
        names = parent.fields().names() if isinstance(parent, QgsVectorLayer) else []
        names = [*names, "no_such", ""]
        if definition.allowMultiple():
            return dice.sample(names, min(len(names), dice.randint(0, 3)))
        return dice.choice(names)
    if isinstance(definition, QgsProcessingParameterEnum):
        return dice.randint(-1, len(definition.options()))
    if isinstance(definition, QgsProcessingParameterBoolean):
        return dice.random() < 0.5
    if isinstance(definition, QgsProcessingParameterNumber):
        low, high = max(definition.minimum(), -1e6), min(definition.maximum(), 1e4)
        whole = definition.dataType() == QgsProcessingParameterNumber.Type.Integer
        number = dice.choice((low, high, low - 1, 0, 1, 2, 5, dice.uniform(low, high), math.nan))
        if math.isfinite(number) and dice.random() < 0.9:
            # Draws, permutations, a hundred fine pictures: the time is for many runs.
            number = min(number, 100 if definition.name() == "DPI" else 2000)
        return int(number) if whole and math.isfinite(number) else number
    if isinstance(definition, QgsProcessingParameterMatrix):
        return [dice.choice((1, 2, 3, 4, 0, 5, "", "x")) for _ in range(dice.choice((0, 4, 9, 16, 15)))]
    if isinstance(definition, QgsProcessingParameterFile):
        return dice.choice(("", "nothing.gal", str(ROOT / "README.md")))
    if isinstance(definition, QgsProcessingParameterString):
        return dice.choice((*TEXTS, "1043", "1043, 1044", '"zone" = 1', "1 +"))
    if definition.type() in ("source", "vector"):
        return dice.choice((changed(dice, dice.choice(layers)), None, "nothing.gpkg"))
    return None


def draw(dice):
    """An algorithm and its parameters."""
    algorithm = dice.choice(list(RUNS))
    parameters = sound_run(algorithm)
    layers = [value for value in parameters.values() if isinstance(value, QgsVectorLayer)]
    for name, value in parameters.items():
        if isinstance(value, QgsVectorLayer) and dice.random() < 0.6:
            parameters[name] = changed(dice, value)
    definition = QgsApplication.processingRegistry().algorithmById(f"agglomeration:{algorithm}")
    for parameter in definition.parameterDefinitions():
        if parameter.isDestination():
            if parameter.type() == "sink" or dice.random() < 0.5:
                parameters[parameter.name()] = "TEMPORARY_OUTPUT"
        elif dice.random() < 0.07:
            value = setting(dice, parameter, parameters, layers)
            if value is not None:
                parameters[parameter.name()] = value
    return definition, parameters


def outcome(definition, parameters):
    """("ran" or "refused", what was said); anything else raises."""
    import processing

    context = QgsProcessingContext()
    context.setProject(QgsProject.instance())
    fine, message = definition.checkParameterValues(parameters, context)
    if fine:
        try:
            feedback = QgsProcessingFeedback(False)
            feedback.progressChanged.connect(_watch)
            processing.run(definition, parameters, context=context, feedback=feedback)
            return "ran", ""
        except QgsProcessingException as error:
            message = str(error)
    if not message or "\n" in message.strip() or re.search(r"Traceback|\w+Error\b|object at 0x", message):
        raise AssertionError(f"no sentence: {message!r}")
    return "refused", message


def _watch(*_):
    """Wait for a sign of progress anew: without one the program tells where it is, and ends."""
    faulthandler.dump_traceback_later(LONGEST, exit=True)


def shown(parameters):
    """Parameters in words."""
    return {
        name: f"<{value.name()}: {value.featureCount()} of {value.crs().authid() or 'no CRS'}>"
        if isinstance(value, QgsVectorLayer)
        else value
        for name, value in parameters.items()
        if value != "TEMPORARY_OUTPUT"
    }


def one(case):
    """Run a case; return how it ended, or print the finding and return "FOUND"."""
    dice = random.Random(case)  # noqa: S311
    definition, parameters = draw(dice)
    _watch()
    try:
        ended, _ = outcome(definition, parameters)
    except Exception:
        print(f"\ncase {case}: {definition.name()} {shown(parameters)}\n{traceback.format_exc()}", flush=True)
        return definition.name(), "FOUND"
    finally:
        faulthandler.cancel_dump_traceback_later()
        QgsProject.instance().clear()
    return definition.name(), ended


def main():
    """Fuzz for the minutes asked for, or repeat one case."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--case", type=int)
    options = parser.parse_args()
    if options.case is not None:
        print(*one(options.case))
        return 0
    ends, counts, case = time.monotonic() + 60 * options.minutes, collections.Counter(), options.seed * 10**7
    while time.monotonic() < ends:
        LAST.write_text(f"{case}\n", encoding="ascii")
        counts[one(case)] += 1
        case += 1
    for (name, ended), count in sorted(counts.items()):
        print(f"{name:22} {ended:8} {count}")
    found = sum(count for (_, ended), count in counts.items() if ended == "FOUND")
    print(f"{case - options.seed * 10**7} inputs in {options.minutes:g} minutes, {found} findings")
    return bool(found)


if __name__ == "__main__":
    faulthandler.enable()
    application = QgsApplication([], False)
    application.initQgis()
    sys.path.append(str(Path(QgsApplication.pkgDataPath()) / "python" / "plugins"))
    from processing.core.Processing import Processing

    Processing.initialize()
    plugins = str(ROOT / "build" / "plugins")
    sys.path.append(plugins)
    utils.plugin_paths.append(plugins)
    utils.updateAvailablePlugins()
    if not (utils.loadPlugin(PLUGIN) and utils.startProcessingPlugin(PLUGIN)):
        sys.exit("the plugin cannot be loaded")
    code = main()
    sys.stdout.flush()
    os._exit(code)  # what Python still holds of layers would crash QGIS' own end
