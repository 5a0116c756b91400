// Reads the answer aloud where the browser has a voice for its language, and sets a typed code in groups of four.
// Without this the page works: the button stays hidden, and the service takes a code in any groups.
"use strict";

const language = document.documentElement.lang;
const synthesis = window.speechSynthesis;
const button = document.querySelector("[data-aloud]");

// Some browsers within apps have the interface and not one voice: there is no button then.
const voice = () => {
  const voices = synthesis.getVoices().filter((each) => each.lang.slice(0, 2).toLowerCase() === language.slice(0, 2));
  const exact = (each) => each.lang.replace("_", "-").toLowerCase() === language.toLowerCase();
  return voices.find(exact) || voices[0];
};

const show = (isSpeaking) => {
  button.setAttribute("aria-pressed", String(isSpeaking));
  button.lastElementChild.textContent = isSpeaking ? button.dataset.stop : button.dataset.start;
};

const speak = () => {
  // One utterance for each part: long ones are cut off half-way by some browsers.
  const parts = [...document.querySelectorAll("[data-spoken]")].map((each) => each.textContent.trim()).filter(Boolean);
  const utterances = parts.map((part) => Object.assign(new SpeechSynthesisUtterance(part), { lang: language, voice: voice() }));
  utterances[utterances.length - 1].onend = () => show(false);
  show(true);
  for (const each of utterances) synthesis.speak(each);
};

if (button && synthesis && "SpeechSynthesisUtterance" in window) {
  const offer = () => {
    button.hidden = !voice();
  };
  offer();
  synthesis.addEventListener?.("voiceschanged", offer);
  button.addEventListener("click", () => {
    const wasSpeaking = button.getAttribute("aria-pressed") === "true";
    synthesis.cancel();
    show(false);
    if (!wasSpeaking) speak();
  });
  window.addEventListener("pagehide", () => synthesis.cancel());
}

for (const field of document.querySelectorAll(".query__field")) {
  field.addEventListener("input", (event) => {
    const isTyping = (event.inputType || "").startsWith("insert") && !event.isComposing;
    if (!isTyping || field.selectionEnd !== field.value.length) return;
    const digits = field.value.replace(/[\s-]/g, "");
    if (/^[0-9]{5,34}$/.test(digits)) field.value = digits.match(/.{1,4}/g).join(" ");
  });
}

// What else the person may tell of this look. Its county: at once where that was allowed before, else when the button
// asks for it; where the pack is from: where the service has reason to ask.
const place = document.querySelector("[data-place]");
const origin = document.querySelector("[data-origin]");

const post = (path, body) =>
  fetch(`/api/v1/scans/${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "Accept-Language": language },
    body: JSON.stringify(body),
  }).then((answer) => {
    if (!answer.ok) throw new Error(answer.statusText);
    return answer;
  });

const say = (card, words) => {
  const said = card.querySelector("[role=status]");
  said.textContent = words;
  said.hidden = false;
};

if (origin) {
  origin.addEventListener("submit", (event) => {
    event.preventDefault();
    const said = event.submitter ? event.submitter.value : "shop";
    const bought_in = said === "shop" ? origin.elements.bought_in.value : "";
    post("origin", { scan: origin.elements.scan.value, said, bought_in }).then(
      () => {
        origin.querySelector("fieldset").hidden = true;
        say(origin, origin.dataset.thanks);
      },
      () => say(origin, origin.dataset.failed),
    );
  });
}

if (place && navigator.geolocation && window.isSecureContext) {
  const tell = place.querySelector("button");
  const end = (words) => {
    tell.hidden = true;
    say(place, words);
  };
  const send = async ({ coords }) => {
    const told = { scan: place.dataset.scan, latitude: coords.latitude, longitude: coords.longitude };
    const { region, asks } = await (await post("place", told)).json();
    end(region ? place.dataset.told.replace("{region}", region) : place.dataset.outside);
    if (asks && origin) origin.hidden = false;
  };
  const fail = () => end(place.dataset.failed);
  const ask = () =>
    navigator.geolocation.getCurrentPosition((found) => send(found).catch(fail), fail, {
      maximumAge: 600000,
      timeout: 20000,
    });
  tell.addEventListener("click", ask);
  place.hidden = false;
  navigator.permissions?.query({ name: "geolocation" }).then(
    (allowed) => {
      if (allowed.state === "granted") ask();
      else if (allowed.state === "denied") place.hidden = true;
    },
    () => {},
  );
}
