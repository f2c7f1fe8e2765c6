"""What tests read of an SVG: its elements and texts, the contrast of colours, and that it holds nothing but a drawing."""

from __future__ import annotations

from xml.etree import ElementTree as ET

NAMESPACE = "{http://www.w3.org/2000/svg}"


def parsed(svg: str) -> ET.Element:
    """The outermost element."""
    root = ET.fromstring(svg.encode())  # noqa: S314  (our own)
    assert root.tag == f"{NAMESPACE}svg"
    return root


def tags(svg: str, tag: str) -> list[ET.Element]:
    """All elements of a kind."""
    return list(parsed(svg).iter(f"{NAMESPACE}{tag}"))


def texts(svg: str) -> list[str]:
    """What is written."""
    return [element.text or "" for element in tags(svg, "text")]


def safe(svg: str) -> None:
    """Well-formed, and made of drawing alone."""
    for element in parsed(svg).iter():
        assert element.tag.removeprefix(NAMESPACE) in {"svg", "g", "path", "rect", "text", "title", "desc", "style"}
        for name, value in element.attrib.items():
            assert not name.lower().startswith("on")
            assert "href" not in name
            assert "script" not in value
    assert "var(" not in svg
    assert "url(" not in svg


def contrast(one: str, other: str) -> float:
    """Of two colours, as WCAG 2 defines it."""
    dark, light = sorted(map(luminance, (one, other)))
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
