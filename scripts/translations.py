"""Keep and compile the catalogue of translations.

translations.py update  brings it up to date with the texts of the code (make translations)
translations.py build   compiles it for QGIS by Qt's lrelease, if that is there and it has changed

Every text that a user sees is in it once: those of ``tr`` in the context ParcelAgglomeration, those of
``ParcelDataError`` and ``Phrase`` in a context ParcelDataError, in the order of the files; those of the
shipped models after those of ``tr``; and the buttons of Qt, which QGIS leaves in English where it is Chinese.
Translations that are there stay. A new text gets an empty one, marked unfinished: fill it in and take the
mark out, with the placeholders of the text; "{1}{0}" turns their order. Texts that are gone are dropped and
printed.

pylupdate5 knows neither exceptions nor texts over several lines; Python's own parser does. An entry is one
line, so that git merges the entries of two branches (.gitattributes); call make translations after a merge.
"""

import ast
import os
import shutil
import subprocess
import sys
from functools import lru_cache
from pathlib import Path
from xml.etree import ElementTree
from xml.sax.saxutils import escape

ROOT = Path(__file__).resolve().parents[1]
CATALOGUE = ROOT / "resources" / "i18n" / "parcel_agglomeration_zh_CN.ts"
COMPILED = CATALOGUE.with_suffix(".qm")
COMPILERS = (
    "lrelease",
    "lrelease-qt5",
    "lrelease-qt6",
    "/usr/lib/qt5/bin/lrelease",
    "/usr/lib/qt6/bin/lrelease",
)
QT_BUTTONS = ("OK", "Cancel", "Close", "Save", "Discard", "Apply", "Open", "&Yes", "&No", "Help")
CONTEXTS = {"tr": "ParcelAgglomeration", "ParcelDataError": "ParcelDataError", "Phrase": "ParcelDataError"}
HEAD = '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE TS>\n<TS version="2.1" language="zh_CN">\n'


def texts_of_code():
    """Find the texts in the code.

    Returns
    -------
    dict {(str, str): str}
        By context and text the first file that has it.
    list of str
        Where a text is not written out but an f-string or a variable, which cannot be translated.
    """
    texts, not_written_out = {}, []
    files = [ROOT / "plugin.py", *ROOT.glob("algorithms/**/*.py"), *ROOT.glob("ui/**/*.py")]
    for path in sorted(files):
        file = path.relative_to(ROOT).as_posix()
        nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for call in sorted(
            (n for n in nodes if isinstance(n, ast.Call)), key=lambda n: (n.lineno, n.col_offset)
        ):
            name = getattr(call.func, "id", None) or getattr(call.func, "attr", None)
            if name not in CONTEXTS or not call.args:
                continue
            text = call.args[0].value if isinstance(call.args[0], ast.Constant) else None
            if isinstance(text, str):
                texts.setdefault((CONTEXTS[name], text), file)
            else:
                not_written_out.append(f"{file}:{call.lineno}")
    for path in sorted(ROOT.glob("resources/models/*.model3")):
        for text in texts_of_model(path):
            texts.setdefault((CONTEXTS["tr"], text), path.relative_to(ROOT).as_posix())
    for text in QT_BUTTONS:
        texts["QPlatformTheme", text] = "scripts/translations.py"
    return texts, not_written_out


def texts_of_model(path):
    """Texts of a model that a user sees: of its help, parameters, options, steps and outputs."""
    root = ElementTree.parse(path).getroot()  # noqa: S314 (our own file)
    shown = [
        *root.iterfind("Option[@name='parameterDefinitions']/Option/Option[@name='description']"),
        *root.iterfind("Option[@name='parameterDefinitions']/Option/Option[@name='options']/Option"),
        *root.iterfind("Option[@name='children']//Option[@name='component_description']"),
        *root.iterfind("Option[@name='help']/Option"),
    ]
    return dict.fromkeys(option.get("value") for option in shown if option.get("value"))


def read_catalogue():
    """Translations by context and text; None where one is unfinished."""
    translations = {}
    for context in ElementTree.parse(CATALOGUE).getroot():  # noqa: S314 (our own file)
        name = context.findtext("name")
        for message in context.iter("message"):
            translation = message.find("translation")
            finished = translation.text if translation.get("type") is None else None
            key = name, message.findtext("source")
            translations[key] = finished or translations.get(key)
    return translations


def write_catalogue(texts, translations):
    """Write the catalogue: the texts with the file of each, and their translations."""
    lines = []
    for name in dict.fromkeys(context for context, _ in texts):
        lines += ["<context>", f"<name>{name}</name>"]
        for (context, text), file in texts.items():
            if context == name:
                done = translations.get((context, text))
                mark = "" if done else ' type="unfinished"'
                lines.append(
                    f'<message><location filename="../../{file}"/><source>{_escaped(text)}</source>'
                    f"<translation{mark}>{_escaped(done or '')}</translation></message>"
                )
        lines.append("</context>")
    CATALOGUE.write_text(HEAD + "\n".join(lines) + "\n</TS>\n", encoding="utf-8")


def _escaped(text):
    return escape(text, {"\n": "&#10;"})


@lru_cache(maxsize=1)
def lrelease():
    """Path of Qt's lrelease, or None; a wrapper without a Qt behind it does not count."""
    for path in filter(None, map(shutil.which, COMPILERS)):
        if not subprocess.run([path, "-version"], capture_output=True, check=False).returncode:  # noqa: S603
            return path
    return None


def update():
    """Write the catalogue anew and tell what is to be translated."""
    texts, not_written_out = texts_of_code()
    if not_written_out:
        sys.exit("Write these texts out, with {} for what varies: " + ", ".join(not_written_out))
    known = read_catalogue()
    write_catalogue(texts, known)
    for dropped in known.keys() - texts.keys():
        print(f"dropped: {dropped[1]} | {known[dropped] or ''}")
    unfinished = [key for key in texts if not known.get(key)]
    for _, text in unfinished:
        print(f"to translate: {text}")
    print(f"{len(texts)} texts, {len(unfinished)} to translate in {CATALOGUE.relative_to(ROOT)}")


def build():
    """Compile the catalogue unless it is done; without lrelease the plugin speaks English."""
    if COMPILED.exists() and COMPILED.stat().st_mtime >= CATALOGUE.stat().st_mtime:
        return
    compiler = lrelease()
    if compiler is None:
        print(
            "The Chinese texts are not compiled, so the plugin speaks English: install Qt's lrelease "
            "(Debian: qttools5-dev-tools) and run make again.",
            file=sys.stderr,
        )
        return
    # QGIS may have the old one open, and another run may compile at the same time.
    part = COMPILED.with_suffix(f".{os.getpid()}.qm")
    subprocess.run([compiler, "-silent", CATALOGUE, "-qm", part], check=True)  # noqa: S603
    part.replace(COMPILED)


if __name__ == "__main__":
    {"update": update, "build": build}[sys.argv[1]]()
