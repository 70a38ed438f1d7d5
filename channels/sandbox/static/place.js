// Asks where the customer is: one of a few places, or coordinates.

import { make } from "./dom.js";
import { text } from "./i18n.js";

const PLACES = [
  { name: "Zemamra", latitude: 32.6263, longitude: -8.702 },
  { name: "Arbaa El Aounate", latitude: 32.7683, longitude: -8.0408 },
  { name: "Sidi Bennour", latitude: 32.6492, longitude: -8.4271 },
  { name: "El Jadida", latitude: 33.2316, longitude: -8.5007 },
  { name: "Settat", latitude: 33.001, longitude: -7.6166 },
  { name: "Casablanca", latitude: 33.5731, longitude: -7.5898 },
];

/** A place, or null when the customer thinks better of it. */
export function askPlace() {
  const dialog = document.getElementById("place");
  const form = dialog.querySelector("form");
  const problem = dialog.querySelector(".problem");
  let chosen = null;
  const { promise, resolve } = Promise.withResolvers();
  dialog.querySelector("#places").replaceChildren(...PLACES.map((place) =>
    make("button", { type: "button", onclick: () => finish(place) }, make("bdi", {}, place.name))));
  problem.hidden = true;
  problem.textContent = text("badPlace");

  function finish(place) {
    chosen = place;
    dialog.close();
  }

  form.onsubmit = (event) => {
    event.preventDefault();
    const [latitude, longitude] = ["latitude", "longitude"].map((name) => Number.parseFloat(form.elements[name].value.replace(",", ".")));
    if (Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180) finish({ latitude, longitude });
    else problem.hidden = false;
  };
  form.querySelector("[value=cancel]").onclick = () => finish(null);
  dialog.onclose = () => resolve(chosen);
  dialog.showModal();
  return promise;
}
