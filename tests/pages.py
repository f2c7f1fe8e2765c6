"""Pages at work in a headless Chromium: opening them, and what they show."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

REPORT = "addEventListener('securitypolicyviolation', event => console.error('refused: ' + event.blockedURI + event.sample))"
READ = """() => {
  const seen = (element) => {
    let opacity = element.textContent === "" ? 0 : 1;
    for (let each = element; each && each.style; each = each.parentElement) opacity *= getComputedStyle(each).opacity;
    return opacity > 0.1;
  };
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];
  const which = (element, what) => element.getAttribute("data-" + what);
  const texts = (what, kind) => Object.fromEntries(all(`[data-${what}]`).flatMap(group =>
    all(`[data-text=${kind}]`, group).filter(seen).map(text => [which(group, what), text.textContent])));
  const now = (what) => [...new Set(all(`[data-${what}].now`).map(each => +which(each, what)))];
  return {
    sentence: document.getElementById("sentence").textContent.trim(), phase: document.body.dataset.phase,
    told: document.getElementById("phase").textContent, count: document.getElementById("count").textContent,
    scrubber: +document.getElementById("scrubber").value,
    values: texts("numbers", "value"), grads: texts("numbers", "grad"), notes: texts("box", "grad"), data: texts("box", "value"),
    boxes: now("box"), wires: now("wire"),
    product: document.querySelector(".pill.shown text") ? document.querySelector(".pill.shown text").textContent : "",
  };
}"""


WALK = f"""() => {{
  const states = [({READ})()];
  while (!document.getElementById("next").disabled) {{
    document.getElementById("next").click();
    states.push(({READ})());
  }}
  return states;
}}"""


READY = "body.ready"
"""What is in groups has been unpacked."""


class Opened:
    """Opens pages and keeps what they complain of and ask for."""

    def __init__(self, browser: Any, folder: Path) -> None:
        self.browser, self.folder = browser, folder
        self.problems: list[str] = []
        self.requests: list[str] = []
        self.contexts: list[Any] = []

    def __call__(self, text: str, at: str = "", *, width: int = 1280, height: int = 800, **options: Any) -> Any:
        path = self.folder / f"{len(self.contexts)}.html"
        path.write_bytes(text.encode())
        context = self.browser.new_context(viewport={"width": width, "height": height}, **options)
        self.contexts.append(context)
        page = context.new_page()
        page.add_init_script(REPORT)
        page.on("console", lambda message: self.problems.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("dialog", lambda dialog: self.problems.append(f"dialog: {dialog.message}"))
        page.on("request", lambda request: self.requests.append(request.url))
        page.goto(path.as_uri() + at)
        if 'id="inside"' in text:
            page.wait_for_selector(READY)
        return page


def step(page: Any) -> int:
    return int(page.inner_text("#count").split("/")[0])


def last(page: Any) -> int:
    return int(page.inner_text("#count").split("/")[1])


def until(done: Callable[[], bool]) -> None:
    """Wait for what comes a moment later. `done` asks the page: between its questions the driver tells nothing."""
    for _ in range(1500):
        if done():
            return
        time.sleep(0.02)
    pytest.fail("it did not come")
