"""Pages as their readers meet them: their elements and text, and Debian's Chromium to open them."""

import base64
import json
import os
import re
import signal
from contextlib import suppress
from html.parser import HTMLParser
from pathlib import Path

CHROMIUM = Path("/usr/bin/chromium")
_TALKS_TO_NOBODY = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--hide-scrollbars", "--remote-debugging-pipe",
)  # fmt: skip


class Page(HTMLParser):
    """The elements of a page and the text that is shown."""

    def __init__(self, source):
        super().__init__()
        self.elements, self.text, self._hidden = [], "", False
        self.feed(source)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        self.text += " "
        self._hidden = tag == "style"

    def handle_data(self, data):
        self.text += "" if self._hidden else data

    def tags(self):
        """Return the names of all elements."""
        return {tag for tag, _ in self.elements}

    def attributes(self):
        """Return the names of all attributes."""
        return {name for _, attributes in self.elements for name in attributes}

    def shown(self):
        """Return the text with single spaces."""
        return re.sub(r"\s+", " ", self.text)


def asks_for(source):
    """Return what a page would fetch: all that it names but data of its own."""
    wanted = []
    for tag, attributes in Page(source).elements:
        named = [attributes.get(name) for name in ("src", "srcset", "data", "poster", "action")]
        if tag == "link":
            named.append(attributes.get("href"))
        wanted += [one for one in named if one and not one.startswith("data:")]
    return wanted + re.findall(r"url\([^)]*\)|@import[^;]*", source)


class Browser:
    """A browser without a window, spoken to by the DevTools Protocol through a pipe."""

    def __init__(self, folder):
        theirs, to = os.pipe()
        back, answers = os.pipe()
        command = [str(CHROMIUM), *_TALKS_TO_NOBODY, f"--user-data-dir={folder}"]
        files = [
            (os.POSIX_SPAWN_DUP2, os.dup(theirs), 3),
            (os.POSIX_SPAWN_DUP2, os.dup(answers), 4),
            (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
        ]
        high = [one[1] for one in files[:2]]
        self._pid = os.posix_spawn(command[0], command, os.environ, file_actions=files, setpgroup=0)
        for one in (theirs, answers, *high):
            os.close(one)
        self._to, self._back = os.fdopen(to, "wb"), os.fdopen(back, "rb")
        self._number, self._rest = 0, b""

    def close(self):
        """End it, and all that it started."""
        with suppress(OSError, EOFError):
            self.ask("Browser.close")
        with suppress(ProcessLookupError):
            os.killpg(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)
        self._to.close()
        self._back.close()

    def ask(self, method, session=None, heard=None, **parameters):
        """Return the answer to a command; what happens meanwhile goes to `heard`."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        message |= {"sessionId": session} if session else {}
        self._to.write(json.dumps(message).encode() + b"\0")
        self._to.flush()
        while True:
            said = self.listen()
            if said.get("id") == self._number:
                assert "error" not in said, said
                return said["result"]
            if heard is not None:
                heard.append(said)

    def listen(self):
        """Return the next message."""
        while b"\0" not in self._rest:
            more = os.read(self._back.fileno(), 1 << 16)
            if not more:
                raise EOFError("the browser is gone")
            self._rest += more
        message, _, self._rest = self._rest.partition(b"\0")
        return json.loads(message)

    def open(self, path, **how):
        """Open a file; `how` is that of :class:`Opened`."""
        return Opened(self, path, **how)


class Opened:
    """A page that is open.

    Attributes
    ----------
    complaints : list of str
        What the browser said of it in its console.
    requests : list of str
        Addresses that it asked for, but its own and data within it.
    """

    def __init__(self, browser, path, width=900, dark=False):
        self._browser, self._heard = browser, []
        target = browser.ask("Target.createTarget", url="about:blank")["targetId"]
        answer = browser.ask("Target.attachToTarget", targetId=target, flatten=True)
        self._target, self._session = target, answer["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.ask(f"{domain}.enable")
        size = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 500}
        self.ask("Emulation.setDeviceMetricsOverride", **size)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.ask("Emulation.setEmulatedMedia", features=[scheme])
        address = Path(path).resolve().as_uri()
        self.ask("Page.navigate", url=address)
        self._until_loaded()
        asked = [one["params"] for one in self._heard if one["method"].endswith("WillBeSent")]
        asked = [one["request"]["url"] for one in asked]
        self.requests = [one for one in asked if one != address and not one.startswith("data:")]

    def loads_again(self):
        """Wait until it has loaded itself anew."""
        self._heard = [one for one in self._heard if one.get("method") != "Page.loadEventFired"]
        self._until_loaded()

    def _until_loaded(self):
        while not any(one.get("method") == "Page.loadEventFired" for one in self._heard):
            self._heard.append(self._browser.listen())

    def ask(self, method, **parameters):
        return self._browser.ask(method, self._session, self._heard, **parameters)

    @property
    def complaints(self):
        wanted = ("Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown")
        return [json.dumps(one["params"]) for one in self._heard if one["method"] in wanted]

    def evaluate(self, expression):
        """Return the value of an expression of JavaScript."""
        answer = self.ask("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def press(self, key):
        """Press a key, such as Tab or Enter, and let it go."""
        code = {"Tab": 9, "Enter": 13}[key]
        typed = {"text": "\r"} if key == "Enter" else {}
        for kind in ("keyDown", "keyUp"):
            more = typed if kind == "keyDown" else {}
            self.ask("Input.dispatchKeyEvent", type=kind, key=key, code=key,
                     windowsVirtualKeyCode=code, **more)  # fmt: skip

    def picture(self, path):
        """Write the whole page as a PNG."""
        size = self.ask("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}
        shot = self.ask("Page.captureScreenshot", clip=clip, captureBeyondViewport=True)
        Path(path).write_bytes(base64.b64decode(shot["data"]))

    def printed(self):
        """Return the page as PDF."""
        return base64.b64decode(self.ask("Page.printToPDF", printBackground=False)["data"])

    def close(self):
        self._browser.ask("Target.closeTarget", targetId=self._target)
