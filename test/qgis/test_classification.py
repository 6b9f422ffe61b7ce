"""naturalbreaks as the toolbox runs it."""

import pytest
from qgis.core import QgsProcessingException, QgsProcessingFeatureSourceDefinition, QgsProject

POINT = "Point (0 0)"


@pytest.fixture
def values(layer):
    """Parcels with a number each (None is NULL)."""

    def make(numbers, kind="double"):
        return layer("Point", f"value:{kind}", [(POINT, number) for number in numbers])

    return make


def test_breaks_of_three_values(run, values):
    # METHOD section 10: [0, 1, -2] in two classes is {-2}, {0, 1} with SSW 0.5.
    result = run("naturalbreaks", INPUT=values([0, 1, -2]), FIELD="value", CLASSES=2)
    assert result.column("value_lvl") == [2, 2, 1]
    assert result["GVF"] == pytest.approx(1 - 0.5 / (14 / 3))
    assert result.column("upper", "BREAKS") == [-2, 1]
    assert result.column("parcels", "BREAKS") == [1, 2]
    assert result.column("lower", "BREAKS") == [None, -2]


def test_null_stays_null_and_is_counted(run, values):
    result = run("naturalbreaks", INPUT=values([1, None, 2, 10, 11]), FIELD="value", CLASSES=2)
    assert result.column("value_lvl") == [1, None, 1, 2, 2]
    assert result.column("value_lbl")[1] is None
    assert result["EXCLUDED"] == 1
    assert any("1 parcels have no value" in line for line in result.log.info)


def test_labels_follow_the_number_of_classes_and_the_language(run, values):
    parcels = values([1, 2, 3, 10])
    four = run("naturalbreaks", INPUT=parcels, FIELD="value")
    assert four.column("value_lbl") == ["low", "general", "relatively high", "high"]
    three = run("naturalbreaks", INPUT=parcels, FIELD="value", CLASSES=3, LANGUAGE=1)
    assert set(three.column("value_lbl")) == {"低值区", "中值区", "高值区"}


def test_fewer_distinct_values_give_fewer_classes_and_a_warning(run, values):
    result = run("naturalbreaks", INPUT=values([5, 5, 7]), FIELD="value")
    assert result.column("value_lvl") == [1, 1, 2]
    assert any("only 2 distinct values" in line for line in result.log.warnings)


def test_the_fit_by_number_of_classes_helps_to_choose(run, values):
    # Three clear groups: the third class gains most of what is left, a fourth next to nothing.
    numbers = [1, 2, 3, 101, 102, 103, 201, 202, 203]
    curve = run("naturalbreaks", INPUT=values(numbers), FIELD="value").rows("GVF_BY_CLASSES")
    assert [row["classes"] for row in curve] == list(range(2, 10))
    fit = {row["classes"]: row["gvf"] for row in curve}
    assert fit[3] == pytest.approx(1 - 6 / (60000 + 6))
    assert fit[2] == pytest.approx(1 - (15004 + 2) / 60006)
    assert fit[9] == 1
    assert curve[1]["gain"] == pytest.approx(fit[3] - fit[2])


def test_groups_have_breaks_of_their_own(run, layer):
    rows = [(POINT, value, park) for park, offset in (("a", 0), ("b", 1000)) for value in
            (offset + 1, offset + 2, offset + 50, offset + 51)]  # fmt: skip
    parcels = layer("Point", "value:double park:string", rows)
    result = run("naturalbreaks", INPUT=parcels, FIELD="value", CLASSES=2, GROUP_FIELD="park")
    assert result.column("value_lvl") == [1, 1, 2, 2] * 2
    assert result.column("grp", "BREAKS") == ["a", "a", "b", "b"]


def test_breaks_of_a_base_year_are_used_again(run, values):
    base = run("naturalbreaks", INPUT=values([1, 2, 50, 51]), FIELD="value", CLASSES=2)
    breaks = base.layer("BREAKS")
    again = run("naturalbreaks", INPUT=values([1, 2, 3, 60]), FIELD="value", CLASSES=2, FIXED_BREAKS=breaks)
    assert again.column("value_lvl") == [1, 1, 2, 2]
    assert again.column("source", "BREAKS") == ["fixed", "fixed"]


def test_text_that_holds_numbers_is_read(run, values):
    result = run(
        "naturalbreaks", INPUT=values(["１２", "1,234", "13 %", ""], "string"), FIELD="value", CLASSES=2
    )
    assert result.column("value_lvl") == [1, 2, 1, None]


def test_one_decimal_comma_settles_the_column(run, values):
    result = run("naturalbreaks", INPUT=values(["0,5", "12,34", "1,234"], "string"), FIELD="value", CLASSES=3)
    assert result.column("value_lvl") == [1, 3, 2]


def test_text_that_does_not_is_named(run, values):
    with pytest.raises(QgsProcessingException, match=r"value holds “many” in feature 2"):
        run("naturalbreaks", INPUT=values(["1", "many"], "string"), FIELD="value")


@pytest.mark.parametrize(
    ("numbers", "sentence"), [([None, None], "every parcel is NULL"), ([], "no features")]
)
def test_nothing_to_classify_is_one_sentence(run, values, numbers, sentence):
    with pytest.raises(QgsProcessingException, match=sentence):
        run("naturalbreaks", INPUT=values(numbers), FIELD="value")


def test_last_years_output_runs_again_and_the_old_column_gives_way(run, values):
    first = run("naturalbreaks", INPUT=values([1, 2, 10]), FIELD="value", CLASSES=2)
    again = run("naturalbreaks", INPUT=first.layer(), FIELD="value", CLASSES=3)
    names = again.layer().fields().names()
    assert names == ["value", "value_lv_1", "value_lb_1", "value_lvl", "value_lbl"]
    assert again.column("value_lvl") == [1, 2, 3]
    assert any("value_lvl" in line for line in again.log.warnings)


def test_only_selected_parcels_are_used_where_asked(run, values):
    parcels = values([1, 2, 3, 100])
    QgsProject.instance().addMapLayer(parcels)
    parcels.selectByIds([1, 2, 3])
    source = QgsProcessingFeatureSourceDefinition(parcels.id(), selectedFeaturesOnly=True)
    result = run("naturalbreaks", INPUT=source, FIELD="value", CLASSES=3)
    assert result.column("value_lvl") == [1, 2, 3]
    QgsProject.instance().removeMapLayer(parcels)


def test_the_input_stays_as_it_was(run, values):
    parcels = values([1, 2, 3])
    run("naturalbreaks", INPUT=parcels, FIELD="value", CLASSES=2)
    assert parcels.fields().names() == ["value"]
    assert [feature["value"] for feature in parcels.getFeatures()] == [1, 2, 3]


def test_the_output_says_how_it_was_made(run, values):
    metadata = run("naturalbreaks", INPUT=values([1, None, 3]), FIELD="value", CLASSES=2).layer().metadata()
    assert "agglomeration:naturalbreaks" in metadata.abstract()
    history = metadata.history()
    assert "CLASSES = 2" in history and "FIELD = value" in history and "INPUT = parcels" in history
    assert any("1 parcels have no value" in line for line in history)


def test_metadata_of_a_file_stay_in_it_and_hold_no_path(run, values, tmp_path):
    from qgis.core import QgsVectorLayer

    path = tmp_path / "levels.gpkg"
    run("naturalbreaks", INPUT=values([1, 2, 3]), FIELD="value", CLASSES=2, OUTPUT=str(path))
    metadata = QgsVectorLayer(str(path), "again", "ogr").metadata()
    assert "agglomeration:naturalbreaks" in metadata.abstract()
    assert not any(str(tmp_path) in line for line in metadata.history())


def test_a_loaded_layer_has_its_style_and_aliases(provider, grid, without_window):
    import processing

    processing.runAndLoadResults(
        "agglomeration:naturalbreaks",
        {"INPUT": grid([[1, 2, 3, 4, 5]]), "FIELD": "value", "OUTPUT": "TEMPORARY_OUTPUT"},
    )
    layer = QgsProject.instance().mapLayersByName("Classified parcels")[0]
    assert layer.attributeAlias(layer.fields().lookupField("value_lvl")) == "level: value"
    renderer = layer.renderer()
    assert renderer.type() == "categorizedSymbol" and renderer.classAttribute() == "value_lvl"
    assert [category.label() for category in renderer.categories()] == [
        "4 high",
        "3 relatively high",
        "2 general",
        "1 low",
        "no result",
    ]


def test_the_report_has_breaks_and_the_fit_of_the_run(run, values, tmp_path):
    path = tmp_path / "breaks.html"
    result = run(
        "naturalbreaks", INPUT=values([1, 2, None, 10, 11, 30]), FIELD="value", CLASSES=3, REPORT=str(path)
    )
    page = path.read_text(encoding="utf-8")
    assert f"{result['GVF']:.4f}" in page
    for title in ("Values and breaks", "Breaks", "Fit by number of classes"):
        assert f"<h2>{title}</h2>" in page
    assert "1 parcels have no value" in page and page.count("<svg") == 2
