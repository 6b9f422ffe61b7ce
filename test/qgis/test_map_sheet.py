"""mapsheet as the toolbox runs it: pages, texts, colours, templates, names that are no good file names."""

import re
from pathlib import Path

import pytest
from parcel_agglomeration.algorithms.fields import LEVELS_3
from parcel_agglomeration.algorithms.presentation import apply_style
from qgis.core import (
    QgsGeometry,
    QgsLayoutItemLabel,
    QgsLayoutItemMap,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProject,
    QgsVectorLayer,
)
from qgis.PyQt.QtGui import QColor, QImage

from ..sound_runs import demo_layer, in_memory, zoned

ROOT = Path(__file__).resolve().parents[2]
LAYOUTS = ROOT / "resources" / "layouts"
A3 = 420 / 25.4 * 72, 297 / 25.4 * 72
ZONE_COLOURS = {1: "#ffffcc", 2: "#a1dab4", 3: "#41b6c4", 4: "#225ea8"}
EVIL = ["../x", "a/b\\c", 'say "hi"', "[% 1 + 1 %]", "经开区"]


def boxes(path):
    """Width and height in points of each page of a PDF."""
    found = re.findall(rb"/MediaBox\s*\[\s*0 0 ([0-9.]+) ([0-9.]+)", Path(path).read_bytes())
    return [(float(width), float(height)) for width, height in found]


@pytest.fixture
def squares(layer):
    """Four squares of 1 km in a row, a zone and a dimension level each, in districts of two."""

    def make(districts=("A", "A", "B", "B"), extra="", crs="EPSG:32637", **values):
        levels = ["effic_lvl", "intens_lvl", "innov_lvl", "green_lvl", "access_lvl"]
        names = ["district:string", "zone:integer", *(f"{name}:integer" for name in levels)]
        names += [f"{name}:{kind}" for name, (kind, _) in values.items()]
        rows = []
        for k, district in enumerate(districts):
            west = 400000 + 1000 * k
            east = west + 1000
            wkt = f"Polygon (({west} 617e4,{east} 617e4,{east} 6171e3,{west} 6171e3,{west} 617e4))"
            rows.append(
                (wkt, district, k % 4 + 1, *([k % 3 + 1] * 5), *(column[k] for _, column in values.values()))
            )
        return layer("Polygon", " ".join(names), rows, crs)

    return make


@pytest.fixture
def sheets():
    """Sheets of a layer in the process of the test: sheets(layer, district="district", title="x")."""
    from parcel_agglomeration.algorithms.features import Parcels
    from parcel_agglomeration.algorithms.planning.sheet_pages import DistrictSheets, Imprint, OneSheet
    from qgis.core import QgsProcessingFeatureSource, QgsRectangle

    kept = []

    def make(layer, district=None, template=None, field="zone", extent=None, **imprint):
        context = QgsProcessingContext()
        parcels = Parcels(QgsProcessingFeatureSource(layer, context))
        area = parcels.hectares(context)
        texts = dict.fromkeys(("title", "subtitle", "unit", "sources", "notes"), "")
        given = {"language": "en", "date": "2030-01-02", "background": [], "scale": 0.0, **texts, **imprint}
        if district:
            template = template or LAYOUTS / "district_sheet.qpt"
            made = DistrictSheets(parcels, area, Imprint(**given), template, context, district)
        else:
            template = template or LAYOUTS / "map_sheet.qpt"
            shown = extent or QgsRectangle()
            made = OneSheet(parcels, area, Imprint(**given), template, context, field, lambda crs: shown)
        kept.append((made, context))
        return made

    yield make
    kept.clear()


def says(sheet, name):
    return sheet.layout.itemById(name).text()


def test_a_sheet_is_one_page_of_a3_landscape(run, squares, tmp_path):
    result = run("mapsheet", INPUT=squares(), OUTPUT=str(tmp_path / "sheet.pdf"))
    assert result["PAGES"] == 1 and result["PICTURES"] is None
    assert boxes(result["OUTPUT"]) == [pytest.approx(A3, abs=1)]


def test_district_sheets_are_a_page_and_a_picture_each(run, squares, tmp_path):
    result = run(
        "mapsheet",
        INPUT=squares(),
        DISTRICT_FIELD="district",
        DPI=60,
        OUTPUT=str(tmp_path / "sheets.pdf"),
        PICTURES=str(tmp_path / "pictures"),
    )
    assert result["PAGES"] == 2
    assert boxes(result["OUTPUT"]) == [pytest.approx(A3, abs=1)] * 2
    assert [path.name for path in sorted((tmp_path / "pictures").iterdir())] == ["01_A.png", "02_B.png"]


def test_parcels_have_the_colours_of_their_zones(run, squares, tmp_path):
    run("mapsheet", INPUT=squares(), SCALE=20_000, DPI=100, PICTURES=str(tmp_path / "png"))
    picture = QImage(str(tmp_path / "png" / "01_zone.png"))
    assert picture.width() == pytest.approx(420 / 25.4 * 100, abs=1)
    # The middle of the map is the middle of the squares, each 50 mm wide at this scale.
    for zone, colour in ZONE_COLOURS.items():
        x, y = 14 + 304 / 2 + 50 * (zone - 2.5), 34 + 236 / 2
        assert picture.pixelColor(round(x / 25.4 * 100), round(y / 25.4 * 100)) == QColor(colour), zone


def level_colour(level):
    """Colour of one of three levels in the style of a layer."""
    layer = QgsVectorLayer("Polygon?field=effic_lvl:integer", "levels", "memory")
    apply_style(layer, "levels", "effic_lvl", LEVELS_3)
    renderer = layer.renderer()
    return next(c.symbol().color().name() for c in renderer.categories() if c.value() == level)


def test_levels_have_the_colours_of_levels_on_every_map_of_a_district(run, squares, tmp_path):
    run(
        "mapsheet",
        INPUT=squares(),
        DISTRICT_FIELD="district",
        SCALE=40_000,
        DPI=100,
        PICTURES=str(tmp_path / "p"),
    )
    picture = QImage(str(tmp_path / "p" / "01_A.png"))
    low, medium = (level_colour(level) for level in (1, 2))
    for panel in range(5):
        for place, colour in ((-0.5, low), (0.5, medium), (1.5, "#f2f2f2")):  # the last is of B
            x = 14 + panel % 4 * 99 + 95 / 2 + 25 * place
            y = 32 + panel // 4 * 119 + 7 + 95 / 2
            assert picture.pixelColor(round(x / 25.4 * 100), round(y / 25.4 * 100)) == QColor(colour)


def test_the_sheet_says_what_it_was_told_and_what_the_data_lack(sheets):
    layer = zoned()
    made = sheets(layer, title="My zones", subtitle="2030", unit="Bureau", sources="OSM", notes="Draft.")
    made.fill(0)
    sheet = made.sheet
    assert says(sheet, "title") == "My zones" and says(sheet, "subtitle") == "2030"
    assert says(sheet, "unit") == "Compiled by: Bureau" and says(sheet, "date") == "Date: 2030-01-02"
    assert says(sheet, "sources") == "Data: OSM" and "EPSG:32637" in says(sheet, "crs")
    notes = says(sheet, "notes").replace("\n", " ")
    completed = sum(feature["zone_src"] == "completed" for feature in layer.getFeatures())
    assert completed and f"{completed} parcels in cells" in notes
    assert "14 derived" in notes and "3 parcels not evaluated" in notes and "Synthetic data" in notes
    assert notes.endswith("Draft.") and sheet.missing == []


def legend_texts(sheet, name="legend"):
    model = sheet.layout.itemById(name).model()
    layers = [node.layer() for node in model.rootGroup().findLayers()]
    return [item.label() for item in layers[0].renderer().legendSymbolItems()]


@pytest.mark.parametrize(
    ("language", "first", "title"),
    [
        (
            "en",
            "4 high-quality agglomeration\n1 parcel, 100.",
            "Agglomeration zones of industrial land",
        ),
        ("zh", "4 高质量集聚区\n1 宗地块，100.", "产业用地集聚分区图"),
    ],
)
def test_the_legend_speaks_the_language_of_the_sheet(sheets, squares, language, first, title):
    made = sheets(squares(), language=language)
    made.fill(0)
    texts = legend_texts(made.sheet)
    assert texts[0].startswith(first) and len(texts) == 4
    assert says(made.sheet, "title") == title


def test_a_dimension_has_three_levels_in_its_legend(sheets, squares):
    made = sheets(squares(), field="green_lvl")
    made.fill(0)
    assert [text.split()[1] for text in legend_texts(made.sheet)] == ["high", "medium", "low"]


def test_other_fields_are_shown_in_shades_as_far_as_there_are_shades(sheets, squares):
    made = sheets(squares(use=("string", ["x", "y", "x", ""])), field="use")
    made.fill(0)
    assert [text.split("\n")[0] for text in legend_texts(made.sheet)] == ["x", "y", "no result"]
    many = squares(districts="ABCDEFGHIJ", use=("integer", list(range(10))))
    with pytest.raises(ValueError, match="10 different values"):
        sheets(many, field="use")


def test_the_scale_is_round_and_shows_all_parcels(sheets, squares):
    made = sheets(squares())
    made.fill(0)
    item = made.sheet.layout.itemById("map")
    assert item.scale() == pytest.approx(20_000) and says(made.sheet, "scale") == "1 : 20,000"
    assert item.extent().contains(made._whole)
    bar = made.sheet.layout.itemById("scale_bar")
    assert bar.unitsPerSegment() == 500 and bar.unitLabel() == "m"


def test_degrees_are_drawn_in_metres(sheets, layer):
    square = "Polygon ((113 27,113.01 27,113.01 27.01,113 27.01,113 27))"
    made = sheets(layer("Polygon", "zone:integer", [(square, 2)], "EPSG:4490"))
    made.fill(0)
    extent = made.sheet.layout.itemById("map").extent()
    assert extent.width() == pytest.approx(0.304 * made.sheet.layout.itemById("map").scale(), rel=1e-3)
    assert "27.0050°, 113.0050°" in says(made.sheet, "crs")


def test_the_inset_marks_the_area_shown(sheets, squares):
    from qgis.core import QgsRectangle

    made = sheets(squares(), extent=QgsRectangle(399000, 6170000, 400500, 6171000))
    made.fill(0)
    inset, main = (made.sheet.layout.itemById(name) for name in ("inset", "map"))
    assert inset.overview().linkedMap() == main
    assert inset.extent().contains(main.extent())
    assert inset.extent().contains(made._whole) and not main.extent().contains(made._whole)
    assert "of the whole layer" in says(made.sheet, "notes").replace("\n", " ")


def test_a_district_sheet_has_seven_maps_of_its_district_at_one_scale(sheets, squares):
    made = sheets(squares(ind_conf=("integer", [1, 2, 3, 3])), district="district")
    for number, district in enumerate("AB"):
        made.fill(number)
        assert says(made.sheet, "title") == f"{district}: evaluation of industrial land"
        maps = [i for i in made.sheet.layout.items() if isinstance(i, QgsLayoutItemMap) and i.id() != "inset"]
        assert len(maps) == 7 and len({item.extent().toString() for item in maps}) == 1
        for item in maps:
            assert item.layers()[0].featureCount() == 2, item.id()
    assert says(made.sheet, "counts_ind_conf").startswith("high: 2 (")
    assert made.sheet.layout.itemById("not_given") is None


def test_an_industry_check_that_is_not_there_is_marked(sheets, squares):
    made = sheets(squares(), district="district")
    made.fill(0)
    assert "Not given" in says(made.sheet, "counts_ind_conf") and "not given" in says(made.sheet, "not_given")
    assert made.sheet.layout.itemById("legend_ind_conf") is None


def test_names_of_districts_are_text_and_never_paths(run, sheets, squares, tmp_path):
    parcels = squares(districts=EVIL)
    result = run("mapsheet", INPUT=parcels, DISTRICT_FIELD="district", DPI=50, PICTURES=str(tmp_path / "in"))
    assert result["PAGES"] == len(EVIL)
    made = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(made) == len(EVIL) and {path.parent for path in made} == {tmp_path / "in"}
    made = sheets(parcels, district="district")
    titles = []
    for number in range(made.count):
        made.fill(number)
        titles.append(made.sheet.layout.itemById("title").currentText())
    assert any(title.startswith("[ % 1 + 1 %]") for title in titles), "no expression is evaluated"


def test_a_district_without_geometry_has_its_sheet(run, squares, tmp_path):
    parcels = squares(districts=("A", "A", "B", "B"))
    ids = [feature.id() for feature in parcels.getFeatures()]
    parcels.dataProvider().changeGeometryValues({ids[2]: QgsGeometry(), ids[3]: QgsGeometry()})
    result = run("mapsheet", INPUT=parcels, DISTRICT_FIELD="district", DPI=50, PICTURES=str(tmp_path / "p"))
    assert result["PAGES"] == 2


def test_parcels_without_a_district_are_told(run, squares, tmp_path):
    parcels = squares(districts=("A", "A", None, "B"))
    result = run("mapsheet", INPUT=parcels, DISTRICT_FIELD="district", DPI=50, PICTURES=str(tmp_path / "p"))
    assert result["PAGES"] == 2 and any("1 parcels have no district" in text for text in result.log.warnings)


def test_chinese_is_drawn_with_a_chinese_font_or_a_warning(sheets, squares, monkeypatch):
    from parcel_agglomeration.algorithms.planning import map_sheet

    monkeypatch.setattr(map_sheet, "chinese_font", lambda: "Some Song")
    made = sheets(squares(), language="zh")
    made.fill(0)
    assert made.sheet.layout.itemById("title").textFormat().font().family() == "Some Song"
    assert not made.sheet.chinese_without_font
    monkeypatch.setattr(map_sheet, "chinese_font", lambda: "")
    made = sheets(squares(), language="zh")
    made.fill(0)
    assert made.sheet.chinese_without_font
    made = sheets(squares())
    made.fill(0)
    assert not made.sheet.chinese_without_font, "English needs none"


def test_long_texts_shrink_into_their_room(sheets, squares):
    made = sheets(squares(), title="A title " * 20, notes="这是一条很长的说明。" * 60)
    made.fill(0)
    title, notes = (made.sheet.layout.itemById(name) for name in ("title", "notes"))
    assert title.textFormat().size() < 24 and notes.textFormat().size() < 8
    assert title.sizeForText().width() <= title.rect().width() + 1
    assert made.sheet.too_long == []


def test_a_text_that_has_no_room_even_so_is_told(run, squares, tmp_path):
    result = run("mapsheet", INPUT=squares(), NOTES="long note " * 1000, OUTPUT=str(tmp_path / "x.pdf"))
    assert any("no room for all of notes" in text for text in result.log.warnings)


def test_a_template_without_an_item_warns_and_works(run, squares, tmp_path):
    template = tmp_path / "mine.qpt"
    text = (LAYOUTS / "map_sheet.qpt").read_text(encoding="utf-8")
    template.write_text(
        text.replace('id="legend"', 'id="mine"').replace('id="map"', 'id=""'), encoding="utf-8"
    )
    result = run("mapsheet", INPUT=squares(), TEMPLATE=str(template), OUTPUT=str(tmp_path / "x.pdf"))
    assert boxes(result["OUTPUT"]) == [pytest.approx(A3, abs=1)]
    assert any("no item map, legend" in text for text in result.log.warnings)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("no xml at all", "no layout template"),
        ("<qgis/>", "no layout template"),
        ('<Layout name="x"/>', "has no map"),
    ],
)
def test_a_file_that_is_no_template_is_refused(run, squares, tmp_path, content, message):
    template = tmp_path / "bad.qpt"
    template.write_text(content, encoding="utf-8")
    with pytest.raises(QgsProcessingException, match=message):
        run("mapsheet", INPUT=squares(), TEMPLATE=str(template), OUTPUT=str(tmp_path / "x.pdf"))
    assert not (tmp_path / "x.pdf").exists()


def test_fields_that_district_sheets_need_are_named_in_one_sentence(run, grid, tmp_path):
    given = {"FIELD": "value", "DISTRICT_FIELD": "value", "OUTPUT": str(tmp_path / "x.pdf")}
    with pytest.raises(QgsProcessingException, match=r"no field effic_lvl, .*, zone: district") as told:
        run("mapsheet", INPUT=grid([[1, 2]]), **given)
    assert "\n" not in str(told.value)


def test_a_sheet_needs_somewhere_to_go(run, squares):
    with pytest.raises(QgsProcessingException, match="a PDF, a folder of pictures, or both"):
        run("mapsheet", INPUT=squares())


def test_a_cancelled_run_leaves_no_page(provider, squares, tmp_path):
    import processing
    from qgis.core import QgsProcessingFeedback

    feedback = QgsProcessingFeedback(False)
    feedback.progressChanged.connect(lambda done: done > 30 and feedback.cancel())
    with pytest.raises(QgsProcessingException, match="Cancelled"):
        processing.run(
            "agglomeration:mapsheet",
            {
                "INPUT": squares(districts="ABCD"),
                "DISTRICT_FIELD": "district",
                "DPI": 50,
                "OUTPUT": str(tmp_path / "x.pdf"),
                "PICTURES": str(tmp_path / "p"),
            },
            feedback=feedback,
        )
    assert list(tmp_path.iterdir()) == []


def test_the_project_of_the_user_stays_as_it_is(run, squares, tmp_path):
    parcels = squares()
    background = in_memory(demo_layer("roads"))
    QgsProject.instance().addMapLayers([parcels, background])
    before = QgsProject.instance().layerTreeRoot().dump(), set(QgsProject.instance().mapLayers())
    renderer = parcels.renderer().dump()
    run("mapsheet", INPUT=parcels, BACKGROUND=[background], OUTPUT=str(tmp_path / "x.pdf"))
    assert (QgsProject.instance().layerTreeRoot().dump(), set(QgsProject.instance().mapLayers())) == before
    assert parcels.renderer().dump() == renderer and QgsProject.instance().layoutManager().layouts() == []


def test_a_background_layer_is_faint_and_called_by_its_table(sheets, squares):
    roads = demo_layer("roads")
    roads.setName("demo")  # as Processing does
    made = sheets(squares(), background=[roads])
    made.fill(0)
    drawn = made.sheet.layout.itemById("map").layers()
    assert [layer.name() for layer in drawn[1:]] == ["roads"] and drawn[1].opacity() < 1
    assert roads.opacity() == 1 and roads.name() == "demo"
    names = [node.name() for node in made.sheet.layout.itemById("legend").model().rootGroup().findLayers()]
    assert names[1:] == ["roads"]


def test_layers_of_the_network_are_left_out(sheets):
    from parcel_agglomeration.algorithms.planning.map_sheet import is_remote
    from qgis.core import QgsRasterLayer

    tiles = QgsRasterLayer("type=xyz&url=https://example.invalid/{z}/{x}/{y}.png", "tiles", "wms")
    assert is_remote(tiles) and not is_remote(demo_layer("roads"))


def test_the_templates_have_the_items_and_no_address_of_the_network():
    for name in ("map_sheet", "district_sheet"):
        text = (LAYOUTS / f"{name}.qpt").read_text(encoding="utf-8")
        ids = set(re.findall(r'<LayoutItem [^>]*\bid="([^"]+)"', text))
        assert {"title", "subtitle", "inset", "north", "scale", "scale_bar", "notes", "unit", "date"} <= ids
        assert "http" not in re.sub(r"http://www\.w3\.org|http://mrcc\.com", "", text)


def test_labels_lie_on_the_page_and_apart(sheets, squares):
    for district in (None, "district"):
        made = sheets(squares(ind_conf=("integer", [1, 2, 3, 3])), district=district)
        made.fill(0)
        labels = [item for item in made.sheet.layout.items() if isinstance(item, QgsLayoutItemLabel)]
        boxes_of = [(item.id(), item.mapRectToScene(item.rect())) for item in labels]
        for number, (name, box) in enumerate(boxes_of):
            assert box.left() >= 8 and box.right() <= 412 and box.top() >= 8 and box.bottom() <= 289, name
            for other, second in boxes_of[number + 1 :]:
                common = box.intersected(second)
                assert common.width() < 0.1 or common.height() < 0.1, (name, other)


def test_the_command_line_makes_a_sheet_of_the_demonstration(run_json, tmp_path):
    saved = tmp_path / "zones.gpkg"
    from qgis.core import QgsVectorFileWriter

    layer = zoned()
    options = QgsVectorFileWriter.SaveVectorOptions()
    QgsVectorFileWriter.writeAsVectorFormatV3(layer, str(saved), layer.transformContext(), options)
    answer = run_json(
        "mapsheet",
        INPUT=saved,
        DISTRICT_FIELD="syn_distr",
        LANGUAGE=1,
        DPI=50,
        OUTPUT=tmp_path / "sheets.pdf",
        PICTURES=tmp_path / "pictures",
    )
    assert answer.code == 0, answer.err
    assert answer.results["PAGES"] == 5 and len(boxes(tmp_path / "sheets.pdf")) == 5
    assert len(list((tmp_path / "pictures").glob("*.png"))) == 5
    assert QgsVectorLayer(str(saved), "zones", "ogr").featureCount() == layer.featureCount()


def test_a_model_makes_sheets(provider, squares, tmp_path):
    import processing
    from qgis.core import (
        QgsProcessingModelAlgorithm,
        QgsProcessingModelChildAlgorithm,
        QgsProcessingModelChildParameterSource,
        QgsProcessingModelParameter,
        QgsProcessingParameterFeatureSource,
    )

    model = QgsProcessingModelAlgorithm("sheets", "test")
    model.addModelParameter(
        QgsProcessingParameterFeatureSource("input"), QgsProcessingModelParameter("input")
    )
    child = QgsProcessingModelChildAlgorithm("agglomeration:mapsheet")
    child.setChildId("sheet")
    given = QgsProcessingModelChildParameterSource
    child.addParameterSources("INPUT", [given.fromModelParameter("input")])
    child.addParameterSources("PICTURES", [given.fromStaticValue(str(tmp_path / "pictures"))])
    model.addChildAlgorithm(child)
    assert model.validate()[0]
    processing.run(model, {"input": squares()})
    assert [path.name for path in (tmp_path / "pictures").iterdir()] == ["01_zone.png"]


def test_the_toolbox_and_the_modeler_offer_it(dialog, step):
    from qgis.core import Qgis, QgsProcessingModelAlgorithm

    made = dialog("mapsheet", TITLE="Zones")
    assert made.mainWidget().wrappers["TITLE"].parameterValue() == "Zones"
    assert made.algorithm().flags() & Qgis.ProcessingAlgorithmFlag.NoThreading
    assert step(QgsProcessingModelAlgorithm(), "mapsheet").isVisible()
