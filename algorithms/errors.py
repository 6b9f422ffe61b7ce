"""The one exception of the method, and parts of its messages."""


class Phrase:
    """Text for the user.

    Template and values are kept apart, so that the border to QGIS can translate the template
    before it fills it in.

    Parameters
    ----------
    template : str
        Text with ``{}`` placeholders, written out where this is called: the catalogue of
        translations finds it there.
    *values
        What fills them, in order; phrases among them are translated as well.
    """

    def __init__(self, template, *values):
        self.template = template
        self.values = values

    def __str__(self):
        return self.template.format(*self.values)


class ParcelDataError(Phrase, ValueError):
    """Data or settings that the method cannot use.

    The message is one sentence that says what is wrong, where (field, parcel, cell)
    and what to do.
    """
