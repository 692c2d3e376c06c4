// Advice on the report page: reasons are kept without leaving the page, and the cards appear once the worker has looked into a file.
// Uses what report.js and evidence.js know: draw, form, redrawSlot, words.
"use strict";

{
  const LOOK_AGAIN_MS = [2000, 3000, 4000, 6000, 10000, 15000, 20000]; // a minute in all
  const typed = new Map(); // id of a box → what stands in it and is not kept yet
  let looks = 0;
  let timer = 0;

  const waiting = () => [...form.querySelectorAll("[data-slot]")].filter((holder) => holder.querySelector("[data-waiting]"));

  const lookAgain = async () => {
    for (const holder of waiting()) {
      try { await redrawSlot(holder); } catch { /* the next look may find the line again */ }
    }
    looks += 1;
    watch();
  };
  const watch = () => {
    window.clearTimeout(timer);
    if (looks < LOOK_AGAIN_MS.length && waiting().length) timer = window.setTimeout(lookAgain, LOOK_AGAIN_MS[looks]);
  };

  const putBack = (place) => {
    place.querySelectorAll("[data-reason]").forEach((box) => {
      if (!typed.has(box.id)) return;
      box.value = typed.get(box.id);
      box.closest("details").open = true;
    });
  };

  document.addEventListener("drawn", (event) => {
    putBack(event.target);
    watch();
  });
  form.addEventListener("change", (event) => { if (event.target.matches("[data-upload]")) looks = 0; });
  form.addEventListener("drop", () => { looks = 0; });
  form.addEventListener("input", (event) => { if (event.target.matches("[data-reason]")) typed.set(event.target.id, event.target.value); });
  form.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-answer]");
    if (!button) return;
    event.preventDefault();
    const box = document.getElementById(button.dataset.answer);
    button.disabled = true;
    try {
      const answer = await fetch(document.getElementById("advice").action, {
        method: "POST",
        headers: { Accept: "application/json", "X-CSRFToken": window.emes.csrfToken() },
        body: new URLSearchParams({ advice: button.value, reason: box.value }),
      });
      const body = await answer.json();
      if (!answer.ok) throw new Error(answer.status === 401 ? words.signinLabel : body.error);
      typed.delete(box.id);
      draw(body.html);
      window.toast(body.message);
    } catch (error) {
      button.disabled = false;
      window.toast(error.message || words.failedLabel, { kind: "bad" });
      box.focus();
    }
  });
  watch();
}
