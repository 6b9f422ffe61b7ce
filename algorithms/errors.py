"""The one exception of the method."""


class ParcelDataError(ValueError):
    """Data or settings that the method cannot use.

    The message is one sentence that says what is wrong, where (field, parcel, cell)
    and what to do. Template and values are kept apart, so that the border to QGIS can
    translate the template before it fills it in.

    Parameters
    ----------
    template : str
        Sentence with ``{}`` placeholders.
    *values
        What fills them, in order.
    """

    def __init__(self, template, *values):
        super().__init__(template, *values)
        self.template = template
        self.values = values

    def __str__(self):
        return self.template.format(*self.values)
