"""The plugin as QGIS loads it, and what every algorithm owes its users."""

import configparser
import importlib
import subprocess
import sys
from pathlib import Path

import pytest
from qgis.core import (
    Qgis,
    QgsApplication,
    QgsProcessingModelAlgorithm,
    QgsProcessingParameterDefinition,
)

ROOT = Path(__file__).resolve().parents[2]
PLUGIN = "parcel_agglomeration"

NEIGHBOURS = "NEIGHBOURS K DISTANCE TOLERANCE WEIGHTS_FILE BETWEEN WEIGHTING POWER DISTRICT"
CONTRACT = {
    "naturalbreaks": "INPUT OUTPUT FIELD CLASSES GROUP_FIELD FIXED_BREAKS BREAKS ENGINE REPORT",
    "crosstabulate": "INPUT OUTPUT ECONOMY_FIELD LAND_FIELD COMPOSITE_FIELD PRESET MATRIX MATRIX_TABLE CELLS "
    "CONFUSION AGREEMENT REPORT",
    "globalmoran": f"INPUT OUTPUT ID_FIELD FIELD SECOND_FIELD {NEIGHBOURS} PERMUTATIONS ALTERNATIVE SEED "
    "ENGINE REPORT",
    "localmoran": f"INPUT OUTPUT ID_FIELD FIELD SECOND_FIELD {NEIGHBOURS} METHOD PERMUTATIONS ALTERNATIVE "
    "SIGNIFICANCE CORRECTION SEED ENGINE REPORT",
    "localgeary": f"INPUT OUTPUT ID_FIELD FIELD {NEIGHBOURS} PERMUTATIONS ALTERNATIVE SIGNIFICANCE "
    "CORRECTION SEED REPORT",
    "hotspots": f"INPUT OUTPUT ID_FIELD FIELD STAR {NEIGHBOURS} PERMUTATIONS ALTERNATIVE CORRECTION SEED "
    "REPORT",
    "spatialweights": f"INPUT OUTPUT ID_FIELD {NEIGHBOURS} CHECK_GEOMETRY WEIGHTS PARCELS NEIGHBOUR_COUNTS "
    "REPORT",
    "joincounts": f"INPUT OUTPUT ID_FIELD FIELD {NEIGHBOURS} STANDARDISED PERMUTATIONS ALTERNATIVE SEED "
    "LANGUAGE REPORT",
    "incrementalmoran": "INPUT OUTPUT FIELD DISTANCES FIRST_DISTANCE INCREMENT ENGINE REPORT",
    "indexsystem": "INPUT OUTPUT INDEX_SYSTEM PROPOSE_TARGETS",
    "indicatordiagnostics": "INPUT OUTPUT ID_FIELD INDEX_SYSTEM CORRELATIONS BREAK_STABILITY SAMPLES SEED "
    "REPORT",
    "ahpweights": "OUTPUT INDEX_SYSTEM JUDGEMENTS MATRICES PRIORITY_METHOD RANDOM_INDEX COMPLETION "
    "AGGREGATION EXCLUSION STRICT NODES EXPERTS RANKED REPORT",
    "parcelindicators": "INPUT OUTPUT ID_FIELD ENTERPRISES PARCEL_FIELD OUTPUT_FIELD TAX_FIELD "
    "INVESTMENT_FIELD TALENT_FIELD ELECTRICITY_FIELD WATER_FIELD SCALE_FIELD GIANT_FIELD HIGHTECH_FIELD "
    "FLAGS WITHOUT_ENTERPRISE SEPARATORS ENTERPRISE_FIELD HELD_FIELD BUILDINGS STOREYS_FIELD HEIGHT_FIELD "
    "STOREY_HEIGHT YARDS GREEN AREA_FIELD BUILT_FIELD AREA_UNIT UNMATCHED",
    "facilitydensity": "INPUT OUTPUT ID_FIELD FACILITIES CLASS_FIELD DISTANCE COORDINATES AREA DENSITY",
    "walkcoverage": "INPUT OUTPUT ID_FIELD FACILITIES CLASS_FIELD NETWORK TYPE_FIELD EXCLUDED_TYPES MINUTES "
    "SPEED DETOUR SPACING SNAPPING COVERAGE",
    "accessibilityscore": "INPUT OUTPUT ROADS ROADS_TYPE PLACES PLACES_TYPE PLANNED_ROADS PLANNED_PLACES "
    "RUBRIC RUBRIC_USED",
    "objectiveweights": "INPUT OUTPUT INDEX_SYSTEM METHOD VALUES SCOPE",
    "combineweights": "OUTPUT INDEX_SYSTEM OBJECTIVE METHOD EXPONENT OBJECTIVE_EXPONENT ALPHA SCOPE",
    "weightsensitivity": "INPUT OUTPUT ID_FIELD INDEX_SYSTEM JUDGEMENTS METHOD DRAWS SPREAD CHANGE "
    "KEEP_BREAKS FIXED_BREAKS PRESET MATRIX SEED INFLUENCE REPORT",
    "targetscores": "INPUT OUTPUT INDEX_SYSTEM ID_FIELD",
    "zonestatistics": "INPUT OUTPUT DISTRICT_FIELD REPORT",
    "industrycheck": "INPUT OUTPUT ID_FIELD INDUSTRY_FIELD CODE_LEVEL SCORE_FIELD OUTPUT_FIELD AREA_FIELD "
    "PERFORMANCE KEY_FIELD HIGHER_FIELDS LOWER_FIELDS RANK_DIFFERENCE SHIFT LEVEL_FIELD LANGUAGE INDUSTRIES "
    "CORRELATIONS REVIEW REPORT",
    "planningresponse": "INPUT OUTPUT ID_FIELD ZONE_FIELD LAND_FIELD SCORE_FIELD DISTRICT_FIELD INDUSTRIAL "
    "GAP LEAST_AREA GRADE_A GRADE_B STANDARD_FIELDS INDEX_SYSTEM QUANTILE NEAR_RING FAR_RING CANDIDATES "
    "EXCLUSIONS LESS_PARCELS LEAST_RESERVE STRATEGY_TABLE DEPARTMENT_TABLE FACILITY_TABLE LEAD_AREAS RESERVE "
    "STANDARDS REVITALISE RENOVATE STRATEGY REPORT",
    "evaluate": "INPUT OUTPUT ID_FIELD INDEX_SYSTEM JUDGEMENTS DISTRICT_FIELD STATISTICS PRESET MATRIX "
    f"{NEIGHBOURS} PERMUTATIONS CORRECTION SEED REPORT",
    "zonechange": "INPUT OUTPUT ID_FIELD BASE BASE_ID_FIELD MATCHING LEAST_OVERLAP INDEX_SYSTEM FIXED_BREAKS "
    "STAGE_FIELD RULES PRESET MATRIX TRANSITIONS ALERTS GONE REPORT",
    "explain": "INPUT OUTPUT ID_FIELD PARCELS INDEX_SYSTEM FIXED_BREAKS PRESET MATRIX SHEETS POINTS MOVES "
    "REPORT",
    "mapsheet": "INPUT FIELD DISTRICT_FIELD TITLE SUBTITLE UNIT DATE SOURCES LANGUAGE NOTES BACKGROUND "
    "EXTENT SCALE AREA_FIELD TEMPLATE DPI OUTPUT PICTURES",
    "anonymise": "INPUT OUTPUT ID_FIELD KEEP MEANS GROUP_SIZE GEOMETRY KEY",
    "evaluatemodel": "input output",
    "rawmodel": "input id_field district_field area_field enterprises parcel_field output_field tax_field "
    "investment_field talent_field electricity_field water_field scale_field giant_field hightech_field "
    "buildings storeys_field height_field yards green facilities facility_class coordinates distance "
    "planned_facilities planned_class roads road_type places place_type planned_places planned_type rubric "
    "index_system judgements output unmatched facility_density walk_coverage access_points statistics moran "
    "breaks cells targets excluded",
}
QGIS_SIDE = {
    "auxiliary_layers",
    "checks",
    "features",
    "map_sheet",
    "sheet_pages",
    "street_network",
    "parcel_algorithm",
    "parcel_overlaps",
    "planning_areas",
    "polygon_cover",
    "report_maps",
    "presentation",
    "provenance",
    "staging",
    "provider",
    "shipped_model",
}
NUMBERS = {
    "naturalbreaks": "GVF EXCLUDED",
    "globalmoran": "MORAN_I EXPECTED_I Z P P_SIM GEARY_C GEARY_Z GEARY_P BIVARIATE_I BIVARIATE_P EXCLUDED",
    "joincounts": "DIFFERENT EXPECTED Z P P_SIM EXCLUDED",
    "incrementalmoran": "FIRST_PEAK MAX_PEAK EXCLUDED",
    "localmoran": "EXCLUDED",
    "indicatordiagnostics": "OVERLAPS MAX_VIF EXCLUDED",
    "spatialweights": "LINKS ISLANDS COMPONENTS MIN_NEIGHBOURS MEAN_NEIGHBOURS MAX_NEIGHBOURS SYMMETRIC",
    "localgeary": "EXCLUDED ISLANDS",
    "ahpweights": "MAX_CR OVERALL_CR MISSING LEFT_OUT",
    "parcelindicators": "UNMATCHED_COUNT WITHOUT IDLE DEVIATIONS REPAIRED INCOMPLETE",
    "facilitydensity": "COUNTED EXCLUDED",
    "walkcoverage": "EXCLUDED",
    "accessibilityscore": "EXCLUDED",
    "objectiveweights": "EXCLUDED",
    "weightsensitivity": "ZONES_KEPT LEVELS_KEPT UNSTABLE EXCLUDED",
    "targetscores": "EXCLUDED",
    "crosstabulate": "EXCLUDED",
    "planningresponse": "LEAD_HM2 LEAD_DROPPED RESERVE_HM2 RESERVE_DROPPED REVITALISED RENOVATED IN_BOTH "
    "REPAIRED EXCLUDED",
    "zonechange": "ALERTED CHANGED NEW LOST",
    "explain": "EXPLAINED",
    "mapsheet": "PAGES",
    "anonymise": "KEPT LEFT_OUT RARE",
    "industrycheck": "SPEARMAN SPEARMAN_P KENDALL KENDALL_P COMPARED CONFLICTS TO_REVIEW SHIFTED EXCLUDED",
    "evaluate": "MORAN_I EXPECTED_I Z P GVF MAX_CR EXCLUDED",
}


def algorithms(provider):
    return {algorithm.name(): algorithm for algorithm in provider.algorithms()}


def own(provider):
    return [a for a in provider.algorithms() if not isinstance(a, QgsProcessingModelAlgorithm)]


def test_provides_every_algorithm(provider):
    assert set(algorithms(provider)) == set(CONTRACT)


def test_metadata_admits_the_running_qgis():
    metadata = configparser.ConfigParser(interpolation=None)
    metadata.read(ROOT / "metadata.txt", encoding="utf-8")
    general = metadata["general"]
    running = tuple(int(part) for part in Qgis.QGIS_VERSION.split("-")[0].split(".")[:2])
    lowest, highest = (
        tuple(int(part) for part in general[key].split("."))
        for key in ("qgisMinimumVersion", "qgisMaximumVersion")
    )
    assert lowest == (3, 40) and highest == (4, 99)
    assert lowest <= running <= highest
    assert general["hasProcessingProvider"] == "yes"


@pytest.mark.parametrize("name", CONTRACT)
def test_parameter_ids_stand(provider, name):
    present = {definition.name() for definition in algorithms(provider)[name].parameterDefinitions()}
    assert set(CONTRACT[name].split()) <= present


@pytest.mark.parametrize("name", NUMBERS)
def test_number_outputs_stand(provider, name):
    present = {
        output.name()
        for output in algorithms(provider)[name].outputDefinitions()
        if output.type() == "outputNumber"
    }
    assert set(NUMBERS[name].split()) <= present


def test_neighbours_and_presets_keep_their_order(provider):
    neighbours = algorithms(provider)["localmoran"].parameterDefinition("NEIGHBOURS")
    words = ("nearest", "band", "contiguity", "rook", "file")
    assert all(word in option.lower() for word, option in zip(words, neighbours.options(), strict=True))
    preset = algorithms(provider)["crosstabulate"].parameterDefinition("PRESET")
    assert len(preset.options()) == 3 and preset.defaultValue() == 0
    assert neighbours.defaultValue() == 0
    weighting = algorithms(provider)["localmoran"].parameterDefinition("WEIGHTING")
    words = ("equal", "inverse", "triangular", "epanechnikov", "quartic", "gaussian")
    assert all(word in option.lower() for word, option in zip(words, weighting.options(), strict=True))
    between = algorithms(provider)["localmoran"].parameterDefinition("BETWEEN")
    words = ("centroids", "points", "polygons")
    assert all(word in option.lower() for word, option in zip(words, between.options(), strict=True))


def test_every_parameter_and_output_has_help(provider):
    for algorithm in own(provider):
        text = algorithm.shortHelpString()
        for definition in algorithm.parameterDefinitions():
            assert definition.help(), f"{algorithm.name()} {definition.name()}"
            assert definition.description() in text
        for output in algorithm.outputDefinitions():
            assert algorithm._output_help.get(output.name()), f"{algorithm.name()} {output.name()}"


def test_display_names_groups_and_icons_are_there(provider):
    for algorithm in own(provider):
        assert algorithm.displayName() and algorithm.group() and algorithm.groupId()
        assert not algorithm.icon().isNull()
    assert not provider.icon().isNull()


def test_names_follow_the_rules(provider):
    for algorithm in own(provider):
        assert algorithm.name().isalpha() and algorithm.name().islower()
        for definition in algorithm.parameterDefinitions():
            assert definition.name() == definition.name().upper()


def test_every_child_of_a_model_resolves(provider):
    models = [a for a in provider.algorithms() if isinstance(a, QgsProcessingModelAlgorithm)]
    assert models
    for model in models:
        for child in model.childAlgorithms().values():
            assert child.algorithm() is not None, child.algorithmId()
        assert model.outputDefinitions()
        assert model.validate()[0]


def test_every_parameter_and_output_of_a_model_has_help(provider):
    for algorithm in provider.algorithms():
        if isinstance(algorithm, QgsProcessingModelAlgorithm):
            texts = algorithm.helpContent()
            for definition in algorithm.parameterDefinitions():
                assert texts.get(definition.name()), definition.name()


def test_initialising_twice_registers_one_provider(plugin, provider):
    plugin.initProcessing()
    registry = QgsApplication.processingRegistry()
    assert [p.id() for p in registry.providers()].count("agglomeration") == 1
    assert registry.providerById("agglomeration") is provider


def test_a_second_copy_of_the_plugin_stands_back(plugin, provider):
    copy = importlib.import_module(PLUGIN).classFactory(None)
    copy.initProcessing()
    assert copy.provider is None
    copy.unload()
    assert QgsApplication.processingRegistry().providerById("agglomeration") is provider


def test_unloading_leaves_nothing_and_loading_again_works(plugin):
    registry = QgsApplication.processingRegistry()
    plugin.unload()
    assert registry.providerById("agglomeration") is None
    plugin.unload()
    plugin.initProcessing()
    assert set(algorithms(registry.providerById("agglomeration"))) == set(CONTRACT)


@pytest.mark.parametrize(
    ("module", "lost"),
    [
        ("weighting.ahp_weights_algorithm", "ahpweights"),
        ("autocorrelation.local_moran_algorithm", "localmoran"),
        ("zoning.zone_statistics_algorithm", "zonestatistics"),
    ],
)
def test_one_broken_algorithm_leaves_the_others_and_is_named_in_the_log(plugin, monkeypatch, module, lost):
    messages = []
    log = QgsApplication.messageLog()
    log.messageReceived[str, str, Qgis.MessageLevel].connect(lambda text, *_: messages.append(text))
    monkeypatch.setitem(sys.modules, f"{PLUGIN}.algorithms.{module}", None)
    provider = plugin.provider
    provider.refreshAlgorithms()
    assert set(algorithms(provider)) == set(CONTRACT) - {lost, "evaluatemodel"}
    assert any(module in message for message in messages)
    monkeypatch.undo()
    provider.refreshAlgorithms()
    assert set(algorithms(provider)) == set(CONTRACT)


def test_numeric_modules_import_without_qgis():
    # In a process of its own, in which qgis cannot be imported.
    names = [
        str(path.relative_to(ROOT).with_suffix("")).replace("/", ".").removesuffix(".__init__")
        for path in sorted((ROOT / "algorithms").rglob("*.py"))
        if not path.stem.endswith(("_algorithm", "_parameters")) and path.stem not in QGIS_SIDE
    ]
    assert len(names) > 20
    code = "import sys, importlib; sys.modules['qgis'] = None\n" + "\n".join(
        f"importlib.import_module('{PLUGIN}.{name}')" for name in names
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT / "build" / "plugins")


def test_advanced_flags_leave_the_dialog_short(provider):
    advanced = QgsProcessingParameterDefinition.Flag.FlagAdvanced
    for algorithm in own(provider):
        basic = [
            d for d in algorithm.parameterDefinitions() if not d.flags() & advanced and not d.isDestination()
        ]
        assert len(basic) <= 12, algorithm.name()


def test_metadata_import():
    assert importlib.import_module(PLUGIN).classFactory(None).iface is None


def test_loading_the_provider_imports_only_qgis_and_the_standard_library():
    # numpy and all else are imported by the run that needs them.
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT / 'build' / 'plugins')!r})\n"
        "from qgis.core import QgsApplication\n"
        "application = QgsApplication([], False); application.initQgis()\n"
        "before = set(sys.modules)\n"
        f"import {PLUGIN}; plugin = {PLUGIN}.classFactory(None); plugin.initProcessing()\n"
        "new = {name.split('.')[0] for name in set(sys.modules) - before}\n"
        f"assert len(plugin.provider.algorithms()) == {len(CONTRACT)}\n"
        f"foreign = new - set(sys.stdlib_module_names) - {{'qgis', {PLUGIN!r}}}\n"
        "assert not foreign, foreign\n"
    )
    subprocess.run(["/usr/bin/python3", "-c", code], check=True)
