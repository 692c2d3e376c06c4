// How far the letters are, while the worker makes them. Without script, a reload shows the same.
"use strict";

{
  const place = document.querySelector("[data-progress][data-running]");
  const EVERY = 3000;

  const ask = async () => {
    if (document.hidden) return true;
    const answer = await fetch(place.dataset.progress, { headers: { Accept: "application/json" } });
    if (!answer.ok) return true;
    const found = await answer.json();
    place.querySelector("[data-made]").textContent = found.made;
    place.querySelector("[data-waiting]").textContent = found.waiting;
    place.querySelector("[data-bar]").value = found.made;
    return found.waiting > 0;
  };
  const go = async () => {
    let goesOn = true;
    try {
      goesOn = await ask();
    } catch {
      goesOn = true; // a line that breaks is asked again
    }
    if (goesOn) window.setTimeout(go, EVERY);
    else window.location.reload();
  };
  if (place) window.setTimeout(go, EVERY);
}
