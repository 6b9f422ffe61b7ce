"""Build the plugin's zip and check it by the rules of the QGIS plugin repository.

package.py build        build/package/parcel_agglomeration.VERSION.zip from the committed files
package.py check ZIP    end with an error that names what the repository would refuse

The rules: https://plugins.qgis.org/docs/publish, as far as a program can tell.
"""

import configparser
import io
import re
import subprocess
import sys
import time
import zipfile
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parents[1]
NAME = "parcel_agglomeration"
# What a user of the plugin needs; tests, benchmarks and the scripts of developers stay behind.
SHIPPED = (
    "__init__.py",
    "plugin.py",
    "metadata.txt",
    "LICENSE",
    "README.md",
    "README.zh.md",
    "CHANGELOG.md",
    "algorithms/",
    "ui/",
    "resources/",
)
TRANSLATION = "resources/i18n/parcel_agglomeration_zh_CN.qm"
CATALOGUE = ".ts"

LARGEST = 20 * 1024**2
REQUIRED = (
    "name",
    "qgisMinimumVersion",
    "description",
    "about",
    "version",
    "author",
    "email",
    "repository",
    "tracker",
    "license",
)
NUMERIC = re.compile(r"\d+(\.\d+){1,2}")
MADE_BY_MACHINES = {".pyc", ".pyo", ".so", ".pyd", ".dll", ".exe", ".dylib", ".o", ".a", ".jar", ".class"}


def build():
    """Write the zip of the files that git knows, the same bytes for the same commit, and return its path."""
    if not (ROOT / TRANSLATION).is_file():
        sys.exit("package: the Chinese translation is not compiled; run make package, which does so")
    listed = _git("ls-files", "-z", "--", *(path.rstrip("/") for path in SHIPPED)).split("\0")
    paths = sorted(path for path in listed if path and not path.endswith(CATALOGUE))
    moment = time.gmtime(int(_git("log", "-1", "--format=%ct")))[:6]
    version = _metadata((ROOT / "metadata.txt").read_text(encoding="utf-8"))["version"]
    target = ROOT / "build" / "package" / f"{NAME}.{version}.zip"
    target.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(target, "w") as package:
        for path in sorted([*paths, TRANSLATION]):
            entry = zipfile.ZipInfo(f"{NAME}/{path}", moment)
            entry.external_attr = 0o644 << 16
            package.writestr(entry, (ROOT / path).read_bytes(), zipfile.ZIP_DEFLATED, 9)
    return target


def problems(data):
    """Yield what the repository would refuse in a zip, given as bytes."""
    if len(data) > LARGEST:
        yield f"{len(data)} bytes are more than {LARGEST}"
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        names = package.namelist()
        texts = {name: package.read(name) for name in names if PurePosixPath(name).name == "metadata.txt"}
    folders = {PurePosixPath(name).parts[0] for name in names}
    if len(folders) != 1 or not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]*", next(iter(folders))):
        yield f"there must be one folder, named in ASCII, not {', '.join(sorted(folders))}"
        return
    folder = next(iter(folders))
    for needed in ("__init__.py", "metadata.txt", "LICENSE"):
        if f"{folder}/{needed}" not in names:
            yield f"{needed} is missing"
    for name in names:
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts:
            yield f"{name} leaves the folder"
        if any(re.match(r"\.[^.]", part) or part in ("__pycache__", "__MACOSX") for part in path.parts):
            yield f"{name} is hidden or made by a machine"
        if path.suffix.lower() in MADE_BY_MACHINES:
            yield f"{name} is compiled"
    if f"{folder}/metadata.txt" in texts:
        yield from _metadata_problems(
            _metadata(texts[f"{folder}/metadata.txt"].decode("utf-8")), folder, names
        )


def _metadata_problems(metadata, folder, names):
    for key in REQUIRED:
        if not metadata.get(key, "").strip():
            yield f"metadata.txt lacks {key}"
    for key in ("version", "qgisMinimumVersion", "qgisMaximumVersion"):
        if not NUMERIC.fullmatch(metadata.get(key, "")):
            yield f"{key} of metadata.txt is no version of two or three numbers: {metadata.get(key)}"
    for key in ("repository", "tracker", "homepage"):
        if key in metadata and not metadata[key].startswith("https://"):
            yield f"{key} of metadata.txt is no address: {metadata[key]}"
    if f"{folder}/{metadata.get('icon')}" not in names:
        yield f"the icon {metadata.get('icon')} is missing"
    if "plugin" in metadata.get("name", "").lower():
        yield "the name says “plugin”"


def _metadata(text):
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str
    parser.read_string(text)
    return dict(parser["general"])


def _git(*arguments):
    done = subprocess.run(  # noqa: S603
        ["git", *arguments],  # noqa: S607
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout


if __name__ == "__main__":
    if sys.argv[1] == "build":
        if _git("status", "--porcelain", "--untracked-files=no").strip():
            sys.exit("package: commit the changes first; a package is made of what is committed")
        print(build())
    else:
        found = list(problems(Path(sys.argv[2]).read_bytes()))
        for problem in found:
            print(f"package: {problem}", file=sys.stderr)
        sys.exit(bool(found))
