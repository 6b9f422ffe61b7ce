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
        if isinstance(algorithm, QgsProcessingModelAlgorithm):
            continue
        texts = [algorithm.displayName(), algorithm.group(), algorithm.description()]
        for parameter in algorithm.parameterDefinitions():
            texts += [parameter.description(), parameter.help()]
            if isinstance(parameter, QgsProcessingParameterEnum):
                texts += parameter.options()
        texts += [output.description() for output in algorithm.outputDefinitions()]
        texts += algorithm._output_help.values()
        found = {text for text in texts if text not in names and not re.search("[\u4e00-\u9fff]", text)}
        if found:
            latin[algorithm.name()] = found
    assert latin == {}


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
