"""What a user sees of outputs: styles, legends, aliases, groups, metadata, loaded or saved with the data."""

import itertools
import os
import subprocess
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from qgis.core import (
    Qgis,
    QgsApplication,
    QgsFillSymbol,
    QgsLineSymbol,
    QgsMarkerSymbol,
    QgsProcessingFeatureSourceDefinition,
    QgsProject,
    QgsRenderContext,
    QgsVectorLayer,
)

ROOT = Path(__file__).resolve().parents[2]
STYLES = ROOT / "resources" / "styles"
DEMO = ROOT / "resources" / "demo" / "demo.gpkg"

# Machado, Oliveira and Fernandes (2009), A Physiologically-based Model for Simulation of Color Vision
# Deficiency, IEEE TVCG 15(6), severity 1.0, of linear RGB.
VISION = {
    "normal": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
ORDERED = ("zones", "explained_zones", "levels", "stability", "confidence", "lead_areas", "reserve_land")
RANGES = ("scores", "ratings", "amounts", "significance")
DIVERGING = {
    "clusters": [("HH", "LL"), ("HL", "LH")],
    "hot_spots": [("3", "-3"), ("2", "-2"), ("1", "-1")],
    "changes": [("3", "-3"), ("2", "-2"), ("1", "-1")],
    "local_geary": [("HH", "LL"), ("HH", "NEG"), ("LL", "NEG")],
}
LEAST_STEP = 7  # of lightness L*, between classes that nothing else tells apart
LEAST_DIFFERENCE = 10  # of colour, CIE 1976


@pytest.fixture(scope="module")
def presentation(plugin_module):
    return plugin_module


@pytest.fixture(scope="module")
def plugin_module(plugin):
    from parcel_agglomeration.algorithms import presentation

    return presentation


def linear_rgb(colour):
    """Linear RGB of a colour over white paper."""
    share = colour.alphaF()
    values = np.array([colour.redF(), colour.greenF(), colour.blueF()]) * share + 1 - share
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def lab(rgb):
    """CIE L*a*b* (D65) of linear RGB (IEC 61966-2-1, CIE 15)."""
    to_xyz = [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
    x, y, z = (
        np.cbrt(v) if v > 216 / 24389 else (24389 / 27 * v + 16) / 116
        for v in np.array(to_xyz) @ np.clip(rgb, 0, 1) / [0.95047, 1, 1.08883]
    )
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def seen(symbol, vision="normal"):
    return lab(VISION[vision] @ linear_rgb(symbol.symbolLayer(0).fillColor()))


def symbols(style):
    """Symbols of a style by class, in the order of its legend, the catch-all of categories last."""
    layer = QgsVectorLayer("Polygon", style, "memory")
    assert layer.loadNamedStyle(str(STYLES / f"{style}.qml"))[1]
    renderer = layer.renderer()
    if renderer.type() == "categorizedSymbol":
        return {str(c.value()): c.symbol().clone() for c in renderer.categories()}
    if renderer.type() == "graduatedSymbol":
        return {one.label(): one.symbol().clone() for one in renderer.ranges()}
    return {"": renderer.symbol().clone()}


def styles_of_areas():
    return sorted(path.stem for path in STYLES.glob("*.qml") if path.stem != "neighbour_links")


# Colours


@pytest.mark.parametrize("style", styles_of_areas())
@pytest.mark.parametrize("vision", VISION)
def test_classes_are_told_apart_with_every_vision_and_in_grey(presentation, style, vision):
    for (a, one), (b, other) in itertools.combinations(symbols(style).items(), 2):
        if presentation.mark_of(one) == presentation.mark_of(other):
            first, second = seen(one, vision), seen(other, vision)
            assert abs(first[0] - second[0]) >= LEAST_STEP, (a, b)
            assert np.linalg.norm(first - second) >= LEAST_DIFFERENCE, (a, b)


@pytest.mark.parametrize("style", [*ORDERED, *RANGES])
@pytest.mark.parametrize("vision", VISION)
def test_ordered_classes_run_from_light_to_dark(style, vision):
    found = list(symbols(style).values())
    found = found[:-1] if style in ORDERED else found
    steps = np.diff([seen(symbol, vision)[0] for symbol in found])
    assert (steps > 0).all() or (steps < 0).all()


@pytest.mark.parametrize("style", DIVERGING)
def test_both_ends_of_a_diverging_style_differ_by_more_than_colour(presentation, style):
    found = symbols(style)
    for one, other in DIVERGING[style]:
        assert presentation.mark_of(found[one]) != presentation.mark_of(found[other])


@pytest.mark.parametrize("style", styles_of_areas())
def test_marks_stand_out_from_their_ground(presentation, style):
    for symbol in symbols(style).values():
        ground = seen(symbol)[0]
        for mark in list(symbol)[1:]:
            ink = lab(linear_rgb(mark.subSymbol().color()))[0]
            assert abs(ink - ground) >= 25


def test_colours_spread_over_more_classes_stay_a_sequence(presentation, layer):
    terms = tuple(presentation_terms(7))
    parcels = layer("Polygon", "zone:integer", [])
    presentation.apply_style(parcels, "zones", "zone", terms)
    categories = parcels.renderer().categories()
    assert [str(c.value()) for c in categories[:-1]] == ["7", "6", "5", "4", "3", "2", "1"]
    lightness = [seen(c.symbol())[0] for c in categories[:-1]]
    assert (np.diff(lightness) > 0).all()
    of_four = list(symbols("zones").values())
    ends = [categories[0].symbol(), categories[-2].symbol()]
    assert [s.color().name() for s in ends] == [of_four[0].color().name(), of_four[3].color().name()]


def test_three_levels_use_the_whole_sequence(presentation, layer):
    from parcel_agglomeration.algorithms.fields import LEVELS_3

    parcels = layer("Polygon", "effic_lvl:integer", [])
    presentation.apply_style(parcels, "levels", "effic_lvl", LEVELS_3)
    shown = [c.symbol().color().name() for c in parcels.renderer().categories()[:-1]]
    of_four = [s.color().name() for s in symbols("levels").values()]
    assert len(shown) == 3 and (shown[0], shown[-1]) == (of_four[0], of_four[3])


def test_changes_among_nine_zones_keep_the_hatch_on_the_worse_side(presentation, layer):
    from parcel_agglomeration.algorithms.fields import change_terms

    parcels = layer("Polygon", "zone_chg:integer", [])
    presentation.apply_style(parcels, "changes", "zone_chg", change_terms(9))
    marks = {int(c.value()): presentation.mark_of(c.symbol()) for c in parcels.renderer().categories()[:-1]}
    assert sorted(marks) == list(range(-8, 9))
    assert all((mark == "rising") == (change < 0) for change, mark in marks.items())


def presentation_terms(count):
    from parcel_agglomeration.algorithms.fields import Term

    return (Term(str(n), f"zone {n}", f"{n} 区") for n in range(1, count + 1))


# Legends


def legend(layer):
    return [item.label() for item in layer.renderer().legendSymbolItems()]


def classes_of_features(layer):
    """Labels of the legend that stand for each feature."""
    labels = {item.ruleKey(): item.label() for item in layer.renderer().legendSymbolItems()}
    renderer, context = layer.renderer().clone(), QgsRenderContext()
    renderer.startRender(context, layer.fields())
    shown = []
    for feature in layer.getFeatures():
        context.expressionContext().setFeature(feature)
        keys = renderer.legendKeysForFeature(feature, context)
        shown.append([labels[key] for key in keys if key in labels])
    renderer.stopRender(context)
    return shown


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_style_has_words_in_both_languages_for_every_class(presentation, layer, language):
    for field in presentation._SHOWN:
        style, _, terms = presentation.style_of(field)
        parcels = layer("Polygon", f"{field}:string", [])
        presentation.apply_style(parcels, style, field, terms, language)
        labels = legend(parcels)
        assert all(labels) and labels[-1] == {"en": "no result", "zh": "无结果"}[language]
        for term in terms:
            if term.code == "no_parcel":
                continue  # such an industry has no parcel to show
            assert any(label.endswith(term.label(language)) for label in labels), (field, term)


@pytest.mark.parametrize(
    ("field", "first", "last"),
    [
        ("zone_stab", "95 % of the draws and more", "below 50 % of the draws"),
        ("gi_bin", "3 hot spot, 99 % confidence", "-3 cold spot, 99 % confidence"),
        ("lm_cluster", "HH high among high", "no neighbours"),
    ],
)
def test_codes_stand_before_names_that_can_be_told_from_them(presentation, layer, field, first, last):
    style, _, terms = presentation.style_of(field)
    parcels = layer("Polygon", f"{field}:string", [])
    presentation.apply_style(parcels, style, field, terms, "en")
    *classes, _ = legend(parcels)
    assert [classes[0], classes[-1]] == [first, last]


def test_parcels_without_a_value_are_shown_by_a_style_of_ranges(presentation, layer):
    rows = [("Point (0 0)", value) for value in (0.0, 20.0, 20.1, 130.0, None)]
    points = layer("Point", "composite:double", rows)
    presentation.apply_style(points, "scores", "composite", (), "en")
    shown = classes_of_features(points)
    assert shown == [["0 - 20"], ["0 - 20"], ["20 - 40"], ["80 - 100"], ["no result"]]


@pytest.mark.parametrize(("style", "field"), [("amounts", "fac_dens"), ("scores", "composite")])
def test_more_is_darker_and_stands_above_in_the_legend(presentation, layer, style, field):
    square = "Polygon ((0 0,1 0,1 1,0 0))"
    parcels = layer("Polygon", f"{field}:double", [(square, 7.0 * n) for n in range(12)])
    presentation.apply_style(parcels, style, field, (), "en")
    *classes, _ = parcels.renderer().rootRule().children()
    lowest = [float(rule.label().split(" - ")[0]) for rule in classes]
    lightness = [seen(rule.symbol())[0] for rule in classes]
    assert len(classes) == 5
    assert lowest == sorted(lowest, reverse=True) and lightness == sorted(lightness)


@pytest.mark.parametrize("values", [[], [None], [5.0, 5.0], [0.0, 0.0, 0.0, 0.0, 9.0], [3.0, 4.0, None]])
def test_limits_from_the_data_stand_few_values(presentation, layer, values):
    parcels = layer("Polygon", "fac_dens:double", [("Polygon ((0 0,1 0,1 1,0 0))", v) for v in values])
    presentation.apply_style(parcels, "amounts", "fac_dens", (), "en")
    labels = legend(parcels)
    assert labels[-1] == "no result" and len(labels) == len(set(labels))
    assert (len(labels) > 1) == any(v is not None for v in values)
    assert all(len(labels) == 1 for labels in classes_of_features(parcels))
    for lowest, value in zip(labels[-2:-1], sorted(v for v in values if v is not None), strict=False):
        assert float(lowest.split(" - ")[0]) == value, "NULL is no value"


def test_a_lowest_value_that_most_parcels_have_is_a_class_of_its_own(presentation):
    parcels = QgsVectorLayer(demo(), "parcels", "ogr")
    presentation.apply_style(parcels, "amounts", "fac_dens", (), "en")
    classes = classes_of_features(parcels)
    none = sum(feature["fac_dens"] == 0 for feature in parcels.getFeatures())
    assert 5 * none > len(classes) and all(len(labels) == 1 for labels in classes)
    counts = Counter(label for (label,) in classes)
    assert legend(parcels)[-2:] == ["0", "no result"] and counts.pop("0") == none
    assert len(counts) == 4 and max(counts.values()) - min(counts.values()) <= 1


@pytest.mark.parametrize(
    ("geometry", "kind"),
    [("Point", QgsMarkerSymbol), ("LineString", QgsLineSymbol), ("Polygon", QgsFillSymbol)],
)
def test_points_and_lines_get_symbols_of_the_same_colours(presentation, layer, geometry, kind):
    parcels = layer(geometry, "lm_cluster:string", [])
    presentation.apply_style(parcels, *presentation.style_of("lm_cluster"))
    renderer = parcels.renderer()
    categories = {c.value(): c.symbol().clone() for c in renderer.categories()}
    assert all(isinstance(symbol, kind) for symbol in categories.values())
    assert categories["HH"].color().name() == symbols("clusters")["HH"].color().name()
    if geometry != "Polygon":
        key = "name" if geometry == "Point" else "line_style"
        looks = [categories[code].symbolLayer(0).properties()[key] for code in ("HH", "LL")]
        assert looks[0] != looks[1]


# Loaded into a project


@pytest.fixture
def load(provider, without_window):
    """Run an algorithm and load its results as the toolbox does; the layers by name."""
    import processing

    def run_and_load(algorithm, **parameters):
        processing.runAndLoadResults(f"agglomeration:{algorithm}", parameters)
        return {layer.name(): layer for layer in QgsProject.instance().mapLayers().values()}

    return run_and_load


def demo(table="parcels_partly_synthetic"):
    return f"{DEMO}|layername={table}"


@pytest.fixture
def evaluated(load):
    return load(
        "evaluate",
        INPUT=demo(),
        INDEX_SYSTEM=demo("index_system_synthetic_fields"),
        PERMUTATIONS=99,
        OUTPUT="TEMPORARY_OUTPUT",
        STATISTICS="TEMPORARY_OUTPUT",
        BREAKS="TEMPORARY_OUTPUT",
    )


def test_an_evaluation_offers_its_fields_as_styles(evaluated):
    layer = evaluated["Evaluated parcels"]
    manager = layer.styleManager()
    assert manager.currentStyle() == "Agglomeration zone"
    offered = {
        "Level: composite quality": "compos_lvl",
        "Level: economic efficiency": "effic_lvl",
        "Level: livability and access": "access_lvl",
        "Cluster or outlier": "lm_cluster",
        "Matrix cell: printed, completed or user": "zone_src",
    }
    assert set(offered) < set(manager.styles())
    for name, field in offered.items():
        assert manager.setCurrentStyle(name)
        assert layer.renderer().classAttribute() == field
        assert layer.attributeAlias(layer.fields().lookupField("zone")) == "agglomeration zone"
    manager.setCurrentStyle("Level: economic efficiency")
    assert legend(layer) == ["3 high", "2 medium", "1 low", "no result"]


def test_outputs_of_a_run_land_in_a_group_layers_above_tables_with_counts(evaluated):
    (group,) = QgsProject.instance().layerTreeRoot().children()
    assert group.name() == "Evaluate parcels"
    assert [node.name() for node in group.children()] == ["Evaluated parcels", "Statistics", "Breaks"]
    assert group.children()[0].customProperty("showFeatureCount")


def test_links_lie_above_parcels_and_both_are_styled(load, grid):
    layers = load(
        "spatialweights",
        INPUT=grid([[1, 2, 3]]),
        NEIGHBOURS=2,
        OUTPUT="TEMPORARY_OUTPUT",
        PARCELS="TEMPORARY_OUTPUT",
    )
    (group,) = QgsProject.instance().layerTreeRoot().children()
    assert [node.name() for node in group.children()] == ["Neighbour links", "Parcels with components"]
    links, parcels = layers["Neighbour links"], layers["Parcels with components"]
    assert isinstance(links.renderer().symbol(), QgsLineSymbol)
    assert links.renderer().symbol().color().name() == "#354252"
    assert parcels.styleManager().currentStyle() == "Number of neighbours"
    assert "none: an island" in legend(parcels)


def test_outputs_of_a_model_land_in_its_group_with_the_style_of_the_zones(load):
    layers = load(
        "evaluatemodel",
        input=demo(),
        index_system=demo("index_system_synthetic_fields"),
        output="TEMPORARY_OUTPUT",
    )
    (layer,) = layers.values()
    (group,) = QgsProject.instance().layerTreeRoot().children()
    model = QgsApplication.processingRegistry().algorithmById("agglomeration:evaluatemodel")
    assert group.name() == model.displayName()
    assert layer.renderer().classAttribute() == "zone"


def offered(layer):
    """What a layer shows and offers: its style, legends by style, aliases."""
    manager = layer.styleManager()
    shown, legends = manager.currentStyle(), {}
    for name in manager.styles():
        manager.setCurrentStyle(name)
        legends[name] = legend(layer)
    manager.setCurrentStyle(shown)
    return shown, legends, {field.name(): field.alias() for field in layer.fields()}


def test_the_model_offers_the_styles_that_the_evaluation_in_one_pass_offers(load, evaluated):
    zoned = load(
        "evaluatemodel",
        input=demo(),
        index_system=demo("index_system_synthetic_fields"),
        output="TEMPORARY_OUTPUT",
    )
    shown, legends, aliases = offered(evaluated["Evaluated parcels"])
    of_model = offered(zoned["Output"])
    assert of_model[:2] == (shown, legends) and len(legends) > 15
    assert {name: of_model[2][name] for name in aliases} == aliases


# Saved with the data


def another_process(path):
    """Legend, aliases and style names of a file, as a process sees them that knows nothing of us."""
    code = (
        "import sys; from qgis.core import QgsApplication, QgsVectorLayer\n"
        "application = QgsApplication([], False); application.initQgis()\n"
        f"layer = QgsVectorLayer({str(path)!r}, 'opened', 'ogr')\n"
        "for item in layer.renderer().legendSymbolItems(): print('LEGEND', item.label())\n"
        "for field in layer.fields(): print('ALIAS', field.name(), field.alias())\n"
        "count, ids, names, *_ = layer.listStylesInDatabase()\n"
        "for name in names: print('STYLE', name)\n"
    )
    environment = {key: value for key, value in os.environ.items() if key != "QGIS_PLUGINPATH"}
    answer = subprocess.run(
        ["/usr/bin/python3", "-c", code],
        check=True,
        capture_output=True,
        env=environment | {"QT_QPA_PLATFORM": "offscreen", "PYTHONIOENCODING": "utf-8"},
    )
    return answer.stdout.decode().splitlines()


@pytest.mark.parametrize(
    ("labels", "name", "first"),
    [(0, "Cluster or outlier", "HH high among high"), (1, "集聚类型", "HH 高-高集聚")],
)
def test_a_geopackage_opens_styled_in_another_process(run, grid, tmp_path, labels, name, first):
    path = tmp_path / "clusters.gpkg"
    run(
        "localmoran",
        INPUT=grid([[1, 2, 3, 4], [2, 3, 4, 5]]),
        FIELD="value",
        K=3,
        PERMUTATIONS=99,
        LANGUAGE=labels,
        SAVE_STYLE=True,
        OUTPUT=str(path),
    )
    told = another_process(path)
    assert told[0] == f"LEGEND {first}"
    assert f"STYLE {name}" in told
    assert any(line.startswith("ALIAS lm_cluster ") and line != "ALIAS lm_cluster " for line in told)


def test_a_style_in_a_geopackage_names_no_path_and_no_user(run, grid, tmp_path):
    import sqlite3

    path = tmp_path / "levels.gpkg"
    run("naturalbreaks", INPUT=grid([[1, 2, 3]]), FIELD="value", CLASSES=2, SAVE_STYLE=True, OUTPUT=str(path))
    with sqlite3.connect(path) as database:
        rows = database.execute("select * from layer_styles").fetchall()
        owners = database.execute("select owner from layer_styles").fetchall()
    database.close()
    text = " ".join(str(value) for row in rows for value in row)
    assert len(rows) == 1 and set(owners) == {("",)}
    for word in (str(tmp_path), str(ROOT), str(Path.home()), "/resources/", ".svg", ".png"):
        assert word not in text


def test_without_the_wish_no_style_is_written_and_the_result_is_the_same(run, grid, tmp_path):
    results = {}
    for wish in (False, True):
        path = tmp_path / f"levels_{wish}.gpkg"
        result = run(
            "naturalbreaks",
            INPUT=grid([[1, 2, 3]]),
            FIELD="value",
            CLASSES=2,
            SAVE_STYLE=wish,
            OUTPUT=str(path),
        )
        results[wish] = result.rows()
        tables = [part.split("!!::!!")[1] for part in result.layer().dataProvider().subLayers()]
        assert ("layer_styles" in path.read_bytes().decode("latin-1")) == wish, tables
    assert results[False] == results[True]


@pytest.fixture
def levels_model(provider):
    """A model of two steps that save their styles: levels by natural breaks, then clusters."""
    from qgis.core import (
        QgsProcessing,
        QgsProcessingModelAlgorithm,
        QgsProcessingModelChildAlgorithm,
        QgsProcessingModelChildParameterSource,
        QgsProcessingModelOutput,
        QgsProcessingModelParameter,
        QgsProcessingParameterFeatureSource,
    )

    value = QgsProcessingModelChildParameterSource.fromStaticValue
    model = QgsProcessingModelAlgorithm("levels", "test")
    parcels = QgsProcessingParameterFeatureSource(
        "parcels", "Parcels", [QgsProcessing.SourceType.TypeVectorPolygon]
    )
    model.addModelParameter(parcels, QgsProcessingModelParameter("parcels"))
    source = QgsProcessingModelChildParameterSource.fromModelParameter("parcels")
    for name, settings in (
        ("naturalbreaks", {"CLASSES": 2}),
        ("localmoran", {"K": 2, "PERMUTATIONS": 99}),
    ):
        child = QgsProcessingModelChildAlgorithm(f"agglomeration:{name}")
        child.generateChildId(model)
        child.addParameterSources("INPUT", [source])
        for parameter, chosen in ({"FIELD": "value", "SAVE_STYLE": True} | settings).items():
            child.addParameterSources(parameter, [value(chosen)])
        output = QgsProcessingModelOutput(name, name)
        output.setChildOutputName("OUTPUT")
        child.setModelOutputs({name: output})
        source = QgsProcessingModelChildParameterSource.fromChildOutput(
            model.addChildAlgorithm(child), "OUTPUT"
        )
    return model


@pytest.mark.parametrize("ending", ["gpkg", "shp"])
def test_steps_of_a_model_save_their_styles(levels_model, grid, tmp_path, ending):
    import processing

    paths = [tmp_path / f"{name}.{ending}" for name in ("levels", "clusters")]
    processing.run(
        levels_model,
        {
            "parcels": grid([[1, 2, 3, 4], [2, 3, 4, 5]]),
            "naturalbreaks": str(paths[0]),
            "localmoran": str(paths[1]),
        },
    )
    assert another_process(paths[0])[:2] == ["LEGEND 2", "LEGEND 1"]
    assert another_process(paths[1])[0] == "LEGEND HH high among high"


def test_steps_of_a_model_save_their_styles_into_one_geopackage(levels_model, grid, tmp_path):
    import processing

    path = tmp_path / "results.gpkg"
    target = f"ogr:dbname='{path}' table=\"{{}}\" (geom)"
    processing.run(
        levels_model,
        {
            "parcels": grid([[1, 2, 3, 4], [2, 3, 4, 5]]),
            "naturalbreaks": target.format("levels"),
            "localmoran": target.format("clusters"),
        },
    )
    assert another_process(f"{path}|layername=levels")[:2] == ["LEGEND 2", "LEGEND 1"]
    assert another_process(f"{path}|layername=clusters")[0] == "LEGEND HH high among high"


@pytest.mark.parametrize("name", ["地块 parcels.shp", "parcels.geojson", "parcels.fgb"])
def test_beside_other_files_lies_a_style_of_the_same_name(run, grid, tmp_path, name):
    path = tmp_path / name
    run("naturalbreaks", INPUT=grid([[1, 2, 3]]), FIELD="value", CLASSES=2, SAVE_STYLE=True, OUTPUT=str(path))
    assert path.with_suffix(".qml").is_file()
    assert str(tmp_path) not in path.with_suffix(".qml").read_text(encoding="utf-8")
    assert another_process(path)[:2] == ["LEGEND 2", "LEGEND 1"]


def test_a_style_stored_by_an_earlier_run_does_not_stand_in_for_the_new_one(load, grid, tmp_path):
    path = tmp_path / "levels.gpkg"
    parameters = {"INPUT": grid([[1, 2, 3, 4, 5]]), "FIELD": "value", "SAVE_STYLE": True}
    layers = load("localmoran", K=2, PERMUTATIONS=99, **parameters, OUTPUT=str(path))
    layer = layers["Parcels with clusters"]
    manager = layer.styleManager()
    for name in manager.styles():
        manager.setCurrentStyle(name)
        assert layer.renderer().type() == {"Pseudo p-value": "RuleRenderer"}.get(name, "categorizedSymbol")


def test_a_style_that_cannot_be_written_is_a_warning(run, grid, tmp_path, monkeypatch):
    monkeypatch.setattr(QgsVectorLayer, "saveStyleToDatabase", lambda *_: "the disk is full")
    path = tmp_path / "levels.gpkg"
    result = run(
        "naturalbreaks", INPUT=grid([[1, 2, 3]]), FIELD="value", CLASSES=2, SAVE_STYLE=True, OUTPUT=str(path)
    )
    assert any("the disk is full" in warning for warning in result.log.warnings)
    assert result.column("value_lvl") == [1, 1, 2] or len(result.rows()) == 3


def test_every_algorithm_with_a_layer_can_save_its_style(provider):
    from qgis.core import QgsProcessing, QgsProcessingModelAlgorithm, QgsProcessingParameterDefinition

    for algorithm in provider.algorithms():
        if isinstance(algorithm, QgsProcessingModelAlgorithm):
            continue
        layers = [
            d
            for d in algorithm.destinationParameterDefinitions()
            if d.type() == "sink" and d.dataType() != QgsProcessing.SourceType.TypeVector
        ]
        wish = algorithm.parameterDefinition("SAVE_STYLE")
        assert (wish is not None) == bool(layers), algorithm.name()
        if wish is not None:
            assert wish.defaultValue() is False
            assert wish.flags() & QgsProcessingParameterDefinition.Flag.FlagAdvanced


# Metadata


def test_metadata_tell_sources_their_rights_and_what_was_used_of_them(run, grid):
    parcels = grid([[1, 2, 3, 4]])
    told = parcels.metadata()
    told.setRights(["(c) Land Office"])
    told.setLicenses(["ODbL"])
    parcels.setMetadata(told)
    QgsProject.instance().addMapLayer(parcels, False)
    parcels.selectByIds([feature.id() for feature in parcels.getFeatures()][:3])
    source = QgsProcessingFeatureSourceDefinition(parcels.id(), selectedFeaturesOnly=True)
    result = run("naturalbreaks", INPUT=source, FIELD="value", CLASSES=2)
    metadata = result.layer().metadata()
    assert metadata.type() == "dataset" and metadata.language() == "en-GB"
    assert metadata.title() == "Natural breaks"
    assert "Sources: parcels." in metadata.abstract()
    assert metadata.keywords()["Parcel Agglomeration"][0] == "naturalbreaks"
    assert metadata.rights() == ["(c) Land Office"] and metadata.licenses() == ["ODbL"]
    assert "INPUT = parcels (selected features only)" in metadata.history()
    assert metadata.crs() == parcels.crs()
    assert metadata.dateTime(Qgis.MetadataDateType.Created).isValid()
    assert not metadata.contacts()


def test_the_history_of_an_evaluation_tells_what_was_excluded_derived_and_completed(evaluated):
    told = " ".join(evaluated["Evaluated parcels"].metadata().history())
    assert "excluded" in told and "derived" in told and "completed" in told
    assert str(ROOT) not in told and "SEED = 1" in told
    html = evaluated["Evaluated parcels"].htmlMetadata()
    assert "Parcel Agglomeration" in html and "SEED = 1" in html
