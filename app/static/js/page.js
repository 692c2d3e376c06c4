// Small comforts on every page. Nothing here is needed to read or to post.
"use strict";

document.documentElement.classList.add("js");

const csrfToken = () => document.querySelector('meta[name="csrf-token"]').content;

// Show and hide a password.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-reveal]");
  if (!button) return;
  const box = document.getElementById(button.dataset.reveal);
  const shown = box.type === "text";
  box.type = shown ? "password" : "text";
  button.setAttribute("aria-pressed", String(!shown));
});

// An error summary takes the focus, so that it is read first.
const summary = document.querySelector("[data-focus]");
if (summary) summary.focus();

// A menu closes with Escape and when one clicks elsewhere.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  document.querySelectorAll("details.menu[open]").forEach((menu) => {
    menu.open = false;
    menu.querySelector("summary").focus();
  });
});
document.addEventListener("click", (event) => {
  document.querySelectorAll("details.menu[open]").forEach((menu) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
});

// A choice that speaks for itself sends its form.
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
});

// A page that is made for paper is printed from where it is read.
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});

// A form that must be sent once: the button rests after the first press. The server keeps the promise, this only spares the nerves.
document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-once]")) return;
  window.setTimeout(() => event.target.querySelectorAll("button").forEach((button) => { button.disabled = true; }), 0);
});
window.addEventListener("pageshow", () => {
  document.querySelectorAll("[data-once] button").forEach((button) => { button.disabled = false; });
});

// The server says the time, the browser only counts on from there.
const told = document.querySelector("[data-now]");
const offset = told ? Date.parse(told.dataset.now) - Date.now() : 0;
const serverNow = () => Date.now() + offset;
const thai = document.documentElement.lang === "th";
const clockOf = (moment) => {
  const local = new Intl.DateTimeFormat("en-GB", { timeZone: document.documentElement.dataset.zone, hour: "2-digit", minute: "2-digit" }).format(moment);
  return thai ? `${local.replace(":", ".")} น.` : local;
};
const tell = () => {
  const now = serverNow();
  if (told) told.textContent = told.textContent.replace(/\d{2}[.:]\d{2}(?: น\.)?$/u, clockOf(now));
  const rail = document.querySelector("[data-until]");
  const left = rail && rail.querySelector("[data-left]");
  if (!left) return;
  const words = thai ? ["วัน", "ชม.", "นาที"] : ["days", "h", "min"];
  const minutes = Math.max(0, Math.floor((Date.parse(rail.dataset.until) - now) / 60000));
  const [days, hours, rest] = [Math.floor(minutes / 1440), Math.floor((minutes % 1440) / 60), minutes % 60];
  left.textContent = days ? `${days} ${words[0]} ${hours} ${words[1]}` : hours ? `${hours} ${words[1]} ${rest} ${words[2]}` : `${rest} ${words[2]}`;
};
window.setInterval(tell, 20000);

// A short message in the corner, with an action where there is one.
window.toast = (text, { kind = "", action = "", run = null, seconds = 8 } = {}) => {
  const line = document.createElement("div");
  line.className = `toast-line ${kind}`;
  const words = document.createElement("span");
  words.textContent = text;
  line.append(words);
  if (action && run) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = action;
    button.addEventListener("click", () => { line.remove(); run(); });
    line.append(button);
  }
  document.getElementById("toasts").append(line);
  window.setTimeout(() => line.remove(), seconds * 1000);
};
window.emes = { csrfToken, now: serverNow, clock: clockOf };
