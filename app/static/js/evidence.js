// Files of a report or of a sheet: they go up in parts while one types on, and are deleted and taken back without a page's wait.
// Uses what report.js knows: clock, dirty, draw, form, say, showFault, uploads, whose, words.
"use strict";

const pendingLine = (list, name) => {
  const line = document.createElement("li");
  const badge = document.createElement("span");
  badge.className = "fi";
  badge.setAttribute("aria-hidden", "true");
  badge.textContent = (name.split(".").pop() || "").slice(0, 4).toUpperCase();
  const body = document.createElement("div");
  const title = document.createElement("div");
  title.className = "nm";
  title.textContent = name;
  const bar = document.createElement("progress");
  bar.className = "bar";
  bar.max = 100;
  bar.value = 0;
  bar.setAttribute("aria-label", `${words.uploadingLabel} ${name}`);
  const meta = document.createElement("div");
  meta.className = "meta";
  body.append(title, bar, meta);
  const actions = document.createElement("div");
  actions.className = "act";
  const cancel = document.createElement("button");
  cancel.type = "button";
  cancel.className = "btn btn-quiet btn-sm";
  cancel.textContent = words.cancelLabel;
  actions.append(cancel);
  line.append(badge, body, actions);
  list.append(line);
  list.hidden = false;
  return { line, bar, meta, cancel };
};

const megabytes = (bytes) => (bytes / 1048576).toFixed(1);
const CHUNK_BYTES = 5 * 1024 * 1024;
const TUS_RETRY_MS = [0, 1000, 3000, 5000, 10000, 20000, 30000, 30000];

const redrawSlot = async (holder, except) => {
  const slot = holder.dataset.slot;
  const answer = await fetch(words.slotUrl.replace("SLOT", encodeURIComponent(slot)), { headers: { Accept: "application/json" } });
  const body = await answer.json();
  const waiting = [...holder.querySelectorAll("[data-pending] li")].filter((line) => line !== except);
  draw(body.html);
  const list = holder.querySelector("[data-pending]");
  if (list && waiting.length) { list.append(...waiting); list.hidden = false; }
};

// One file, in parts that can be taken up again after a broken line, a closed page or a restarted server.
const upload = (holder, file) => new Promise((done) => {
  const slot = holder.dataset.slot;
  const shown = pendingLine(holder.querySelector("[data-pending]"), file.name);
  let percent = 0;
  const finish = async (text) => {
    uploads -= 1;
    try { await redrawSlot(holder, shown.line); } catch { /* the list is drawn at the next look */ }
    shown.line.remove();
    const list = holder.querySelector("[data-pending]");
    if (list && !list.children.length) list.hidden = true;
    showFault(slot, text);
    if (text) window.toast(text, { kind: "bad" });
    else if (!dirty.size) say(`${words.savedLabel} ${clock(new Date(window.emes.now()).toISOString())}`, false, "stored");
    done();
  };
  const reason = (error) => {
    const answer = error.originalResponse;
    try { return JSON.parse(answer.getBody()).error; } catch { return answer && answer.getStatus() === 401 ? words.signinLabel : words.failedUploadLabel; }
  };
  const job = new window.tus.Upload(file, {
    endpoint: words.uploadsUrl,
    chunkSize: CHUNK_BYTES,
    retryDelays: TUS_RETRY_MS,
    uploadDataDuringCreation: true,
    removeFingerprintOnSuccess: true,
    metadata: { filename: file.name, ...whose, slot },
    fingerprint: async () => `emes:${words.user}:${Object.values(whose).join(":")}:${slot}:${file.name}:${file.size}:${file.lastModified}`,
    onBeforeRequest: (request) => { request.setHeader("X-CSRFToken", window.emes.csrfToken()); request.setHeader("Accept", "application/json"); },
    onShouldRetry: (error) => {
      const answer = error.originalResponse;
      const status = answer ? answer.getStatus() : 0;
      const refused = status === 507 || (answer && answer.getHeader("Upload-Refused")); // for good: it says why
      const again = !refused && (status === 0 || status === 423 || status >= 500 || (status === 409 && job.url));
      if (again) {
        shown.bar.classList.add("hold");
        shown.meta.textContent = words.holdLabel.replace("%", `${percent}%`);
      }
      return again;
    },
    onProgress: (sent, total) => {
      percent = Math.floor((sent / total) * 100);
      shown.bar.classList.remove("hold");
      shown.bar.value = percent;
      shown.meta.textContent = `${percent}% · ${megabytes(sent)} / ${megabytes(total)} MB`;
    },
    onSuccess: () => finish(""),
    onError: (error) => finish(reason(error)),
  });
  const wakeUp = () => { if (shown.line.isConnected) job.start(); };
  window.addEventListener("online", wakeUp, { once: true });
  shown.cancel.addEventListener("click", async () => { await job.abort(true).catch(() => {}); finish(""); });
  uploads += 1;
  job.findPreviousUploads().then((earlier) => {
    if (earlier.length) job.resumeFromPreviousUpload(earlier[0]);
    job.start();
  });
});

const take = async (holder, files) => {
  const most = Number(holder.dataset.most);
  const there = holder.querySelectorAll(".files:not(.pending) > li").length + holder.querySelectorAll("[data-pending] > li").length;
  const chosen = [...files];
  if (there + chosen.length > most) {
    const text = words.tooManyLabel.replace("#", String(most));
    showFault(holder.dataset.slot, text);
    window.toast(text, { kind: "bad" });
    return;
  }
  for (const file of chosen) await upload(holder, file);
};

const takeFrom = (input) => {
  const files = [...input.files];
  input.value = "";
  if (files.length) take(input.closest("[data-slot]"), files);
};
form.addEventListener("change", (event) => { if (event.target.matches("[data-upload]")) takeFrom(event.target); });
form.querySelectorAll("[data-upload]").forEach(takeFrom); // chosen before this script was there
["dragover", "dragleave", "drop"].forEach((name) => form.addEventListener(name, (event) => {
  const drop = event.target.closest("[data-drop]");
  if (!drop) return;
  event.preventDefault();
  drop.classList.toggle("over", name === "dragover");
  if (name === "drop") take(drop.closest("[data-slot]"), event.dataTransfer.files);
}));

const post = async (url) => {
  const answer = await fetch(url, { method: "POST", headers: { Accept: "application/json", "X-CSRFToken": window.emes.csrfToken() } });
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.error);
  draw(body.html);
  return body;
};
form.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-remove]");
  if (!button) return;
  event.preventDefault();
  button.disabled = true;
  try {
    const body = await post(button.formAction);
    window.toast(body.message, { action: words.undoLabel, run: () => post(body.undo).then((back) => window.toast(back.message)).catch((error) => window.toast(error.message, { kind: "bad" })) });
  } catch (error) {
    button.disabled = false;
    window.toast(error.message || words.failedLabel, { kind: "bad" });
  }
});
