"""The plugin in Chinese: loaded where QGIS is, complete in the toolbox, and gone when unloaded."""

import re
from pathlib import Path

import pytest
from qgis.core import (
    QgsApplication,
    QgsProcessingModelAlgorithm,
    QgsProcessingParameterEnum,
    QgsSettings,
)

ROOT = Path(__file__).resolve().parents[2]
COMPILED = ROOT / "resources" / "i18n" / "parcel_agglomeration_zh_CN.qm"
needs_catalogue = pytest.mark.skipif(
    not COMPILED.exists(), reason="the catalogue is not compiled: lrelease is missing"
)


@pytest.fixture
def speaking(plugin):
    """Load the plugin anew with a language of the user interface; afterwards in English again."""

    def restart(language):
        plugin.unload()
        QgsSettings().setValue("locale/overrideFlag", True)
        QgsSettings().setValue("locale/userLocale", language)
        plugin.initProcessing()
        return plugin

    yield restart
    QgsSettings().remove("locale/overrideFlag")
    QgsSettings().remove("locale/userLocale")
    plugin.unload()
    plugin.initProcessing()


@needs_catalogue
@pytest.mark.parametrize("language", ["zh-Hans", "zh_Hans", "zh_CN", "zh"])
def test_speaks_chinese_where_qgis_does(speaking, language):
    provider = speaking(language).provider
    assert provider.name() == "地块集聚评价"
    assert provider.algorithm("evaluate").displayName() == "评价地块"


@needs_catalogue
def test_falls_silent_when_unloaded(speaking):
    from parcel_agglomeration.algorithms.checks import tr

    plugin = speaking("zh-Hans")
    assert tr("Evaluate parcels") == "评价地块"
    plugin.unload()
    assert tr("Evaluate parcels") == "Evaluate parcels" and plugin.translator is None


@pytest.mark.parametrize("language", ["en_US", "de", "zu"])
def test_speaks_english_everywhere_else(speaking, language):
    plugin = speaking(language)
    assert plugin.provider.name() == "Parcel Agglomeration" and plugin.translator is None


@needs_catalogue
def test_everything_in_the_toolbox_is_in_chinese(speaking):
    """No name, help, option, input or output without a Chinese character, but for proper names."""
    names = {
        "z",
        "p",
        "CR",
        "Saaty",
        "Geary's C",
        "Kendall's tau-b",
        "PySAL",
        "Bonferroni",
        "jenkspy",
        "-1/(n - 1)。",
    }
    latin = {}
    for algorithm in speaking("zh-Hans").provider.algorithms():
        is_model = isinstance(algorithm, QgsProcessingModelAlgorithm)
        texts = [algorithm.displayName(), algorithm.group()]
        for parameter in algorithm.parameterDefinitions():
            texts += [parameter.description(), parameter.help()]
            if isinstance(parameter, QgsProcessingParameterEnum):
                texts += parameter.options()
        texts += [output.description() for output in algorithm.outputDefinitions()]
        if is_model:
            texts += [text for key, text in algorithm.helpContent().items() if key != "HELP_URL"]
            texts += [step.description() for step in algorithm.childAlgorithms().values()]
        else:
            texts += [algorithm.description(), *algorithm._output_help.values()]
        found = {text for text in texts if text not in names and not re.search("[\u4e00-\u9fff]", text)}
        if found:
            latin[algorithm.name()] = found
    assert latin == {}


MODELS = {"evaluatemodel": "Evaluation model", "rawmodel": "Evaluation model from raw layers"}


def definition(model):
    """What scripts and models rely on: ids, types, defaults and steps, without the texts."""
    parameters = {
        p.name(): (p.type(), p.defaultValue(), int(p.flags())) for p in model.parameterDefinitions()
    }
    outputs = {output.name(): output.type() for output in model.outputDefinitions()}
    steps = {
        step.childId(): (step.algorithmId(), set(step.parameterSources()), set(step.modelOutputs()))
        for step in model.childAlgorithms().values()
    }
    return model.id(), model.groupId(), parameters, outputs, steps


@needs_catalogue
@pytest.mark.parametrize("name", MODELS)
def test_a_model_in_chinese_is_the_same_model(speaking, name):
    english = speaking("en_US").provider.algorithm(name)
    before, help_before = definition(english.create()), english.helpContent()
    chinese = speaking("zh-Hans").provider.algorithm(name)
    assert definition(chinese) == definition(chinese.create()) == before
    assert chinese.helpContent().keys() == help_before.keys()
    assert chinese.displayName() != MODELS[name]


@pytest.mark.parametrize("name", MODELS)
def test_a_model_keeps_the_texts_of_its_file_in_english(speaking, name):
    model = speaking("en_US").provider.algorithm(name).create()
    file = QgsProcessingModelAlgorithm()
    assert file.fromFile(str(ROOT / "resources" / "models" / f"{name}.model3"))
    assert model.displayName() == MODELS[name]

    def texts(algorithm):
        return [(p.name(), p.description()) for p in algorithm.parameterDefinitions()]

    assert texts(model) == texts(file)
    help_texts = model.helpContent()
    help_texts.pop("HELP_URL")  # the provider knows where the page is
    assert help_texts == file.helpContent()


@needs_catalogue
@pytest.mark.parametrize("name", MODELS)
def test_an_instance_of_a_model_for_a_run_or_a_dialog_is_in_chinese(speaking, name):
    """The outputs too, though QGIS describes those anew in every instance."""
    model = speaking("zh-Hans").provider.algorithm(name).create().create()
    described = [*model.parameterDefinitions(), *model.outputDefinitions()]
    assert [d.name() for d in described if not re.search("[\u4e00-\u9fff]", d.description())] == []
    assert "分区" in model.shortHelpString() and model.group() == "综合评价"


@pytest.mark.parametrize("name", MODELS)
def test_the_dialog_of_a_model_begins_with_the_parcels(provider, name):
    model = provider.algorithm(name).create()
    order = [parameter.name() for parameter in model.parameterDefinitions()]
    assert order[:2] == ["input", "id_field"]
    assert not any(
        parameter.isDestination() for parameter in model.parameterDefinitions()[: order.index("judgements")]
    )


@needs_catalogue
def test_a_model_runs_in_chinese_and_gives_its_outputs_by_their_ids(speaking, demo):
    import processing

    speaking("zh-Hans")
    result = processing.run(
        "agglomeration:evaluatemodel",
        {
            "input": demo("parcels_partly_synthetic"),
            "index_system": demo("index_system_synthetic_fields"),
            "output": "TEMPORARY_OUTPUT",
        },
    )
    zones = {feature["zone"] for feature in result["output"].getFeatures()}
    assert {1, 2, 3, 4} <= zones


@needs_catalogue
def test_an_error_is_a_chinese_sentence_and_the_data_keep_their_own_language(speaking, run, grid):
    speaking("zh-Hans")
    result = run("naturalbreaks", INPUT=grid([[1, 2], [3, 4]]), FIELD="value", CLASSES=4)
    assert set(result.column("value_lbl")) == {"low", "general", "relatively high", "high"}
    assert any("个地块" in line for line in result.log.info)
    algorithm = QgsApplication.processingRegistry().createAlgorithmById("agglomeration:naturalbreaks")
    from qgis.core import QgsProcessingContext, QgsProcessingException, QgsProcessingFeedback

    parameters = {"INPUT": grid([[None]]), "FIELD": "value", "OUTPUT": "memory:"}
    with pytest.raises(QgsProcessingException, match="没有可分级的值：所有地块都是 NULL。"):
        algorithm.run(parameters, QgsProcessingContext(), QgsProcessingFeedback(), {}, False)
