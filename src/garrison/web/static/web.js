// What pages do by themselves where scripts are allowed. Everything works without it.
"use strict";

// The live view: its part is replaced by that of the page as it is now, until somebody pauses or looks away.
for (const bar of document.querySelectorAll("[data-refresh]")) {
  const seconds = Number(bar.dataset.refresh);
  const said = bar.querySelector("[data-said]");
  const button = bar.querySelector("[data-pause]");
  let paused = false;
  let failed = false;
  const tell = (text) => { if (said.textContent !== text) said.textContent = text; };
  const state = () => {
    if (paused) return "Paused.";
    return failed ? "No answer from the service; trying again." : `Updates itself every ${seconds} seconds.`;
  };
  button.hidden = false;
  button.addEventListener("click", () => {
    paused = !paused;
    button.textContent = paused ? "Go on" : "Pause";
    button.setAttribute("aria-pressed", String(paused));
    tell(state());
  });
  tell(state());
  const look = async () => {
    const target = document.getElementById(bar.dataset.target);
    if (paused || document.hidden || target.contains(document.activeElement)) return;
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" }, redirect: "follow" });
      if (answer.redirected) { location.reload(); return; }
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById(bar.dataset.target);
      failed = !answer.ok || fresh === null;
      if (!failed) target.replaceWith(document.adoptNode(fresh));
    } catch {
      failed = true;
    }
    tell(state());
  };
  setInterval(look, 1000 * seconds);
}

// A file may be dropped on its field.
for (const place of document.querySelectorAll("[data-drop]")) {
  const field = place.querySelector("input[type=file]");
  for (const kind of ["dragenter", "dragover"]) {
    place.addEventListener(kind, (event) => { event.preventDefault(); place.classList.add("over"); });
  }
  for (const kind of ["dragleave", "drop"]) {
    place.addEventListener(kind, () => place.classList.remove("over"));
  }
  place.addEventListener("drop", (event) => {
    event.preventDefault();
    if (event.dataTransfer.files.length) field.files = event.dataTransfer.files;
  });
}

// What was wrong is read out and seen first.
const problem = document.querySelector("main > .problem[tabindex]");
if (problem) problem.focus();
