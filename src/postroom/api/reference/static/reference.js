// What the reference can do beyond being read: search, copy, and say where the reader is. The page is whole without it.
"use strict";

const search = document.getElementById("search");
const found = document.getElementById("found");
const operations = [...document.querySelectorAll(".operation")];
const entries = new Map([...document.querySelectorAll("[data-for]")].map((entry) => [entry.dataset.for, entry]));
const groups = [...document.querySelectorAll("[data-group]")];
const opened = new Set();

// The commands are right for where the page is read.
for (const place of document.querySelectorAll(".origin")) place.textContent = location.origin;

// Search: every word must be in the path, the summary, the name of the operation or the name of a field.

function narrow() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  let count = 0;
  for (const operation of operations) {
    const fits = words.every((word) => operation.dataset.find.includes(word));
    operation.hidden = !fits;
    entries.get(operation.id).hidden = !fits;
    if (fits) count += 1;
  }
  for (const group of groups) group.hidden = !group.querySelector(".operation:not([hidden]), [data-for]:not([hidden])");
  mark(words.filter((word) => word.length > 2));
  document.body.classList.toggle("searching", words.length > 0);
  found.hidden = words.length === 0;
  found.textContent = count
    ? `${count} of ${operations.length} operations`
    : `No operation has “${search.value.trim()}” in its path, its name or its fields.`;
}

// Shows the fields that were meant, and opens what hides them; what was opened for that is closed again.
function mark(words) {
  for (const row of document.querySelectorAll(".hit")) row.classList.remove("hit");
  for (const details of opened) details.open = false;
  opened.clear();
  if (words.length === 0) return;
  for (const operation of operations) {
    if (operation.hidden) continue;
    for (const row of operation.querySelectorAll("[data-field]")) {
      const name = row.dataset.field.split(/[.\]]/).pop();
      if (!words.some((word) => name.includes(word))) continue;
      row.classList.add("hit");
      for (let at = row.parentElement.closest("details"); at; at = at.parentElement.closest("details")) {
        if (at.open) continue;
        at.open = true;
        opened.add(at);
      }
    }
  }
}

search.closest("[role=search]").hidden = false;
search.addEventListener("input", narrow);
search.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  search.value = "";
  narrow();
  search.blur();
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, textarea, select")) return;
  event.preventDefault();
  search.focus();
  search.select();
});
// A link to an operation that the search has hidden shows everything again.
addEventListener("hashchange", () => {
  const target = document.getElementById(location.hash.slice(1));
  if (!target || !target.hidden) return;
  search.value = "";
  narrow();
  target.scrollIntoView();
});
// The browser may have kept what was typed before the page was loaded again.
if (search.value) narrow();

// Copying: only where the browser allows it.

if (navigator.clipboard) {
  for (const figure of document.querySelectorAll("figure")) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(figure.querySelector("pre").textContent);
      button.textContent = "Copied";
      setTimeout(() => { button.textContent = "Copy"; }, 1500);
    });
    figure.querySelector("figcaption").append(button);
  }
}

// Where the reader is: the first operation below the bar is marked in the menu.

const menu = document.querySelector(".menu");
const seen = new Set();

// Marks a link, and moves the menu, never the page, until the link is in sight.
function show(link) {
  link.setAttribute("aria-current", "true");
  const place = link.getBoundingClientRect();
  const frame = menu.getBoundingClientRect();
  if (place.top < frame.top) menu.scrollTop -= frame.top - place.top + 16;
  else if (place.bottom > frame.bottom) menu.scrollTop += place.bottom - frame.bottom + 16;
}

const watcher = new IntersectionObserver((changes) => {
  for (const change of changes) change.isIntersecting ? seen.add(change.target) : seen.delete(change.target);
  const here = operations.find((operation) => seen.has(operation));
  for (const [id, entry] of entries) {
    const link = entry.querySelector("a");
    if (here && id === here.id) show(link);
    else link.removeAttribute("aria-current");
  }
}, { rootMargin: "-80px 0px -60% 0px" });
for (const operation of operations) watcher.observe(operation);
