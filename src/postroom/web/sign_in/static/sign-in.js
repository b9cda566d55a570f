// Adds a button that shows a password. Everything else on the pages works without scripts.
"use strict";

for (const field of document.querySelectorAll("input[type=password]")) {
  const button = document.createElement("button");
  const turn = (shown) => {
    field.type = shown ? "text" : "password";
    button.textContent = shown ? field.dataset.hide : field.dataset.show;
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
  field.form.addEventListener("submit", () => turn(false));
  turn(false);
}
