"""Output files are written beside their place, and moved there when all of a run are complete."""

import os
import shutil
import sqlite3
import tempfile
import zipfile
from contextlib import closing
from pathlib import Path

from qgis.core import QgsProcessingOutputLayerDefinition, QgsProperty, QgsVectorLayer

from .errors import ParcelDataError

PREFIX, SUFFIX = ".unfinished_", ".part"
"""Names of the folders in which outputs are written, around what is drawn at random.

That must not follow a dot: where a name begins with “.gz”, QGIS takes the folder for an archive.
"""

_STALE = dict.fromkeys((".gpkg", ".sqlite"), ("-wal", "-shm", "-journal")) | {
    ".shp": (".qix", ".sbn", ".sbx", ".cpg", ".prj")
}
"""What readers would take for a part of a new file, although it belongs to the earlier one of its name."""

_ZIPPED = (".xlsx", ".ods")
_COUNTED = (".gpkg", ".sqlite", ".csv", ".geojson", ".shp", ".fgb")
_LAST_BYTES = {".pdf": b"%%EOF", ".png": b"IEND\xaeB`\x82", ".csv": b"\n"}
_NEARLY_FULL = 2**20


class StagingFolder:
    """A folder in which outputs are written until they are complete.

    Parameters
    ----------
    destination : Path
        Folder that the outputs are moved into; made where it is missing, but not its parent.

    Raises
    ------
    ParcelDataError
        Nothing can be written there.
    """

    def __init__(self, destination):
        self.destination = destination
        beside = destination if destination.is_dir() else destination.parent
        try:
            self.path = Path(tempfile.mkdtemp(prefix=PREFIX, suffix=SUFFIX, dir=beside))
        except OSError as error:
            raise ParcelDataError(
                "Nothing can be written into the folder “{}”: {}.", beside.name, error.strerror
            ) from None

    def publish(self):
        """Move everything to its destination, over what is there, and remove the folder.

        Raises
        ------
        ParcelDataError
            A file cannot be moved, as where another program has the earlier one open.
        """
        try:
            self.destination.mkdir(exist_ok=True)
            for made in sorted(self.path.iterdir()):
                _move(made, self.destination / made.name)
        except OSError as error:
            raise ParcelDataError(
                "“{}” cannot be put in its place: {}. Close what has it open, or choose another name.",
                Path(error.filename2 or error.filename or self.destination).name,
                error.strerror,
            ) from None
        self.remove()

    def remove(self):
        """Remove the folder with all that is in it."""
        shutil.rmtree(self.path, ignore_errors=True)

    def is_full(self):
        """Whether the disk has no space left that is worth mentioning."""
        return self.path.is_dir() and shutil.disk_usage(self.path).free < _NEARLY_FULL


def staged_sink(value, path):
    """Value of a destination parameter with another file."""
    if not isinstance(value, QgsProcessingOutputLayerDefinition):
        return str(path)
    staged = QgsProcessingOutputLayerDefinition(value)
    staged.sink = QgsProperty.fromValue(str(path))
    return staged


def check_complete(path, count=0):
    """Check that a file holds all that was written, which writers of files do not tell on a full disk.

    Parameters
    ----------
    path : Path
    count : int, optional
        Number of features written.

    Raises
    ------
    ParcelDataError
        It does not.
    """
    if not _is_complete(path, count):
        raise _incomplete(path.name)


def check_table(path, table, count):
    """Check that a table of a store holds all features that were written, as ``check_complete`` does a file.

    Raises
    ------
    ParcelDataError
        It does not.
    """
    if QgsVectorLayer(f"{path}|layername={table}", table, "ogr").featureCount() < count:
        raise _incomplete(table)


def _incomplete(name):
    return ParcelDataError(
        "“{}” could not be written in full: free some space on the disk, or choose another folder.", name
    )


def _is_complete(path, count):
    kind = path.suffix.lower()
    if path.is_dir():
        return True
    if not path.is_file() or path.stat().st_size == 0:
        return False
    if kind in _ZIPPED:
        return _is_sound_zip(path)
    if kind == ".gpkg" and not _is_closed(path):
        return False
    if _LAST_BYTES.get(kind, b"") not in _tail(path):
        return False
    return kind not in _COUNTED or QgsVectorLayer(str(path), "written", "ogr").featureCount() >= count


def _tail(path):
    """The last bytes of a file: of a table its very last one, as a line may hold others."""
    with path.open("rb") as stream:
        length = 1 if path.suffix.lower() == ".csv" else 32
        stream.seek(-min(length, path.stat().st_size), os.SEEK_END)
        return stream.read()


def _is_closed(path):
    """Whether a GeoPackage is one file, without a log of changes beside it that would have to go with it."""
    try:
        with closing(sqlite3.connect(path)) as store:
            return store.execute("PRAGMA journal_mode = DELETE").fetchone() == ("delete",)
    except sqlite3.Error:
        return False


def _is_sound_zip(path):
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.testzip() is None
    except zipfile.BadZipFile:
        return False


def _move(made, place):
    """Move a file, or a folder that is a data set, over an earlier one with what belongs to that."""
    if place.is_dir() and made.is_dir():
        shutil.rmtree(place)
    for ending in _STALE.get(place.suffix.lower(), ()):
        stale = f"{place}{ending}" if ending.startswith("-") else place.with_suffix(ending)
        Path(stale).unlink(missing_ok=True)
    made.replace(place)
