"""The provider: lists the algorithms and the models that are shipped."""

import sys
import traceback
from importlib import import_module

from qgis.core import Qgis, QgsApplication, QgsMessageLog, QgsProcessingProvider
from qgis.PyQt.QtGui import QIcon

from .parcel_algorithm import ROOT, help_url, plugin_version, tr
from .shipped_model import MODELS, ShippedModel

ALGORITHMS = {
    "indicators.index_system_algorithm": "IndexSystemAlgorithm",
    "indicators.parcel_indicators_algorithm": "ParcelIndicatorsAlgorithm",
    "indicators.indicator_diagnostics_algorithm": "IndicatorDiagnosticsAlgorithm",
    "indicators.facility_density_algorithm": "FacilityDensityAlgorithm",
    "indicators.walk_coverage_algorithm": "WalkCoverageAlgorithm",
    "indicators.accessibility_algorithm": "AccessibilityScoreAlgorithm",
    "weighting.ahp_weights_algorithm": "AhpWeightsAlgorithm",
    "weighting.objective_weights_algorithm": "ObjectiveWeightsAlgorithm",
    "weighting.combine_weights_algorithm": "CombineWeightsAlgorithm",
    "weighting.weight_sensitivity_algorithm": "WeightSensitivityAlgorithm",
    "scoring.target_scores_algorithm": "TargetScoresAlgorithm",
    "classification.natural_breaks_algorithm": "NaturalBreaksAlgorithm",
    "autocorrelation.spatial_weights_algorithm": "SpatialWeightsAlgorithm",
    "autocorrelation.global_moran_algorithm": "GlobalMoranAlgorithm",
    "autocorrelation.join_counts_algorithm": "JoinCountsAlgorithm",
    "autocorrelation.incremental_moran_algorithm": "IncrementalMoranAlgorithm",
    "autocorrelation.local_moran_algorithm": "LocalMoranAlgorithm",
    "autocorrelation.local_geary_algorithm": "LocalGearyAlgorithm",
    "autocorrelation.hot_spots_algorithm": "HotSpotsAlgorithm",
    "zoning.cross_tabulation_algorithm": "CrossTabulationAlgorithm",
    "zoning.zone_statistics_algorithm": "ZoneStatisticsAlgorithm",
    "planning.industry_check_algorithm": "IndustryCheckAlgorithm",
    "planning.planning_response_algorithm": "PlanningResponseAlgorithm",
    "planning.zone_change_algorithm": "ZoneChangeAlgorithm",
    "planning.explain_algorithm": "ExplainAlgorithm",
    "planning.map_sheet_algorithm": "MapSheetAlgorithm",
    "planning.anonymise_algorithm": "AnonymiseAlgorithm",
    "evaluation.evaluate_algorithm": "EvaluateAlgorithm",
}


class AgglomerationProvider(QgsProcessingProvider):
    """Processing provider ``agglomeration``."""

    def id(self):
        """Id that scripts put before the colon."""
        return "agglomeration"

    def name(self):
        """Name in the toolbox."""
        return tr("Parcel Agglomeration")

    def icon(self):
        """Icon of the plugin."""
        return QIcon(str(ROOT / "resources" / "icons" / "icon.svg"))

    def versionInfo(self):
        """Version of the plugin."""
        return plugin_version()

    def loadAlgorithms(self):
        """Add every algorithm that imports and, once the provider is registered, the models."""
        for module, name in ALGORITHMS.items():
            try:
                algorithm = getattr(import_module(f".{module}", __package__), name)()
            except Exception:  # one broken algorithm must not take the others with it
                _log(tr("Algorithm {} cannot be loaded: {}").format(module, traceback.format_exc()))
                continue
            self.addAlgorithm(algorithm)
        # The children of a model are looked up in the registry of providers. At the first load
        # this provider is not in it yet: the plugin adds the models once it is.
        if QgsApplication.processingRegistry().providerById(self.id()) is not None:
            self._read_models()

    def add_models(self):
        """Add the models whose algorithms are there, and tell the toolbox."""
        self._read_models()
        self.algorithmsLoaded.emit()

    def _read_models(self):
        for path in sorted(MODELS.glob("*.model3")):
            self._add_model(path)

    def _add_model(self, path):
        model = ShippedModel()
        if not model.fromFile(str(path)):
            _log(tr("Model {} cannot be read.").format(path.name))
            return
        # Every look at a child makes a new instance of its algorithm: only where one is missing.
        if not model.canExecute()[0]:
            missing = [c.algorithmId() for c in model.childAlgorithms().values() if c.algorithm() is None]
            _log(tr("Model {} cannot be loaded without {}.").format(path.name, ", ".join(missing)))
            return
        self._lend_editors(model)
        model.setSourceFilePath(str(path))
        model.setHelpContent(model.helpContent() | {"HELP_URL": help_url(path.stem)})
        model.translate_texts()
        self.addAlgorithm(model)

    def _lend_editors(self, model):
        """Give the inputs of a model the widgets that parameters of the same name have."""
        evaluate = self.algorithm("evaluate")
        for parameter in model.parameterDefinitions() if evaluate is not None else ():
            known = evaluate.parameterDefinition(parameter.name())  # whatever its case
            if known is not None and known.type() == parameter.type():
                parameter.setMetadata(known.metadata())


def _log(message):
    if sys.stderr is not None:  # qgis_process shows no message log
        print(message, file=sys.stderr)
    QgsMessageLog.logMessage(message, "Parcel Agglomeration", Qgis.MessageLevel.Warning)
