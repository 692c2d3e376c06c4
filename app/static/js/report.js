// The page of a report or of a sheet: every edit is saved by itself; evidence.js sends its files. Without script the same form posts as a whole.
"use strict";

const form = document.querySelector("[data-report]");
const words = form.dataset;
const whose = JSON.parse(words.place); // what the files sent from here belong to: a report's three codes, or a sheet
const mayEdit = words.mayEdit === "1";
const DEBOUNCE_MS = 800;
const RETRY_MS = [2000, 5000, 10000, 20000];

// --- kept in the browser until the server has it -----------------------------------------------------------------------------

// Unsent edits survive a reload, a crash of the browser and an ended session. They are filed under the person who typed them.
const drawer = `emes:unsent:${words.user}:${form.getAttribute("action")}`;
const keepUnsent = () => {
  const entries = [...dirty].map(([key, value]) => [key, { value, version: Number(versionBox(key).value) }]);
  try {
    if (entries.length) window.localStorage.setItem(drawer, JSON.stringify(Object.fromEntries(entries)));
    else window.localStorage.removeItem(drawer);
  } catch { /* a full or forbidden storage must not stop the typing */ }
};
const putBackUnsent = () => {
  let kept = {};
  try { kept = JSON.parse(window.localStorage.getItem(drawer) || "{}"); } catch { /* not ours */ }
  // On a slow line one types before this script is there; that is newer than what was kept.
  const early = [...form.querySelectorAll("[data-field]")].filter(edited);
  Object.entries(kept).forEach(([key, { value, version }]) => {
    if (!fieldsOf(key).length || !versionBox(key) || early.some((box) => box.dataset.field === key)) return;
    fill(key, value);
    versionBox(key).value = version; // against what was on the page when it was typed: a colleague's later text is not lost
    dirty.set(key, value);
  });
  early.forEach((box) => box.dispatchEvent(new Event("input", { bubbles: true })));
  if (dirty.size) schedule(0);
};

// --- what is stored, what is on its way -------------------------------------------------------------------------------------

const dirty = new Map(); // key → value not yet confirmed by the server
const refused = new Set(); // keys whose box holds a text that the server did not store: a conflict, or a value it refused
let sending = false;
let timer = 0;
let failures = 0;
let leaving = false;
let uploads = 0;

const versionBox = (key) => form.querySelector(`[data-version-of="${CSS.escape(key)}"]`);
const fieldsOf = (key) => [...form.querySelectorAll(`[data-field="${CSS.escape(key)}"]`)];
const fill = (key, value) => fieldsOf(key).forEach((box) => {
  if (box.type === "radio") box.checked = box.value === value;
  else if (box.type === "checkbox") box.checked = value === true || value === "true";
  else box.value = value || "";
});
const valueOf = (key) => {
  const boxes = fieldsOf(key);
  if (boxes[0].type === "radio") {
    const chosen = boxes.find((box) => box.checked);
    return chosen ? chosen.value : null;
  }
  return boxes[0].type === "checkbox" ? boxes[0].checked : boxes[0].value;
};

const edited = (box) => {
  if (box.options) return box.selectedIndex !== Math.max(0, [...box.options].findIndex((option) => option.defaultSelected));
  return box.checked !== box.defaultChecked || box.value !== box.defaultValue;
};

const say = (text, bad = false, state = bad ? "unsaved" : "busy") => {
  document.querySelectorAll("[data-saved]").forEach((place) => {
    place.dataset.saved = state;
    place.classList.toggle("bad", bad);
    place.querySelector("[data-saved-text]").textContent = text;
  });
};
const unsent = () => words.unsavedLabel.replace("#", new Set([...dirty.keys(), ...refused]).size);
const clock = (iso) => window.emes.clock(new Date(iso));

const draw = (html) => {
  Object.entries(html || {}).forEach(([part, markup]) => {
    document.querySelectorAll(`[data-part="${CSS.escape(part)}"]`).forEach((place) => {
      const focused = place.contains(document.activeElement);
      const { id, outerHTML } = document.activeElement;
      place.innerHTML = markup;
      if (focused) {
        const controls = [...place.querySelectorAll("button, a, input:not([type=hidden]), summary")];
        const next = document.getElementById(id) || controls.find((control) => control.outerHTML === outerHTML) || controls[0];
        if (next) next.focus();
      }
      place.dispatchEvent(new Event("drawn", { bubbles: true }));
    });
  });
};

const showFault = (key, text) => {
  const place = form.querySelector(`[data-faults="${CSS.escape(key)}"]`);
  if (!place) return;
  place.replaceChildren();
  const holder = place.closest(".lab, .col-md-4, .col-md-5, .col-md-3, .has-err") || place.parentElement;
  holder.classList.toggle("has-err", Boolean(text));
  fieldsOf(key).forEach((box) => (text ? box.setAttribute("aria-invalid", "true") : box.removeAttribute("aria-invalid")));
  if (!text) return;
  const line = document.createElement("p");
  line.className = "err";
  line.setAttribute("role", "alert");
  line.textContent = text;
  place.append(line);
};

const showConflict = (key, conflict) => {
  const place = form.querySelector(`[data-faults="${CSS.escape(key)}"]`);
  if (!place) return;
  place.innerHTML = conflict.html;
  place.querySelectorAll("[data-keep]").forEach((button) => {
    button.addEventListener("click", () => {
      versionBox(key).value = conflict.version;
      refused.delete(key);
      if (button.dataset.keep === "theirs") {
        fill(key, conflict.theirs);
        dirty.delete(key);
      } else {
        dirty.set(key, valueOf(key));
      }
      keepUnsent();
      place.replaceChildren();
      send();
    });
  });
};

const send = async () => {
  window.clearTimeout(timer);
  if (sending || !dirty.size) return;
  sending = true;
  const batch = new Map(dirty);
  const changes = {};
  batch.forEach((value, key) => { changes[key] = { value, version: Number(versionBox(key).value) }; });
  say(words.savingLabel);
  try {
    const answer = await fetch(form.action, {
      method: "PATCH",
      headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": window.emes.csrfToken() },
      body: JSON.stringify({ for: form.elements.for.value, changes }),
      keepalive: leaving,
    });
    if (answer.status === 401) return askToSignIn();
    if (answer.status === 400 && (await renewToken())) return wait(words.failedLabel, 0);
    const body = await answer.json();
    if (!body.fields) return wait(body.error || words.failedLabel);
    failures = 0;
    batch.forEach((value, key) => { if (dirty.get(key) === value) dirty.delete(key); });
    keepUnsent();
    Object.entries(body.fields).forEach(([key, field]) => {
      const box = versionBox(key);
      if (box) box.value = field.version;
      refused.delete(key);
      showFault(key, "");
    });
    Object.entries(body.contradictions || {}).forEach(([key, text]) => { if (!dirty.has(key)) showFault(key, text); });
    Object.keys({ ...body.errors, ...body.conflicts }).forEach((key) => refused.add(key));
    Object.entries(body.errors || {}).forEach(([key, text]) => showFault(key, text));
    Object.entries(body.conflicts || {}).forEach(([key, conflict]) => showConflict(key, conflict));
    draw(body.html);
    if (body.errors || body.conflicts) say(unsent(), true);
    else say(`${words.savedLabel} ${clock(body.saved_at)}`, false, "stored");
  } catch {
    return wait(`${unsent()} · ${words.failedLabel}`);
  } finally {
    sending = false;
  }
  if (dirty.size) schedule(DEBOUNCE_MS);
};

const wait = (text, delay = RETRY_MS[Math.min(failures, RETRY_MS.length - 1)]) => {
  sending = false;
  failures += 1;
  say(text, true);
  if (failures > 1 || delay) schedule(delay || RETRY_MS[0]);
  else schedule(0);
};

// --- the session ended while the page was open ------------------------------------------------------------------------------

const sessionState = async () => (await fetch(words.sessionUrl, { headers: { Accept: "application/json" } })).json();
const useToken = (token) => { document.querySelector('meta[name="csrf-token"]').content = token; form.querySelector('[name="csrf_token"]').value = token; };
// Only for the same person: what one typed is never saved under another's name.
const renewToken = async () => {
  const state = await sessionState();
  if (String(state.user) !== words.user) return false;
  useToken(state.token);
  return true;
};
const dialog = document.getElementById("sign-in-again");
const askToSignIn = () => {
  sending = false;
  say(unsent(), true);
  if (!dialog.open) dialog.showModal();
};
if (dialog) {
  dialog.querySelector("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const problem = dialog.querySelector("[data-problem]");
    const data = new FormData(event.target);
    const fail = () => { problem.hidden = false; };
    try {
      data.set("csrf_token", (await sessionState()).token);
      await fetch(event.target.action, { method: "POST", body: data, redirect: "manual" });
      if (!(await renewToken())) return fail();
    } catch {
      return fail();
    }
    problem.hidden = true;
    event.target.reset();
    dialog.close();
    failures = 0;
    schedule(0);
    return undefined;
  });
}
const schedule = (delay) => {
  window.clearTimeout(timer);
  timer = window.setTimeout(send, delay);
};

if (mayEdit) {
  form.addEventListener("input", (event) => {
    const key = event.target.dataset.field;
    if (!key) return;
    dirty.set(key, valueOf(key));
    keepUnsent();
    say(unsent());
    const counter = event.target.dataset.count && document.getElementById(event.target.dataset.count);
    if (counter) counter.textContent = [...event.target.value].length;
    schedule(event.target.type === "radio" || event.target.type === "checkbox" ? 50 : DEBOUNCE_MS);
  });
  form.addEventListener("focusout", () => dirty.size && schedule(0));
  // The whole form is posted by "save" and "check": it carries everything, so nothing needs to be sent before.
  form.addEventListener("submit", () => { leaving = true; dirty.clear(); keepUnsent(); });
  window.addEventListener("online", () => dirty.size && schedule(0));
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden" && dirty.size) { leaving = true; send(); leaving = false; }
  });
  window.addEventListener("beforeunload", (event) => {
    if ((dirty.size || uploads) && !leaving) event.preventDefault();
  });
  putBackUnsent();
}

window.emes.report = { clock, dirty, fieldsOf, fill, refused, versionBox }; // for presence.js
