"""The judgement editor in a real QGIS window on a virtual screen, by real clicks and keys."""

import json
import os
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
        """What the probe tells now: not before the keys that were sent."""
        before = self.told.stat().st_mtime_ns
        for _ in range(2):  # the first one may have been under way
            while self.told.stat().st_mtime_ns == before:
                time.sleep(0.03)
            before = self.told.stat().st_mtime_ns
        return json.loads(self.told.read_text(encoding="utf-8"))

    @property
    def editor(self):
        return self.state()["editor"]

    def until(self, condition):
        """Wait for a condition on what the probe tells, and return that."""
        end = time.monotonic() + SECONDS
        told = None
        while time.monotonic() < end:
            if self.told.exists():
                told = json.loads(self.told.read_text(encoding="utf-8"))
                if condition(told):
                    return told
            time.sleep(0.1)
        raise AssertionError(f"waited in vain; last told: {json.dumps(told, ensure_ascii=False)[:3000]}")

    def keys(self, *names):
        self._xdotool("key", "--delay", "40", *names)

    def type(self, text):
        self._xdotool("type", "--delay", "40", text)

    def click(self, place, across=0.5, times=1):
        left, top, width, height = place
        self._xdotool("mousemove", round(left + across * width), round(top + height / 2))
        self._xdotool("click", "--repeat", times, "--delay", 80, 1)

    def drag(self, place, start, end):
        left, top, width, height = place
        y = round(top + height / 2)
        self._xdotool("mousemove", round(left + start * width), y, "mousedown", 1)
        for step in range(1, 6):
            self._xdotool("mousemove", round(left + (start + (end - start) * step / 5) * width), y)
        self._xdotool("mouseup", 1)

    def press(self, text):
        """Click the button or menu entry with that text."""
        self.until(lambda told: text in told["buttons"])
        self.click(self._settle(1)[text])

    def _settle(self, times):
        """Wait until all buttons stand still and return their places."""
        still, places = 0, None
        while still < times:
            last, places = places, self.state()["buttons"]
            still = still + 1 if places == last else 0
        return places

    def _xdotool(self, *arguments):
        subprocess.run(["xdotool", *map(str, arguments)], env=self.env, check=True)


@pytest.fixture
def open_window(tmp_path):
    windows = []

    def start(language):
        window = Window(tmp_path, language)
        windows.append(window)
        window.start()
        return window

    yield start
    for window in windows:
        window.stop()
