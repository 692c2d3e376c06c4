// The monitoring board stays true while it is looked at, and its picture can be pointed at. Without script, a reload does the same.
"use strict";

{
  const board = document.querySelector("[data-board]");
  const picture = board.querySelector("[data-heat]");
  const plan = picture ? JSON.parse(picture.dataset.heat) : null;
  const tip = board.querySelector("[data-heat-tip]");
  const SVG = "http://www.w3.org/2000/svg";

  // --- the picture: which report lies under the pointer -----------------------------------------------------------------
  const under = (event) => {
    const box = picture.getBoundingClientRect();
    const scale = 1600 / box.width;
    const x = (event.clientX - box.left) * scale;
    const line = plan.lines[Math.floor(((event.clientY - box.top) * scale - plan.top) / plan.row)];
    const band = plan.bands.find((one) => x >= one.x && x < one.x + one.codes.length * plan.step);
    if (!line || !band) return null;
    const place = Math.floor((x - band.x) / plan.step);
    return { area: band.codes[place], name: band.names[place], code: line.code };
  };
  if (picture) {
    picture.addEventListener("mousemove", (event) => {
      const found = under(event);
      tip.hidden = !found;
      if (!found) return;
      tip.textContent = `${found.name} · ${found.code}`;
      const box = picture.parentElement.getBoundingClientRect();
      const left = Math.min(event.clientX - box.left + 14, box.width - tip.offsetWidth - 8);
      tip.style.left = `${left}px`;
      tip.style.top = `${event.clientY - box.top + 18}px`;
    });
    picture.addEventListener("mouseleave", () => { tip.hidden = true; });
    picture.addEventListener("click", (event) => {
      const found = under(event);
      if (found) window.location.assign(picture.dataset.home.replace("AREA", found.area));
    });
  }
  const repaint = (cell) => {
    const row = plan.lines.findIndex((line) => line.id === cell.indicator);
    const band = plan.bands.find((one) => one.codes.includes(cell.area));
    if (row < 0 || !band) return;
    const key = `${cell.area}/${cell.indicator}`;
    let drawn = picture.querySelector(`[data-cell="${CSS.escape(key)}"]`);
    if (!drawn) {
      drawn = document.createElementNS(SVG, "path");
      drawn.dataset.cell = key;
      const x = band.x + band.codes.indexOf(cell.area) * plan.step;
      const y = plan.top + row * plan.row + (plan.row - 2) / 2;
      drawn.setAttribute("d", `M${x} ${y}h${plan.step - (plan.step > 3 ? 0.8 : 0.3)}`);
      picture.append(drawn);
    }
    drawn.setAttribute("class", cell.status);
  };

  // --- live figures ------------------------------------------------------------------------------------------------------
  let since = board.dataset.since;
  let tag = "";
  let timer = 0;
  const write = (place, text) => { if (place.textContent !== text) place.textContent = text; };
  const take = (cell) => {
    if (picture) repaint(cell);
    const row = board.querySelector(`tr[data-area="${CSS.escape(cell.area)}"]`);
    const link = row && row.querySelector(`[data-i="${cell.indicator}"]`);
    if (!link) return;
    const code = link.getAttribute("aria-label").split(" · ")[0];
    const label = [`${code}${cell.label}`, link.dataset.owners].filter(Boolean).join(" · ");
    if (link.getAttribute("aria-label") === label) return;
    link.className = `${cell.look} fresh`;
    link.setAttribute("aria-label", label);
    link.textContent = cell.glyph;
    write(row.querySelector("[data-sent]"), String(row.querySelectorAll("a.submitted").length));
  };
  const show = (answer) => {
    since = answer.at;
    board.querySelectorAll("[data-live-text]").forEach((place) => write(place, answer.figures[place.dataset.liveText]));
    board.querySelector("[data-live-share]").value = answer.share;
    Object.entries(answer.indicators).forEach(([id, percent]) => {
      board.querySelectorAll(`[data-live-indicator="${id}"]`).forEach((place) => write(place, `${percent}%`));
      board.querySelectorAll(`[data-live-bar="${id}"]`).forEach((bar) => bar.setAttribute("width", percent * 0.56));
    });
    answer.cells.forEach(take);
    document.querySelectorAll("[data-live-time]").forEach((place) => write(place, answer.time));
  };
  const ask = async () => {
    if (document.hidden) return;
    const address = `${board.dataset.live}${board.dataset.live.includes("?") ? "&" : "?"}since=${encodeURIComponent(since)}`;
    try {
      const response = await fetch(address, { headers: { Accept: "application/json", ...(tag ? { "If-None-Match": tag } : {}) } });
      if (response.status === 200 && response.headers.get("content-type").startsWith("application/json")) {
        tag = response.headers.get("etag") || "";
        const answer = await response.json();
        if (answer.reload) window.location.reload();
        else show(answer);
      }
    } catch { /* without a line the figures stay as they are, with their time beside them */ }
  };
  if (board.dataset.live) {
    const again = () => {
      window.clearInterval(timer);
      timer = window.setInterval(ask, Number(board.dataset.every) * 1000);
    };
    document.addEventListener("visibilitychange", () => {
      window.clearInterval(timer);
      if (document.hidden) return;
      ask();
      again();
    });
    again();
    window.emesMonitor = { ask };
  }

  // --- ticked offices ----------------------------------------------------------------------------------------------------
  const form = board.querySelector("[data-ticks]");
  if (form) {
    const told = form.querySelector("[data-ticked]");
    const count = () => {
      const number = form.querySelectorAll("input[name=area]:checked").length;
      told.textContent = number ? told.dataset.some.replace("#", number) : told.dataset.none;
    };
    form.addEventListener("change", count);
    count();
  }
}
