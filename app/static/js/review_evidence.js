// The evidence pane of the review desk: files change without a page's wait, pages turn, pictures grow, and what was looked at is ticked.
"use strict";

window.emes.evidence = (desk, { announce, recall, remember, seenAs }) => {
  const words = desk.dataset;
  const ZOOMS = ["z50", "z75", "", "z100", "z150", "z200", "z300"];
  const FIT = 2;
  const one = (selector, root = desk) => root.querySelector(selector);
  const all = (selector, root = desk) => [...root.querySelectorAll(selector)];

  let zoom = FIT;
  const markSeen = () => {
    const seen = new Set(recall(seenAs(), []));
    const shown = one("[data-file][aria-current]");
    if (shown && !seen.has(shown.dataset.file)) { seen.add(shown.dataset.file); remember(seenAs(), [...seen]); }
    all("[data-file]").forEach((tab) => { one(".seen", tab).hidden = !seen.has(tab.dataset.file); });
    if (shown) shown.scrollIntoView({ block: "nearest", inline: "nearest" });
  };
  const picture = () => one(".pg img");
  const preload = (address) => { new Image().src = address; };
  const toPage = (number) => {
    const image = picture();
    const pages = Number(one(".pg").dataset.pages);
    if (!image || number < 1 || number > pages) return;
    image.dataset.at = number;
    image.dataset.tries = 0;
    one(".vfailed").hidden = true;
    image.hidden = false;
    image.src = image.dataset.pagesAt + number;
    image.alt = image.dataset.alt.replace("#", number);
    const at = one("[data-page-at]");
    if (at) at.textContent = number;
    one(".pg").scrollTop = 0;
    announce(`${words.page} ${number} / ${pages}`);
    if (number < pages) preload(image.dataset.pagesAt + (number + 1));
  };
  const setZoom = (by) => {
    zoom = by ? Math.min(Math.max(zoom + by, 0), ZOOMS.length - 1) : ZOOMS.indexOf("z100");
    if (picture()) picture().className = ZOOMS[zoom];
  };
  // A page that could not be drawn at once is asked for again: many are drawn at the same time only when many look.
  desk.addEventListener("error", (event) => {
    const image = event.target;
    if (image.tagName !== "IMG" || !image.dataset.pagesAt) return;
    const tries = Number(image.dataset.tries || 0);
    image.dataset.tries = tries + 1;
    if (tries < 4) window.setTimeout(() => { image.src = `${image.dataset.pagesAt}${image.dataset.at}?again=${tries + 1}`; }, 1500 * (tries + 1));
    else { image.hidden = true; one(".vfailed").hidden = false; }
  }, true);
  const readText = async () => {
    const place = one("[data-text]");
    if (!place) return;
    const answer = await fetch(place.dataset.text);
    if (answer.ok && place.isConnected) place.innerHTML = await answer.text();
  };
  const showViewer = () => {
    markSeen();
    if (picture()) { picture().className = ZOOMS[zoom]; const at = Number(picture().dataset.at); if (at < Number(one(".pg").dataset.pages)) preload(picture().dataset.pagesAt + (at + 1)); }
    readText().catch(() => {});
  };
  let wanted = null; // the tab that was asked for last
  const showFile = async (tab) => {
    if (!tab || tab.hasAttribute("aria-current")) return;
    wanted = tab;
    const focused = one("[data-viewer]").contains(document.activeElement);
    const answer = await fetch(`${tab.href}${tab.href.includes("?") ? "&" : "?"}part=viewer`);
    if (!answer.ok) { window.location.assign(tab.href); return; }
    const holder = document.createElement("template");
    holder.innerHTML = await answer.text();
    if (wanted !== tab || !tab.isConnected) return;
    one("[data-viewer]").replaceWith(holder.content.querySelector("[data-viewer]"));
    const current = one("[data-file][aria-current]");
    if (focused) current.focus();
    announce(`${words.begun} ${current.title}`);
    showViewer();
  };

  const turn = (by) => picture() && toPage(Number(picture().dataset.at) + by);
  const step = (by) => {
    const tabs = all("[data-file]");
    showFile(tabs[Math.min(Math.max(tabs.indexOf(one("[data-file][aria-current]")) + by, 0), tabs.length - 1)]);
  };
  return { preload, setZoom, showFile, showViewer, step, turn };
};
