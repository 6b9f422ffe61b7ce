"""The models in resources/models as the toolbox shows them, in the language of QGIS."""

from qgis.core import QgsProcessingModelAlgorithm, QgsProcessingParameterEnum
from qgis.PyQt.QtGui import QIcon

from .checks import tr, translated
from .parcel_algorithm import ROOT, rooms

ROOM = "evaluation"
MODELS = ROOT / "resources" / "models"


def model_names():
    """Names in the toolbox by id."""
    return {
        "evaluatemodel": tr("Evaluation model"),
        "rawmodel": tr("Evaluation model from raw layers"),
    }


class ShippedModel(QgsProcessingModelAlgorithm):
    """A model whose texts are translated when it is loaded; ids, values and its file stay as they are."""

    def displayName(self):
        """Name in the toolbox."""
        return model_names().get(self.name(), self.name())

    def group(self):
        """Toolbox group."""
        return rooms()[ROOM]

    def groupId(self):
        """Room of the model."""
        return ROOM

    def icon(self):
        """Icon of the plugin."""
        return QIcon(str(ROOT / "resources" / "icons" / "icon.svg"))

    def createInstance(self):
        """Return a fresh instance for a run."""
        model = ShippedModel()
        model.loadVariant(self.toVariant())
        model.setSourceFilePath(self.sourceFilePath())
        model.translate_texts()
        return model

    def translate_texts(self):
        """Translate descriptions, options, steps, help, and the group that the outputs land in.

        QGIS makes the ids of outputs from the descriptions in the steps, which therefore stay; those of the
        outputs themselves are made anew with each instance.
        """
        for parameter in self.parameterDefinitions():
            parameter.setDescription(translated(parameter.description()))
            parameter.setHelp(translated(parameter.help()))
            if isinstance(parameter, QgsProcessingParameterEnum):
                parameter.setOptions([translated(option) for option in parameter.options()])
        for output in self.outputDefinitions():
            output.setDescription(translated(output.description()))
        for step in self.childAlgorithms():
            child = self.childAlgorithm(step)
            child.setDescription(translated(child.description()))
        self.setHelpContent({key: translated(text) for key, text in self.helpContent().items()})
        self.setOutputGroup(self.displayName())

    def editable_copy(self, number=1):
        """A plain model with the texts of this one, for the user to change.

        Parameters
        ----------
        number : int
            Second and later copies have it in their names: QGIS lists one model of a name.

        Returns
        -------
        QgsProcessingModelAlgorithm
            Its inputs and outputs have the ids of this model.
        """
        copy = QgsProcessingModelAlgorithm()
        copy.loadVariant(self.toVariant())
        copy.setName(self.displayName() if number == 1 else f"{self.displayName()} {number}")
        copy.setGroup(self.group())
        copy.setHelpContent({key: text for key, text in self.helpContent().items() if key != "HELP_URL"})
        for step in copy.childAlgorithms():
            child = copy.childAlgorithm(step)
            child.setModelOutputs(_renamed(child.modelOutputs()))
        copy.updateDestinationParameters()
        return copy


def _renamed(outputs):
    """Outputs of a step by names in the user's language, behind the English ones that QGIS makes ids of."""
    named = {}
    for english, output in outputs.items():
        name = translated(english)
        if name != english:
            name = f"{english}（{name}）"
            output.setName(name)
            output.setDescription(name)
        named[name] = output
    return named
