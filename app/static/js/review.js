// The review desk: every edit is saved by itself, files and offices change without a page's wait, and the keyboard is enough. Without
// script the same links and the same form do the same.
"use strict";

{
  const desk = document.querySelector("[data-desk]");
  const words = desk.dataset;
  const live = document.querySelector("[data-desk-live]");
  const DEBOUNCE_MS = 700;
  const RETRY_MS = [2000, 5000, 10000, 20000];

  const one = (selector, root = desk) => root.querySelector(selector);
  const all = (selector, root = desk) => [...root.querySelectorAll(selector)];
  const announce = (text) => { live.textContent = ""; window.setTimeout(() => { live.textContent = text; }, 60); };
  const recall = (key, otherwise) => { try { return JSON.parse(window.localStorage.getItem(key)) ?? otherwise; } catch { return otherwise; } };
  const remember = (key, value) => {
    try {
      if (value === null) window.localStorage.removeItem(key);
      else window.localStorage.setItem(key, JSON.stringify(value));
    } catch { /* a full or forbidden storage must not stop the work */ }
  };
  const plain = (address) => address.split("?")[0];
  const caseData = () => one("[data-case]").dataset;
  const form = () => one("[data-review]");
  const evidence = window.emes.evidence(desk, { announce, recall, remember, seenAs: () => `emes:seen:${words.user}:${plain(caseData().url)}` });
  const mayWrite = () => Boolean(form() && form().dataset.mayWrite);

  // --- what is stored, what is on its way: one drawer for each report, so that going on never loses a word -------------------------

  const drawers = new Map(); // address → { dirty, sending, timer, failures, versions }
  const keptAs = (address) => `emes:review:${words.user}:${plain(address)}`;
  const drawerOf = (address) => {
    if (!drawers.has(address)) drawers.set(address, { address, dirty: new Map(), sending: null, timer: 0, failures: 0, versions: {}, belongs: "" });
    return drawers.get(address);
  };
  const mine = () => drawerOf(form().dataset.review);
  const isShown = (drawer) => form() && form().dataset.review === drawer.address;
  const fieldsOf = (key) => all(`[data-field="${CSS.escape(key)}"]`);
  const valueOf = (key) => {
    const boxes = fieldsOf(key);
    if (boxes[0].type !== "radio") return boxes[0].value;
    const chosen = boxes.find((box) => box.checked);
    return chosen ? chosen.value : null;
  };
  const fill = (key, value) => fieldsOf(key).forEach((box) => {
    if (box.type === "radio") box.checked = box.value === value;
    else box.value = value || "";
  });
  const say = (text, bad = false) => {
    const place = one("[data-save-state]");
    place.textContent = text;
    place.classList.toggle("bad", bad);
  };
  const showFault = (key, text) => {
    const place = one(`[data-faults="${CSS.escape(key)}"]`);
    if (!place) return;
    place.replaceChildren();
    fieldsOf(key).forEach((box) => (text ? box.setAttribute("aria-invalid", "true") : box.removeAttribute("aria-invalid")));
    if (!text) return;
    const line = document.createElement("p");
    line.className = "err";
    line.textContent = text;
    place.append(line);
  };
  const keepUnsent = (drawer) => remember(keptAs(drawer.address), drawer.dirty.size ? [...drawer.dirty].map(([key, value]) => [key, value, drawer.versions[key] || 0]) : null);

  const send = async (drawer) => {
    window.clearTimeout(drawer.timer);
    if (drawer.sending) { await drawer.sending; return drawer.dirty.size ? send(drawer) : undefined; }
    if (!drawer.dirty.size) return undefined;
    drawer.sending = patch(drawer);
    try { await drawer.sending; } finally { drawer.sending = null; }
    return undefined;
  };
  const patch = async (drawer) => {
    const batch = new Map(drawer.dirty);
    const changes = {};
    batch.forEach((value, key) => { changes[key] = { value, version: drawer.versions[key] || 0 }; });
    if (isShown(drawer)) say(words.saving);
    try {
      const answer = await fetch(drawer.address, {
        method: "PATCH",
        headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": window.emes.csrfToken() },
        body: JSON.stringify({ for: drawer.belongs, changes }),
        keepalive: document.visibilityState === "hidden",
      });
      const body = await answer.json();
      if (answer.status === 401) { if (isShown(drawer)) say(words.signedOut, true); return later(drawer); }
      if (!body.fields) { if (isShown(drawer)) say(body.error || words.unsaved, true); return answer.status < 500 ? undefined : later(drawer); }
      drawer.failures = 0;
      batch.forEach((value, key) => { if (drawer.dirty.get(key) === value) drawer.dirty.delete(key); });
      Object.entries(body.fields).forEach(([key, { version }]) => { drawer.versions[key] = version; });
      Object.entries(body.conflicts || {}).forEach(([key, conflict]) => { drawer.versions[key] = conflict.version; });
      keepUnsent(drawer);
      if (!isShown(drawer)) return undefined;
      Object.entries(drawer.versions).forEach(([key, version]) => { const box = one(`[data-version-of="${CSS.escape(key)}"]`); if (box) box.value = version; });
      Object.keys(body.fields).forEach((key) => showFault(key, ""));
      Object.entries(body.errors || {}).forEach(([key, text]) => showFault(key, text));
      Object.entries(body.conflicts || {}).forEach(([key, conflict]) => showFault(key, words.conflict.replace("#", conflict.time).replace("@", conflict.theirs || "–")));
      if (body.errors || body.conflicts) say(words.unsaved, true);
      else say(`${words.saved} ${window.emes.clock(new Date(body.saved_at))}`);
    } catch {
      if (isShown(drawer)) say(words.unsaved, true);
      return later(drawer);
    }
    return undefined;
  };
  const later = (drawer) => {
    const delay = RETRY_MS[Math.min(drawer.failures, RETRY_MS.length - 1)];
    drawer.failures += 1;
    drawer.timer = window.setTimeout(() => send(drawer), delay);
  };
  const changed = (key, delay) => {
    const drawer = mine();
    drawer.dirty.set(key, valueOf(key));
    keepUnsent(drawer);
    if (key.startsWith("verdict.")) tagIssue(one(`[data-crit="${key.slice(8)}"]`));
    window.clearTimeout(drawer.timer);
    drawer.timer = window.setTimeout(() => send(drawer), delay);
  };
  const choose = (key, value) => { fill(key, value); changed(key, 50); };
  const adoptForm = () => {
    if (!mayWrite()) return;
    const drawer = mine();
    drawer.belongs = form().dataset.for;
    all("[data-version-of]").forEach((box) => { drawer.versions[box.dataset.versionOf] = Math.max(Number(box.value), drawer.versions[box.dataset.versionOf] || 0); });
    recall(keptAs(drawer.address), []).forEach(([key, value, version]) => {
      if (!fieldsOf(key).length) return;
      fill(key, value);
      drawer.dirty.set(key, value);
      drawer.versions[key] = version; // against what was on the page when it was typed
    });
    if (drawer.dirty.size) send(drawer);
  };
  desk.addEventListener("input", (event) => {
    const key = event.target.dataset && event.target.dataset.field;
    if (key && mayWrite()) changed(key, event.target.type === "radio" ? 50 : DEBOUNCE_MS);
  });
  desk.addEventListener("focusout", () => { if (mayWrite() && mine().dirty.size) send(mine()); });
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") drawers.forEach((drawer) => send(drawer)); });
  window.addEventListener("online", () => drawers.forEach((drawer) => send(drawer)));
  window.addEventListener("beforeunload", (event) => { if ([...drawers.values()].some((drawer) => drawer.dirty.size)) event.preventDefault(); });

  // --- issues: one is open, the others are a line --------------------------------------------------------------------------------

  const issues = () => all("[data-crit]");
  const openIssue = () => one("[data-crit].on") || issues()[0];
  const tagIssue = (issue) => {
    const chosen = one("input:checked", issue);
    const tag = one("[data-crit-tag]", issue);
    tag.className = `tag ${chosen ? chosen.value : ""}`;
    if (chosen) tag.textContent = chosen.parentElement.textContent.trim();
  };
  const unfold = (issue, focus = false, scroll = true) => {
    if (!issue) return;
    issues().forEach((other) => {
      other.classList.toggle("on", other === issue);
      one("[data-crit-head]", other).setAttribute("aria-expanded", String(other === issue));
    });
    if (focus) one("[data-crit-head]", issue).focus();
    if (scroll) issue.scrollIntoView({ block: "nearest" });
  };
  const step = (list, here, by) => list[Math.min(Math.max(list.indexOf(here) + by, 0), list.length - 1)];
  const judge = (place) => {
    const issue = openIssue();
    const radio = issue && all("[type=radio]", issue)[place];
    if (!radio) return;
    choose(radio.name, radio.value);
    announce(`${words.issue} ${issue.dataset.crit}: ${radio.parentElement.textContent.trim()}`);
    const next = issues().find((other) => issues().indexOf(other) > issues().indexOf(issue) && !one("input:checked", other));
    if (next) unfold(next, issue.contains(document.activeElement));
  };

  // --- from office to office -----------------------------------------------------------------------------------------------------

  const ahead = new Map(); // address → promise of its fragment
  const fetchCase = (address) => {
    if (!ahead.has(address)) {
      ahead.set(address, fetch(`${address}${address.includes("?") ? "&" : "?"}part=case`).then((answer) => {
        if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
        return answer.text();
      }).then((markup) => {
        const holder = document.createElement("template");
        holder.innerHTML = markup;
        const image = holder.content.querySelector(".pg img");
        if (image) evidence.preload(image.getAttribute("src"));
        return markup;
      }));
      ahead.get(address).catch(() => ahead.delete(address));
    }
    return ahead.get(address);
  };
  const lookAhead = () => {
    const { next } = caseData();
    ahead.clear();
    if (next) window.setTimeout(() => fetchCase(next).catch(() => {}), 300);
  };
  const swap = (markup) => {
    const holder = document.createElement("template");
    holder.innerHTML = markup;
    const rail = holder.content.querySelector("[data-rail]");
    if (rail) { document.querySelector("[data-swap=rail]").replaceChildren(rail.content); rail.remove(); }
    one("[data-swap=case]").replaceChildren(holder.content);
  };
  const settleIn = (first = false) => {
    const data = caseData();
    document.title = data.title;
    issues().forEach(tagIssue);
    unfold(openIssue(), false, false);
    all("[data-queue-list] a").forEach((link) => {
      const here = plain(link.getAttribute("href")) === plain(data.url);
      if (here) { link.setAttribute("aria-current", "true"); link.scrollIntoView({ block: first ? "center" : "nearest" }); }
      else link.removeAttribute("aria-current");
    });
    adoptForm();
    evidence.showViewer();
    lookAhead();
  };
  const refreshQueue = async (address) => {
    const answer = await fetch(`${address}${address.includes("?") ? "&" : "?"}part=queue`);
    if (!answer.ok) return;
    const holder = document.createElement("template");
    holder.innerHTML = await answer.text();
    const rail = holder.content.querySelector("[data-rail]");
    if (rail) document.querySelector("[data-swap=rail]").replaceChildren(rail.content);
    const fresh = holder.content.querySelector("[data-queue-list]");
    if (fresh && one("[data-queue-list]")) one("[data-queue-list]").replaceWith(fresh);
    const current = one("[data-queue-list] [aria-current]");
    if (current) current.scrollIntoView({ block: "nearest" });
  };
  let heading = ""; // where one wants to be: an answer that comes after a later wish is let go
  const go = async (address, { push = true } = {}) => {
    heading = address;
    if (mayWrite()) send(mine());
    try {
      const markup = await fetchCase(address);
      if (heading !== address) return;
      swap(markup);
      if (push) window.history.pushState({ desk: true }, "", address);
      settleIn();
      one("[data-case-name]").focus({ preventScroll: window.innerWidth >= 1100 });
      announce(caseData().name);
      if (!one("[data-queue-list] [aria-current]")) refreshQueue(caseData().url).catch(() => {});
    } catch {
      if (heading === address) window.location.assign(address);
    }
  };
  window.addEventListener("popstate", () => go(window.location.pathname + window.location.search, { push: false }));

  const showMissing = (items) => {
    all("[data-faults]").forEach((place) => showFault(place.dataset.faults, ""));
    items.forEach(({ key, text }) => showFault(key, text));
    const box = document.createElement("div");
    box.className = "errsum";
    box.tabIndex = -1;
    const title = document.createElement("h2");
    title.textContent = words.notLocked;
    const list = document.createElement("ul");
    items.forEach(({ anchor, text }) => {
      const link = document.createElement("a");
      link.href = `#${anchor}`;
      link.textContent = text;
      const line = document.createElement("li");
      line.append(link);
      list.append(line);
    });
    box.append(title, list);
    one("[data-missing]").replaceChildren(box);
    const first = items.find(({ key }) => key.startsWith("verdict."));
    if (first) unfold(one(`[data-crit="${first.key.slice(8)}"]`));
    box.focus();
    announce(`${words.notLocked} ${items.map(({ text }) => text).join(", ")}`);
  };
  let locking = false;
  const lock = async (stay) => {
    if (!mayWrite() || locking) return;
    locking = true;
    const here = { address: form().dataset.review, lock: form().dataset.lock, url: caseData().url };
    try {
      await send(mine());
      if (mine().dirty.size) { say(words.unsaved, true); return; }
      const answer = await fetch(here.lock, { method: "POST", headers: { Accept: "application/json", "X-CSRFToken": window.emes.csrfToken() } });
      const body = await answer.json();
      if (body.missing) { showMissing(body.missing); return; }
      if (!answer.ok) { say(body.error || words.unsaved, true); return; }
      ahead.delete(here.url);
      drawers.delete(here.address);
      if (stay || !body.next) {
        await go(here.url, { push: false });
        announce(body.said);
        if (!body.next) window.toast(words.nothing);
      } else {
        await go(body.next);
        window.toast(body.said, { action: words.see, run: () => go(here.url) });
      }
      refreshQueue(caseData().url).catch(() => {});
    } catch {
      say(words.unsaved, true);
    } finally {
      locking = false;
    }
  };

  // --- clicks --------------------------------------------------------------------------------------------------------------------

  desk.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    const hit = (selector) => event.target.closest(selector);
    const take = (act) => { event.preventDefault(); act(); };
    if (hit("[data-file]")) take(() => evidence.showFile(hit("[data-file]")));
    else if (hit("[data-page-step]")) take(() => evidence.turn(Number(hit("[data-page-step]").dataset.pageStep)));
    else if (hit("[data-zoom]")) take(() => evidence.setZoom(Number(hit("[data-zoom]").dataset.zoom)));
    else if (hit("[data-crit-head]")) take(() => unfold(hit("[data-crit]")));
    else if (hit("[data-lock-next]")) take(() => lock(false));
    else if (hit("[data-lock-stay]")) take(() => lock(true));
    else if (hit("[data-go]")) take(() => go(hit("[data-go]").getAttribute("href")));
    else if (hit("[data-queue-list] a")) take(() => go(hit("a").getAttribute("href")));
    else if (hit("[data-phrase]")) take(() => {
      const box = one("[data-field=comment]");
      box.value = [box.value.trimEnd(), hit("[data-phrase]").dataset.phrase].filter(Boolean).join("\n");
      changed("comment", DEBOUNCE_MS);
      box.focus();
    });
  });

  // --- keys: by the place of the key, so that they work whatever keyboard is on ---------------------------------------------------

  const dialog = document.querySelector("dialog.keys");
  const keysSwitch = document.querySelector("[data-keys-switch]");
  const keysAs = `emes:review-keys:${words.user}`;
  keysSwitch.checked = recall(keysAs, true);
  keysSwitch.addEventListener("change", () => remember(keysAs, keysSwitch.checked));
  document.querySelector("[data-keys-list]").addEventListener("click", () => dialog.showModal());
  const setLevel = (level) => {
    if (!mayWrite()) return;
    choose("level", String(level));
    announce(`${words.level} ${level}`);
  };
  const KEYS = {
    KeyJ: () => evidence.step(1), KeyK: () => evidence.step(-1), KeyN: () => evidence.turn(1), KeyP: () => evidence.turn(-1),
    KeyQ: () => mayWrite() && judge(0), KeyW: () => mayWrite() && judge(1), KeyE: () => mayWrite() && judge(2),
    ArrowDown: () => unfold(step(issues(), openIssue(), 1), true), ArrowUp: () => unfold(step(issues(), openIssue(), -1), true),
  };
  [1, 2, 3, 4, 5].forEach((level) => { KEYS[`Digit${level}`] = KEYS[`Numpad${level}`] = () => setLevel(level); });
  const typing = (target) => target.matches("input:not([type=radio]):not([type=checkbox]), textarea, select") || target.isContentEditable;
  document.addEventListener("keydown", (event) => {
    if (event.code === "Enter" && event.ctrlKey && !dialog.open) { event.preventDefault(); lock(false); return; }
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || dialog.open || !keysSwitch.checked || typing(event.target)) return;
    if (event.code === "Slash" && event.shiftKey) { event.preventDefault(); dialog.showModal(); return; }
    // Arrows belong to the choice or the page that has the focus.
    if (event.code.startsWith("Arrow") && (event.target.matches("[type=radio]") || event.target.closest(".pg, .q, .scroll-x"))) return;
    if (event.shiftKey || !KEYS[event.code]) return;
    event.preventDefault();
    KEYS[event.code]();
  });

  if (window.innerWidth < 1100) all(".q-box").forEach((box) => { box.open = false; });
  settleIn(true);
}
