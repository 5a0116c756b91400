// A name drawn with finger, pen or mouse, as the path of a drawing: "M10 20L30 40". The box is 600 by 200.
"use strict";

const WIDTH = 600;
const HEIGHT = 200;
const LEAST_STEP = 4;
const MOST_CHARACTERS = 19_000;

export function signaturePad(pad, field) {
  const line = pad.querySelector("path");
  let isDown = false;
  let last = [0, 0];

  const show = () => line.setAttribute("d", field.value);
  const place = (event) => {
    const box = pad.getBoundingClientRect();
    const within = (value, most) => Math.round(Math.min(Math.max(value, 0), most));
    return [
      within(((event.clientX - box.left) / box.width) * WIDTH, WIDTH),
      within(((event.clientY - box.top) / box.height) * HEIGHT, HEIGHT),
    ];
  };
  const draw = (command, point) => {
    if (field.value.length > MOST_CHARACTERS) return;
    field.value += `${command}${point[0]} ${point[1]}`;
    last = point;
    show();
  };

  pad.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    pad.setPointerCapture(event.pointerId);
    isDown = true;
    draw("M", place(event));
  });
  pad.addEventListener("pointermove", (event) => {
    if (!isDown) return;
    const point = place(event);
    if (Math.hypot(point[0] - last[0], point[1] - last[1]) >= LEAST_STEP) draw("L", point);
  });
  const lift = () => {
    if (!isDown) return;
    isDown = false;
    // One touch alone is a dot, and a path needs a line.
    if (field.value.endsWith(`M${last[0]} ${last[1]}`)) draw("L", [Math.min(last[0] + 1, WIDTH), last[1]]);
    field.dispatchEvent(new Event("input", { bubbles: true }));
  };
  pad.addEventListener("pointerup", lift);
  pad.addEventListener("pointercancel", lift);
  return {
    show,
    clear() {
      field.value = "";
      show();
      field.dispatchEvent(new Event("input", { bubbles: true }));
    },
  };
}
