// Keeps times true, copies texts, shows passwords, closes the menu, takes a double click once, and says when a part cannot be loaded. Everything else works without scripts.
"use strict";

const UNITS = [["d", 86_400_000], ["h", 3_600_000], ["min", 60_000], ["s", 1_000]];

const inWords = (ms) => {
  const [name, length] = UNITS.find(([, each]) => ms >= each) ?? UNITS.at(-1);
  return `${Math.floor(ms / length)} ${name}`;
};

const fromNow = (at, now) => {
  const away = Math.abs(now - at);
  if (away >= 30 * 86_400_000) return new Date(at).toISOString().slice(0, 10);
  if (away < 1_000) return "just now";
  return at < now ? `${inWords(away)} ago` : `in ${inWords(away)}`;
};

const put = (element, text) => {
  if (element.textContent !== text) element.textContent = text;
};

const tick = () => {
  const now = Date.now();
  for (const each of document.querySelectorAll("time[data-from-now]")) {
    put(each, fromNow(Date.parse(each.dateTime), now));
  }
  for (const each of document.querySelectorAll("time[data-countdown]")) {
    const left = Date.parse(each.dateTime) - now;
    put(each, left < 1_000 ? each.dataset.over : `in ${inWords(left)}`);
  }
};

const reveal = (field) => {
  const button = document.createElement("button");
  const turn = (shown) => {
    field.type = shown ? "text" : "password";
    button.textContent = shown ? "Hide" : "Show";
    button.setAttribute("aria-pressed", String(shown));
  };
  button.type = "button";
  button.className = "reveal";
  button.setAttribute("aria-controls", field.id);
  button.addEventListener("click", () => {
    turn(field.type === "password");
    field.focus();
  });
  field.after(button);
  field.parentElement.classList.add("revealing");
  // A browser remembers what is sent as text, so a shown password is hidden again before the form leaves.
  field.form?.addEventListener("submit", () => turn(false));
  turn(false);
};

const show = (root) => {
  for (const field of root.querySelectorAll("input[type=password]")) {
    if (!field.parentElement.classList.contains("revealing")) reveal(field);
  }
  for (const each of root.querySelectorAll("[data-tick-all]")) each.hidden = false;
  if (navigator.clipboard) {
    for (const button of root.querySelectorAll("[data-copy]")) button.hidden = false;
  }
  tick();
};

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (button) {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.classList.add("copied");
    setTimeout(() => button.classList.remove("copied"), 1_500);
  }
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  const menu = document.querySelector("details.menu[open]");
  if (event.key === "Escape" && menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// A second click before the answer is here would do it twice: issue two tokens, add two endpoints.
const SECOND_CLICK = 5_000;
const sent = new WeakMap();
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  if (event.timeStamp - (sent.get(form) ?? -SECOND_CLICK) < SECOND_CLICK) event.preventDefault();
  else sent.set(form, event.timeStamp);
});

// A part that could not be loaded says so, once, instead of growing old in silence.
for (const trouble of ["htmx:responseError", "htmx:sendError"]) {
  document.addEventListener(trouble, () => {
    const notice = document.querySelector("#trouble");
    if (notice) notice.hidden = false;
  });
}

// A box that ticks all boxes of its form with the name that it says.
document.addEventListener("change", (event) => {
  const all = event.target.closest("[data-tick-all]");
  if (!all) return;
  for (const box of all.closest("form").querySelectorAll('input[type="checkbox"]')) {
    if (box.name === all.dataset.tickAll) box.checked = event.target.checked;
  }
});

// A list that loads itself again waits while something in it is ticked. A tick may also come while the list is on its way.
const isTicked = (list) => list.hasAttribute("data-keeps-ticks") && list.querySelector("input:checked") !== null;
document.addEventListener("htmx:beforeRequest", (event) => {
  if (isTicked(event.detail.elt)) event.preventDefault();
});
document.addEventListener("htmx:beforeSwap", (event) => {
  if (isTicked(event.detail.requestConfig.elt)) event.detail.shouldSwap = false;
});

// What was opened in a part stays open when the part is loaded again. A part in which a dialog is open is left alone.
const keyOf = (each, at) => each.id || String(at);
let opened = new Map();
document.addEventListener("htmx:beforeSwap", (event) => {
  const { target, requestConfig } = event.detail;
  if (requestConfig.verb === "get" && target.querySelector(":popover-open")) event.detail.shouldSwap = false;
  opened = new Map(Array.from(target.querySelectorAll("details"), (each, at) => [keyOf(each, at), each.open]));
});
document.addEventListener("htmx:afterSwap", (event) => {
  event.detail.elt.querySelectorAll("details").forEach((each, at) => {
    each.open = opened.get(keyOf(each, at)) ?? each.open;
  });
  show(event.detail.elt);
});
setInterval(tick, 1_000);
show(document);
