// Offers to add where the phone is, and rounds it before it is sent. Without this the page works; it asks no place.
"use strict";

const part = document.querySelector("[data-place]");
if (part && "geolocation" in navigator) {
  const box = part.querySelector('input[type="checkbox"]');
  const said = part.querySelector("[data-place-said]");
  const [latitude, longitude] = ["latitude", "longitude"].map((name) => part.querySelector(`[name="${name}"]`));
  const put = (north, east, word) => {
    latitude.value = north;
    longitude.value = east;
    said.textContent = word ? said.dataset[word] : "";
  };
  const ask = () => {
    put("", "", box.checked ? "waiting" : "");
    if (!box.checked) return;
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => box.checked && put(coords.latitude.toFixed(2), coords.longitude.toFixed(2), "found"),
      () => {
        box.checked = false;
        put("", "", "none");
      },
      { maximumAge: 600000, timeout: 15000 },
    );
  };
  part.hidden = false;
  box.addEventListener("change", ask);
  if (box.checked) ask();
}
