"""Questions to a page in the browser: what cannot be read, named or hit. A good page answers with nothing."""

from __future__ import annotations

import json

from playwright.sync_api import Page

CONTROLS = """[...document.querySelectorAll("a, button, input:not([type=hidden]), select, textarea, summary")]
    .filter(each => each.checkVisibility())"""

NAMELESS = f"""{CONTROLS}
    .filter(each => !(each.labels?.length || each.getAttribute("aria-label") || each.textContent.trim()))
    .map(each => each.outerHTML.slice(0, 120))"""

COUNT_TEXTS = """[...document.querySelectorAll("body *")].filter(each => each.checkVisibility()
    && [...each.childNodes].some(node => node.nodeType === 3 && node.data.trim())).length"""

FAINT_TEXTS = """least => {
    const channels = colour => colour.match(/[0-9.]+/g).map(Number);
    const over = (top, ground) => [0, 1, 2].map(i => top[i] * (top[3] ?? 1) + ground[i] * (1 - (top[3] ?? 1)));
    const ground = each => {
        if (!each) return [255, 255, 255];
        const own = channels(getComputedStyle(each).backgroundColor);
        return own[3] === 0 ? ground(each.parentElement) : over(own, ground(each.parentElement));
    };
    const luminance = colour => colour.slice(0, 3)
        .map(part => part / 255)
        .map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
        .reduce((sum, part, i) => sum + part * [0.2126, 0.7152, 0.0722][i], 0);
    const contrast = each => {
        const behind = ground(each);
        const [dark, light] = [luminance(over(channels(getComputedStyle(each).color), behind)), luminance(behind)].sort(
            (one, other) => one - other);
        return (light + 0.05) / (dark + 0.05);
    };
    return [...document.querySelectorAll("body *")]
        .filter(each => each.checkVisibility() && !each.closest("svg"))
        .filter(each => [...each.childNodes].some(node => node.nodeType === 3 && node.data.trim()))
        .map(each => [each, contrast(each)])
        .filter(([_, ratio]) => ratio < least)
        .map(([each, ratio]) => `${ratio.toFixed(2)} ${each.outerHTML.slice(0, 120)}`);
}"""
"""Source: WCAG 2.2, 1.4.3. Colours as computed, over the first ground that is drawn behind them."""

MIN_LINK_PIXELS = 24
"""Source: WCAG 2.2, 2.5.8. For links inside running text, which it exempts, and for the width of one that stands by
itself in a line: its words decide that."""

TARGETS = f"""least => {CONTROLS}
    .filter(each => !each.classList.contains("skip"))
    .map(each => [each, each.matches("p a, li a, dd a")])
    .filter(([each, isInText]) => IS_ASKED(isInText && getComputedStyle(each).display === "inline"))
    .map(([each, isInText]) => [each.outerHTML.slice(0, 120), each.getBoundingClientRect(),
        isInText ? Math.min(least, {MIN_LINK_PIXELS}) : least])
    .filter(([_, box, narrowest]) => box.width > 0 && (box.height < least || box.width < narrowest))
    .map(([html, box]) => `${{html}} ${{box.width}} × ${{box.height}}`)"""

SMALL_TARGETS = TARGETS.replace("IS_ASKED", "!")
"""What is too small to hit, but for links inside running text."""

SMALL_LINKS = TARGETS.replace("IS_ASKED", "")
"""Links inside running text that are too small."""

VOICES = """voices => {
    window.said = [];
    const speech = {getVoices: () => voices, addEventListener() {}, cancel() { window.said.push("|"); },
        speak(each) { window.said.push(`${each.lang}/${each.voice.lang}: ${each.text}`); }};
    Object.defineProperty(window, "speechSynthesis", {value: speech});
    window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };
}"""
"""A browser that has these voices and keeps what it was to say."""


def with_voices(page: Page, *languages: str) -> Page:
    voices = json.dumps([{"lang": each} for each in languages])
    page.add_init_script(f"({VOICES})({voices})")
    return page
