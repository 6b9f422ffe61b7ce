"""A real QGIS window on a virtual screen, driven by clicks and keys."""

import json
import os
import runpy
import shlex
import shutil
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NEEDED = ("qgis", "Xvfb", "xdotool", "openbox")
MISSING = [name for name in NEEDED if shutil.which(name) is None]
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

    NEAR = 60
    """Pixels between the left edges of a label and what belongs to it."""

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

    def start(self, *layers):
        """Start QGIS with layers, given as files, loaded."""
        reading, writing = os.pipe()
        self._run(
            ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1366x768x24", "-dpi", "96"],
            pass_fds=(writing,),
        )
        os.close(writing)
        with os.fdopen(reading) as stream:
            self.env["DISPLAY"] = f":{stream.readline().strip()}"
        self._run(["openbox", "--sm-disable"])
        probe = ROOT / "test" / "gui" / "window_probe.py"
        self._run(["qgis", "--nologo", "--noversioncheck", "--code", probe, *layers])
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
        """Wait until the judgement editor is there and fulfils a condition, and return what it shows."""
        return self.until(lambda told: told["editor"] and condition(told["editor"]))["editor"]

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
        chinese = self.language != "en_US" and CATALOGUE.get(("ParcelAgglomeration", text))
        return (chinese or text).replace("&", "")

    def press(self, text):
        """Click the button or menu entry with that text, given in English, or with that object name."""
        shown = self.say(text)
        self.until(lambda told: shown in told["buttons"])
        self.click(self._settle(1)[shown])

    def combo(self, label):
        """Place, text and entries of the choice below a label, given in English."""
        shown = self.say(label)

        def labels(told):  # "Index system [optional]"
            return [place for text, place in told["labels"] if text.split(" [")[0] == shown]

        told = self.until(labels)
        x, y = labels(told)[0][:2]
        below = [one for one in told["combos"] if one[0][1] >= y and abs(one[0][0] - x) < self.NEAR]
        return min(below, key=lambda one: one[0][1])

    def choose(self, label, text):
        """Choose the entry that holds a text in the choice below a label."""
        place, _, entries = self.combo(label)
        position = next(k for k, entry in enumerate(entries) if text in entry)
        self.click(place)
        self.until(lambda told: told["popup"])
        self.keys("Home", *["Down"] * position, "Return")
        self.until(lambda told: not told["popup"])
        self.until(lambda told: text in self.combo(label)[1])

    def picture(self, name):
        """Keep a picture of the screen where WINDOW_PICTURES names a folder."""
        folder = os.environ.get("WINDOW_PICTURES")
        if folder:
            target = Path(folder) / f"{name}_{self.language[:2]}.png"
            subprocess.run(["import", "-window", "root", target], env=self.env, check=True)

    def _settle(self, times):
        """Wait until all buttons stand still and return their places."""
        still, places = 0, None
        while still < times:
            last, places = places, self.state()["buttons"]
            still = still + 1 if places == last else 0
        return places

    def _xdotool(self, *arguments):
        subprocess.run(["xdotool", *map(str, arguments)], env=self.env, check=True)
