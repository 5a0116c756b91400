// Scanning with the camera, where the browser can read symbols itself. Elsewhere the button never shows.
"use strict";

const EVERY_MILLISECONDS = 250;

export async function cameraScanner(parts, found) {
  if (!("BarcodeDetector" in window) || !navigator.mediaDevices) return;
  const wanted = ["qr_code", "data_matrix", "code_128"];
  const known = await BarcodeDetector.getSupportedFormats().catch(() => []);
  const formats = wanted.filter((each) => known.includes(each));
  if (!formats.length) return;
  const detector = new BarcodeDetector({ formats });
  let stream = null;
  let timer = 0;

  const stop = () => {
    clearInterval(timer);
    for (const track of stream ? stream.getTracks() : []) track.stop();
    stream = null;
    parts.video.srcObject = null;
    parts.panel.hidden = true;
    parts.start.hidden = false;
  };
  const look = async () => {
    const symbols = await detector.detect(parts.video).catch(() => []);
    for (const symbol of symbols) {
      if (found(symbol.rawValue) && navigator.vibrate) navigator.vibrate(60);
    }
  };
  parts.start.addEventListener("click", async () => {
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    } catch {
      parts.refused.hidden = false;
      return;
    }
    parts.refused.hidden = true;
    parts.video.srcObject = stream;
    await parts.video.play();
    parts.panel.hidden = false;
    parts.start.hidden = true;
    timer = setInterval(look, EVERY_MILLISECONDS);
  });
  parts.stop.addEventListener("click", stop);
  window.addEventListener("pagehide", stop);
  parts.start.hidden = false;
}
