"""A real browser plays what the renderer made for HLS: pictures from one file, sound from another."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from flask import Flask, Response
from playwright.sync_api import Browser, Page

from app.stores.disk import OnDisk
from app.web.media import send
from media_pipeline.adapters.damage import DamageSurvey
from media_pipeline.adapters.ffmpeg import FfmpegRenderer
from media_pipeline.adapters.process import Door, Sandbox
from media_pipeline.core.plan import RenderPlan
from media_pipeline.core.playlists import MASTER
from media_pipeline.ports.watch import Unwatched
from tests.film_reading import CELLS_ACROSS, CELLS_DOWN, ffmpeg, ffprobe, read_cells
from tests.films import BarcodeFilm, barcode_film
from tests.journeys.serving import PATIENCE_MS
from tests.rendering import media_of, plan_of, planned_frames, render_all
from tests.serving import served

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SIZE = (640, 480)
RATE = Fraction(30000, 1001)

PLAY = """async ([across, down]) => {
    const video = document.querySelector("video"), frames = [], canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [across, down];
    const pen = canvas.getContext("2d");
    const look = (now, frame) => {
        pen.drawImage(video, 0, 0, across, down);
        const picture = pen.getImageData(0, 0, across, down).data.filter((_, place) => place % 4 == 1);
        frames.push([frame.mediaTime, [...picture]]);
        video.requestVideoFrameCallback(look);
    };
    video.requestVideoFrameCallback(look);
    await video.play();
    await new Promise(done => setTimeout(done, 1500));
    video.pause();
    return {
        frames, seconds: video.duration, begins: video.buffered.start(0), at: video.currentTime,
        heard: video.webkitAudioDecodedByteCount,
    };
}"""
"""Plays for a while. Answers each frame that was shown: when, by the film's clock, and how (green of shrunken pictures)."""


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[BarcodeFilm, RenderPlan, Path]:
    folder = tmp_path_factory.mktemp("hls")
    film = barcode_film(folder / "film.mp4", frames=330, rate=RATE, size=SIZE)
    media = media_of(film, size=SIZE)
    plan, out = plan_of(media, [(Fraction(1, 2), Fraction(2))]), folder / "out"
    out.mkdir()
    door = Door(Sandbox.BUBBLEWRAP)
    renderer = FfmpegRenderer(door, ffmpeg(), DamageSurvey(door, ffprobe()))
    render_all(renderer, film.path, media, plan, out, Unwatched())
    return film, plan, out


@pytest.fixture(scope="module")
def address(finished: tuple[BarcodeFilm, RenderPlan, Path]) -> Iterator[str]:
    """Serves the finished files as the families' server does."""
    app = Flask("films")

    @app.get("/")
    def page() -> str:
        return f"<video src='{MASTER}' muted preload='auto'></video>"

    @app.get("/favicon.ico")
    def nothing() -> Response:
        return Response(status=204)

    @app.get("/<path:name>")
    def media(name: str) -> Response:
        return send(OnDisk(finished[2] / name), "no-cache")

    with served(app) as port:
        yield f"http://127.0.0.1:{port}/"


def test_chromium_plays_the_multivariant_playlist(
    browser: Browser, address: str, finished: tuple[BarcodeFilm, RenderPlan, Path]
) -> None:
    film, plan, _ = finished
    page = browser.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(address)
    played = _played(page)
    page.close()
    assert played["begins"] == 0
    assert abs(played["seconds"] - plan.length) < 0.001
    assert played["at"] > 0.5
    assert played["heard"] > 0
    kept = planned_frames(plan, film)
    shown = {round(moment * RATE): _number(picture) for moment, picture in played["frames"]}
    assert len(shown) > 5
    assert shown == {place: kept[place] for place in shown}


def _played(page: Page) -> dict[str, Any]:
    played: dict[str, Any] = page.evaluate(PLAY, [CELLS_ACROSS * 8, CELLS_DOWN * 8])
    return played


def _number(picture: list[int]) -> int:
    """Which frame of the barcode film it is."""
    cells = np.array(picture, dtype=np.float64).reshape(CELLS_DOWN, 8, CELLS_ACROSS, 8)
    return read_cells(cells[:, 2:6, :, 2:6].mean(axis=(1, 3)))
