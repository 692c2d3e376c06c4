// A button that copies the text of a box. Without it one marks the text and copies by hand.
"use strict";

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const box = document.getElementById(button.dataset.copy);
  box.focus();
  box.select();
  try {
    await navigator.clipboard.writeText(box.value);
  } catch {
    // Without https a browser has no clipboard of this kind; what is marked can still be copied.
    document.execCommand("copy");
  }
  window.toast(button.dataset.copied, { kind: "ok" });
});
