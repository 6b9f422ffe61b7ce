"""The judgement editor in a real QGIS window on a virtual screen, by real clicks and keys."""

import json
import os
import runpy
import shlex
import shutil
import subprocess
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NEEDED = ("qgis", "Xvfb", "xdotool", "openbox")
MISSING = [name for name in NEEDED if shutil.which(name) is None]
pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}")
CATALOGUE = runpy.run_path(str(ROOT / "scripts" / "translations.py"))["read_catalogue"]()

SETTINGS = """[PythonPlugins]
parcel_agglomeration=true
[locale]
overrideFlag=true
userLocale={language}
[qgis]
checkVersion=false
showTips=false
"""
SECONDS = 60


class Window:
    """QGIS on a screen of its own: clicks, keys, and what the probe inside it tells."""

    def __init__(self, folder, language):
        self.folder = folder
        self.language = language
        self.told = folder / "told.json"
        self.processes = []
        exports = subprocess.run(
            [ROOT / "scripts" / "env.sh"], capture_output=True, text=True, check=True
        ).stdout.splitlines()
        self.env = os.environ | dict(shlex.split(line)[1].split("=", 1) for line in exports)
        profile = folder / "profile" / "profiles" / "default" / "QGIS"
        profile.mkdir(parents=True)
        for name in ("QGIS3.ini", "QGIS4.ini"):
            (profile / name).write_text(SETTINGS.format(language=language), encoding="utf-8")
        self.env |= {
            "QT_QPA_PLATFORM": "xcb",
            "QGIS_CUSTOM_CONFIG_PATH": str(folder / "profile"),
            "WINDOW_PROBE": str(self.told),
            "HOME": str(folder),
        }

    def start(self):
        reading, writing = os.pipe()
        self._run(
            ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1366x768x24", "-dpi", "96"],
            pass_fds=(writing,),
        )
        os.close(writing)
        with os.fdopen(reading) as stream:
            self.env["DISPLAY"] = f":{stream.readline().strip()}"
        self._run(["openbox", "--sm-disable"])
        self._run(["qgis", "--nologo", "--noversioncheck", "--code", ROOT / "test/gui/window_probe.py"])
        self.until(lambda told: told["loaded"] and told["maximised"])
        self._settle(4)

    def _run(self, command, **options):
        log = (self.folder / f"{Path(command[0]).name}.log").open("w")
        self.processes.append(
            subprocess.Popen([*map(str, command)], env=self.env, stdout=log, stderr=log, **options)
        )

    def stop(self):
        for process in reversed(self.processes):
            process.kill()
            process.wait()

    def state(self):
        """What the probe tells next."""
        before = self.told.stat().st_mtime_ns
        while self.told.stat().st_mtime_ns == before:
            time.sleep(0.02)
        return json.loads(self.told.read_text(encoding="utf-8"))

    def until(self, condition):
        """Wait for a condition on what the probe tells, and return that."""
        end = time.monotonic() + SECONDS
        told = None
        while time.monotonic() < end:
            if self.told.exists():
                told = json.loads(self.told.read_text(encoding="utf-8"))
                if condition(told):
                    return told
            time.sleep(0.05)
        raise AssertionError(f"waited in vain; last told: {json.dumps(told, ensure_ascii=False)[:3000]}")

    def shows(self, condition):
        """Wait until the editor is there and fulfils a condition, and return what it shows."""
        return self.until(lambda told: told["editor"] and condition(told["editor"]))["editor"]

    def judges(self, expected):
        """Wait until the pairs have these values, and return what the editor shows."""
        return self.shows(lambda editor: values(editor) == expected)

    def keys(self, *names):
        self._xdotool("key", "--delay", "15", *names)

    def type(self, text):
        self._xdotool("type", "--delay", "15", text)

    def click(self, place, across=0.5, times=1):
        left, top, width, height = place
        self._xdotool("mousemove", round(left + across * width), round(top + height / 2))
        self._xdotool("click", "--repeat", times, "--delay", 40, 1)

    def drag(self, place, start, end):
        left, top, width, height = place
        y = round(top + height / 2)
        self._xdotool("mousemove", round(left + start * width), y, "mousedown", 1)
        for step in range(1, 6):
            self._xdotool("mousemove", round(left + (start + (end - start) * step / 5) * width), y)
        self._xdotool("mouseup", 1)

    def say(self, text):
        """What the plugin says in the language of this QGIS."""
        chinese = self.language != "en_US" and CATALOGUE["ParcelAgglomeration", text]
        return (chinese or text).replace("&", "")

    def press(self, text):
        """Click the button or menu entry with that text, given in English."""
        shown = self.say(text)
        self.until(lambda told: shown in told["buttons"])
        self.click(self._settle(1)[shown])

    def _settle(self, times):
        """Wait until all buttons stand still and return their places."""
        still, places = 0, None
        while still < times:
            last, places = places, self.state()["buttons"]
            still = still + 1 if places == last else 0
        return places

    def _xdotool(self, *arguments):
        subprocess.run(["xdotool", *map(str, arguments)], env=self.env, check=True)


@pytest.fixture(scope="module", params=["en_US", "zh-Hans"])
def window(tmp_path_factory, request):
    """QGIS in English and in Chinese."""
    window = Window(tmp_path_factory.mktemp("window"), request.param)
    try:
        window.start()
        yield window
    finally:
        window.stop()


def values(editor):
    return {tuple(pair["pair"]): pair["value"] for pair in editor["pairs"]}


def test_judgements_are_made_and_undone_by_hand(window):
    window.press("Judgements…")
    window.press("New hierarchy")
    window.press("Empty hierarchy")
    window.shows(lambda editor: editor["tree"] == [window.say("Goal")])
    window.press("New hierarchy")
    window.press("Index system of the paper")
    editor = window.shows(lambda editor: len(editor["tree"]) == 26)
    names = {
        "en_US": ["economic performance", "economic efficiency", "annual output", "annual tax"],
        "zh-Hans": ["经济效益", "经济高效", "用地年总产值", "用地年总税收"],
    }[window.language]
    assert editor["tree"][:5] == [window.say("Goal"), *names]

    window.keys("ctrl+Next", "ctrl+Next")  # goal, layer, dimension
    editor = window.shows(lambda editor: editor["node"] == "effic" and editor["focused"] == 0)
    assert editor["title"] == names[1]
    assert editor["pairs"][0]["names"] == names[2:]
    pairs = [("output", "tax"), ("output", "scale"), ("tax", "scale")]

    def judged(*figures):
        expected = (figure if figure is None else pytest.approx(figure) for figure in figures)
        return dict(zip(pairs, expected, strict=True))

    window.keys("Left", "Left", "Down", "5")
    editor = window.judges(judged(3, 5, None))
    window.click(editor["pairs"][2]["edit"])
    window.type("1/5")
    window.keys("Return")
    editor = window.judges(judged(3, 5, 1 / 5))
    assert editor["verdict"].startswith("✗ CR 0.4")
    assert [pair["worst"] for pair in editor["pairs"]].count("bad") == 1

    window.drag(editor["pairs"][2]["slider"], 0.67, 0.38)
    editor = window.judges(judged(3, 5, 3))
    assert editor["verdict"].startswith("✓ CR 0.03")
    assert sum(editor["weights"].values()) == pytest.approx(1)
    window.keys("ctrl+z")  # a drag is one step
    window.judges(judged(3, 5, 1 / 5))

    window.press("Propose repair…")
    window.until(lambda told: window.say("Apply") in told["buttons"])
    window.keys("Escape")
    told = window.until(lambda told: window.say("Apply") not in told["buttons"])
    assert values(told["editor"]) == judged(3, 5, 1 / 5), "not without confirmation"
    window.press("Propose repair…")
    window.press("Apply")
    window.shows(lambda editor: editor["verdict"].startswith("✓ CR 0.09"))
    window.keys("ctrl+z")
    window.judges(judged(3, 5, 1 / 5))
    window.keys("ctrl+shift+z")
    window.shows(lambda editor: editor["verdict"].startswith("✓ CR 0.09"))


def test_judgements_are_saved_and_not_lost_unasked(window):
    path = window.folder / "judgements.csv"
    window.keys("ctrl+s")
    window.until(lambda told: len(told["dialogs"]) == 2)
    window.keys("ctrl+a")
    window.type(str(path))
    window.keys("Return")
    editor = window.shows(lambda editor: editor["path"])
    assert not editor["modified"]
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    assert len(lines) == 1 + len(editor["rows"]) and lines[0].startswith("parent,a,b,value,expert")

    window.keys("ctrl+z")
    window.shows(lambda editor: editor["modified"])
    window.keys("Escape")
    told = window.until(lambda told: told["questions"])
    assert told["questions"] == [window.say("The judgements have changed. Save them?")]
    assert {"Discard", "Cancel"} <= told["buttons"].keys() or {"放弃", "取消"} <= told["buttons"].keys()
    assert ("Cancel" in told["buttons"]) == (window.language == "en_US")
    window.keys("Escape")
    told = window.until(lambda told: not told["questions"])
    assert told["editor"]["modified"], "the window stays"
    window.keys("ctrl+s")
    window.shows(lambda editor: not editor["modified"])
    window.keys("Escape")
    window.until(lambda told: not told["editor"])
    assert path.read_text(encoding="utf-8-sig").splitlines() != lines


def test_the_editor_serves_the_dialog_of_an_algorithm(window):
    window.keys("alt+p")
    window.press("Parcel Agglomeration")
    window.press("AHP weights…")
    window.press("Edit…")
    told = window.until(lambda told: told["editor"] and told["editor"]["focused"] == 0)
    assert told["modal"] and len(told["editor"]["tree"]) == 26
    for node in ("goal", "econ", "effic", "intens", "innov", "green", "access"):
        editor = window.shows(lambda editor, node=node: editor["node"] == node and editor["focused"] == 0)
        # Five judgements connect the six indicators of one node; its other ten pairs stay open.
        count = 5 if node == "intens" else len(editor["pairs"])
        window.keys(*["space", "Down"] * count)
        editor = window.shows(
            lambda editor, count=count: list(values(editor).values()).count(1) == count and editor["weights"]
        )
        children = len(editor["weights"])
        assert list(editor["weights"].values()) == pytest.approx([1 / children] * children)
        window.keys("ctrl+Next")
    editor = window.shows(lambda editor: editor["node"] == "goal")
    window.click(editor["ok"])
    told = window.until(lambda told: not told["editor"] and told["layers"])
    assert told["layers"] == [window.say("Judgements")]
