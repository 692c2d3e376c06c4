// Who else is in this report, and their edits in boxes that one has not touched. Without script, or without a line, nothing is missing.
"use strict";

{
  const ASK_MS = 20000;
  const MOST_MS = 300000;
  const SETTLE_MS = 1000;
  const place = document.querySelector("[data-presence]");
  const report = window.emes.report;
  const sheet = document.getElementById("report");
  const labels = place.dataset;
  let field = null;
  let failures = 0;
  let over = false;
  let timer = 0;

  const versions = () => Object.fromEntries([...sheet.querySelectorAll("[data-version-of]")].map((box) => [box.dataset.versionOf, Number(box.value)]));
  // Something stands in the box that the server does not have: a text on its way, in conflict, or refused. It is never overwritten.
  const isUnsent = (key) => report.dirty.has(key) || report.refused.has(key);
  sheet.querySelectorAll("[data-clash]").forEach((clash) => report.refused.add(clash.dataset.clash));
  sheet.querySelectorAll('[data-field][aria-invalid="true"]').forEach((box) => report.refused.add(box.dataset.field));

  const say = (label, name, time = "") => label.replace("#", name).replace("@", time);

  const chip = (text) => {
    const tag = document.createElement("span");
    tag.className = "tag go";
    tag.textContent = text;
    return tag;
  };
  const showOthers = (others) => {
    const names = [...new Set(others.map((other) => other.name))].join(", ");
    const text = names ? say(labels.hereLabel, names) : "";
    // Only a change is drawn: a reader with a screen reader hears it once.
    if (place.textContent !== text) place.replaceChildren(...(text ? [chip(text)] : []));
  };

  // A quiet line at a field: who is in it, or who just stored it.
  const lineAt = (key, kind, text) => {
    const boxes = report.fieldsOf(key);
    if (!boxes.length) return;
    const anchor = sheet.querySelector(`[data-faults="${CSS.escape(key)}"]`) || boxes[0].closest("label, .form-check");
    const line = document.createElement("p");
    line.className = `colleague ${kind}`;
    line.dataset.colleague = key;
    line.textContent = text;
    anchor.after(line);
  };
  const showFields = (others) => {
    sheet.querySelectorAll(".colleague.in").forEach((line) => line.remove());
    others.filter((other) => other.field).forEach((other) => lineAt(other.field, "in", say(labels.typingLabel, other.name)));
  };
  const take = (key, stored) => {
    const boxes = report.fieldsOf(key);
    const version = report.versionBox(key);
    if (!version || stored.version <= Number(version.value) || isUnsent(key) || boxes.includes(document.activeElement)) return;
    version.value = stored.version;
    report.fill(key, stored.shown);
    const counter = boxes[0].dataset.count && document.getElementById(boxes[0].dataset.count);
    if (counter) counter.textContent = [...boxes[0].value].length;
    sheet.querySelectorAll(`.colleague.just[data-colleague="${CSS.escape(key)}"]`).forEach((line) => line.remove());
    lineAt(key, "just", say(labels.justLabel, stored.by, report.clock(stored.at)));
  };

  const post = (body, more = {}) => fetch(labels.presence, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": window.emes.csrfToken() },
    body: JSON.stringify(body),
    ...more,
  });
  const schedule = (delay) => {
    window.clearTimeout(timer);
    if (!over && document.visibilityState === "visible") timer = window.setTimeout(ask, delay);
  };
  const ask = async () => {
    try {
      const answer = await post({ field, leaving: false, versions: versions() });
      // Another role, another office, a closed round: there is nothing more to ask.
      over = [403, 404, 409].includes(answer.status);
      if (!answer.ok) throw new Error(String(answer.status));
      const body = await answer.json();
      failures = 0;
      showOthers(body.others);
      showFields(body.others);
      Object.entries(body.fields).forEach(([key, stored]) => take(key, stored));
    } catch {
      failures += 1;
      showOthers([]);
      showFields([]);
    }
    schedule(Math.min(MOST_MS, ASK_MS * 2 ** failures));
  };

  const move = (key) => {
    if (key === field) return;
    field = key;
    schedule(SETTLE_MS);
  };
  sheet.addEventListener("focusin", (event) => move(event.target.dataset.field || null));
  sheet.addEventListener("focusout", (event) => { if (!sheet.contains(event.relatedTarget)) move(null); });
  document.addEventListener("visibilitychange", () => schedule(0));
  window.addEventListener("online", () => { failures = 0; schedule(0); });
  window.addEventListener("pagehide", () => { if (!over) post({ leaving: true }, { keepalive: true }).catch(() => {}); });
  window.addEventListener("pageshow", (event) => { if (event.persisted) schedule(0); });
  schedule(0);
}
